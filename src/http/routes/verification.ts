import { Hono } from 'hono'
import { z } from 'zod'
import { deriveCredential } from '../../credential/ecdsa-sd-issue.ts'
import type { Budget } from '../../foundation/budget.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { decide } from '../../operations/deciding/decide.ts'
import { createChallenge } from '../../operations/verifying/create-challenge.ts'
import { showFlaw, showJudgement, showVerdict } from '../../operations/verifying/show-verdict.ts'
import { verifyCredential } from '../../operations/verifying/verify-credential.ts'
import {
  type PresentationVerdict,
  verifyPresentation,
} from '../../operations/verifying/verify-presentation.ts'
import { forRequest, type HttpDeps, type HttpEnv } from '../context.ts'
import { route } from '../route.ts'
import { jsonObject, pointers, vcOptions } from '../schemas.ts'
import { credentialBody, decisionBody, newChallenge } from '../verification-bodies.ts'

const maxBatch = 100
const credentialBatch = z.strictObject({ verifiableCredentials: z.array(jsonObject).min(1) })
const presentationBody = z.strictObject({
  verifiablePresentation: jsonObject,
  options: vcOptions.optional(),
})
const derivation = z.strictObject({
  verifiableCredential: jsonObject,
  options: z.looseObject({ selectivePointers: pointers.optional() }).optional(),
})
const presentationBatch = z.strictObject({ items: z.array(presentationBody).min(1) })
const showPresentationVerdict = (verdict: PresentationVerdict) => ({
  ...showJudgement(verdict),
  holder: verdict.holder ?? null,
  credentials: verdict.credentials.map((flaw, i) => ({
    verified: flaw === undefined,
    ...(flaw ? {} : { verifiedDocument: verdict.verifiedDocuments[i] }),
    problemDetails: showFlaw(flaw),
  })),
})

/** All items of a batch are processed together, so signature checks must know of them. */
async function together<T, R>(
  { workload }: HttpDeps,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  checkBatch(items.length)
  workload.count += items.length
  try {
    return await Promise.all(items.map(work))
  } finally {
    workload.count -= items.length
  }
}

const checkBatch = (length: number) => {
  if (length > maxBatch)
    throw new ServiceError('request_too_large', `a batch is limited to ${maxBatch} items`)
}

const checkChallenge = (challenge: string | undefined): string => {
  if (challenge === undefined)
    throw new ServiceError(
      'request_malformed',
      'body at options.challenge: state the challenge that the presentation must answer',
    )
  return challenge
}

export const verification = (deps: HttpDeps) => {
  const verifyOne = async (
    needs: HttpDeps & { readonly budget: Budget },
    presentation: JsonObject,
    options: z.output<typeof vcOptions> | undefined,
    caller: Parameters<typeof verifyPresentation>[1],
  ) =>
    showPresentationVerdict(
      await carryOut(deps, () =>
        verifyPresentation(needs, caller, presentation, {
          challenge: checkChallenge(options?.challenge),
          domain: options?.domain,
        }),
      ),
    )

  return new Hono<HttpEnv>()
    .post(
      '/challenges',
      route('POST /challenges', deps, {
        summary: 'Request a challenge for an audience that you represent',
        body: newChallenge,
        answer: 'challenge and domain, to be named in a presentation; valid once, until expiresAt.',
        status: 201,
      }),
      async (c) => c.json(await createChallenge(deps, c.get('caller'), c.req.valid('json')), 201),
    )
    .post(
      '/credentials/verify',
      route('POST /credentials/verify', deps, {
        summary: 'Verify a credential (W3C VC-API)',
        body: credentialBody,
        answer:
          'verified concerns the proof; decision says whether it may be relied on now; verifiedDocument is what was verified, to be used instead of the input. 400 if it is not verified.',
      }),
      async (c) => {
        const { verifiableCredential, options } = c.req.valid('json')
        const verdict = showVerdict(
          await verifyCredential(forRequest(deps, c), verifiableCredential, options),
        )
        return verdict.verified ? c.json(verdict, 200) : c.json(verdict, 400)
      },
    )
    .post(
      '/credentials/derive',
      route('POST /credentials/derive', deps, {
        summary: 'Derive a credential that reveals what the holder selects (W3C VC-API)',
        body: derivation,
        answer:
          'verifiableCredential: with a derived proof of ecdsa-sd-2023. It always contains what its issuer made mandatory.',
      }),
      async (c) => {
        const { verifiableCredential, options } = c.req.valid('json')
        const derived = await deriveCredential(
          verifiableCredential,
          options?.selectivePointers ?? [],
          deps.crypto,
          c.get('budget'),
        )
        return c.json({ verifiableCredential: derived }, 200)
      },
    )
    .post(
      '/credentials/verify/batch',
      route('POST /credentials/verify/batch', deps, {
        summary: 'Verify up to 100 credentials',
        body: credentialBatch,
        answer: 'results: a verdict for each, in order. Always 200.',
      }),
      async (c) => {
        const { verifiableCredentials } = c.req.valid('json')
        const needs = forRequest(deps, c)
        const verdicts = await together(deps, verifiableCredentials, (one) =>
          verifyCredential(needs, one),
        )
        return c.json({ results: verdicts.map(showVerdict) }, 200)
      },
    )
    .post(
      '/presentations/verify',
      route('POST /presentations/verify', deps, {
        summary: 'Verify a presentation (W3C VC-API)',
        body: presentationBody,
        answer: 'As for a credential, with holder and a verdict for each credential.',
      }),
      async (c) => {
        const { verifiablePresentation, options } = c.req.valid('json')
        const verdict = await verifyOne(
          forRequest(deps, c),
          verifiablePresentation,
          options,
          c.get('caller'),
        )
        return verdict.verified ? c.json(verdict, 200) : c.json(verdict, 400)
      },
    )
    .post(
      '/presentations/verify/batch',
      route('POST /presentations/verify/batch', deps, {
        summary: 'Verify up to 100 presentations',
        body: presentationBatch,
        answer: 'results: a verdict for each, in order.',
      }),
      async (c) => {
        const { items } = c.req.valid('json')
        for (const { options } of items) checkChallenge(options?.challenge)
        const needs = forRequest(deps, c)
        const results = await together(deps, items, ({ verifiablePresentation, options }) =>
          verifyOne(needs, verifiablePresentation, options, c.get('caller')),
        )
        return c.json({ results }, 200)
      },
    )
    .post(
      '/decisions',
      route('POST /decisions', deps, {
        summary: 'Decide whether the presenter may do what it asks',
        body: decisionBody,
        answer: 'decision: allow or deny, with reason, grant, statusAge and trace. 200 for both.',
      }),
      async (c) => {
        const { presentation, observed, ...invocation } = c.req.valid('json')
        const decision = await carryOut(deps, () =>
          decide(forRequest(deps, c), c.get('caller'), {
            presentation,
            invocation: invocation as Parameters<typeof decide>[2]['invocation'],
            observed: observed as object,
          }),
        )
        return c.json(decision, 200)
      },
    )
}
