import { Hono } from 'hono'
import { z } from 'zod'
import { securingMechanisms } from '../../credential/issuer.ts'
import { keyKinds } from '../../keys/algorithm.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import { findIssuer } from '../../operations/common/find-visible.ts'
import { createIssuer } from '../../operations/issuing/create-issuer.ts'
import { issueCredential } from '../../operations/issuing/issue-credential.ts'
import { retireIssuer } from '../../operations/issuing/retire-issuer.ts'
import { rotateIssuer } from '../../operations/issuing/rotate-issuer.ts'
import { distrustIssuer, trustIssuer } from '../../operations/issuing/trust-issuer.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { did, forms, jsonObject, line, none, pageQuery, pointers, slug } from '../schemas.ts'
import { show, showIssuer, showPage } from '../view.ts'

const newIssuer = z.strictObject({
  name: slug.describe('Part of its URL.'),
  didMethod: z
    .enum(['key', 'web'])
    .default('key')
    .describe('`web`: the DID stays when the key is replaced.'),
  mechanism: z
    .enum(securingMechanisms)
    .default('eddsa-jcs-2022')
    .describe('How it secures credentials.'),
  keyKind: z.enum(keyKinds as [(typeof keyKinds)[number]]).optional(),
  statusMessages: z
    .array(line(200))
    .refine((messages) => [2, 4, 8, 16, 32, 64, 128, 256].includes(messages.length), {
      error: 'must be 2, 4, 8, 16, 32, 64, 128 or 256 messages: one for each value of 1 to 8 bits',
    })
    .optional()
    .describe(
      'Meanings of the values of a third status list, starting with 0. Messages inform and deny nothing. They cannot be changed.',
    ),
})
const issueBody = z.strictObject({
  credential: jsonObject.describe('The credential without proof, id, issuer and status.'),
  options: z
    .looseObject({ mandatoryPointers: pointers.optional(), forms: forms.optional() })
    .optional(),
})
const trust = z.strictObject({
  did: did.describe('The foreign issuer.'),
  credentialType: line(200).describe('The type of credential that it is trusted for.'),
})

export const issuers = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/issuers',
      route('POST /issuers', deps, {
        summary: 'Create an issuer, with its DID and key',
        body: newIssuer,
        answer: 'The issuer.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          showIssuer(
            await once(c, deps, () => createIssuer(deps, c.get('caller'), c.req.valid('json'))),
          ),
          201,
        ),
    )
    .get(
      '/issuers',
      route('GET /issuers', deps, {
        summary: 'List issuers',
        query: pageQuery,
        answer: 'A page of issuers.',
      }),
      async (c) => {
        return c.json(await showPage(c.req.valid('query'), deps.issuers.list, showIssuer), 200)
      },
    )
    .get(
      '/issuers/:issuer',
      route('GET /issuers/:issuer', deps, { summary: 'Read an issuer', answer: 'The issuer.' }),
      async (c) => c.json(showIssuer(await findIssuer(deps, c.req.param('issuer'))), 200),
    )
    .post(
      '/issuers/:issuer/rotate',
      route('POST /issuers/:issuer/rotate', deps, {
        summary:
          'Replace the key of a did:web issuer; a compromised old one leaves its DID document',
        body: z.strictObject({ compromised: z.boolean().default(false) }),
        answer: 'The issuer.',
        idempotent: true,
      }),
      async (c) =>
        c.json(
          showIssuer(
            await once(c, deps, () =>
              rotateIssuer(
                deps,
                c.get('caller'),
                c.req.param('issuer'),
                c.req.valid('json').compromised,
              ),
            ),
          ),
          200,
        ),
    )
    .post(
      '/issuers/:issuer/retire',
      route('POST /issuers/:issuer/retire', deps, {
        summary: 'Retire an issuer: it issues nothing more',
        body: none,
        answer: 'The issuer.',
      }),
      async (c) =>
        c.json(
          showIssuer(
            await carryOut(deps, () => retireIssuer(deps, c.get('caller'), c.req.param('issuer'))),
          ),
          200,
        ),
    )
    .post(
      '/issuers/:issuer/credentials/issue',
      route('POST /issuers/:issuer/credentials/issue', deps, {
        summary: 'Issue a VCDM 2.0 credential (W3C VC-API)',
        body: issueBody,
        answer:
          'verifiableCredential: the secured credential; forms: its other forms requested in options.forms.',
        status: 201,
        idempotent: true,
      }),
      async (c) => {
        const issuer = await findIssuer(deps, c.req.param('issuer'))
        const { credential, options } = c.req.valid('json')
        const issued = await once(c, deps, () =>
          issueCredential(deps, c.get('caller'), issuer, credential, {
            mandatoryPointers: options?.mandatoryPointers,
            forms: options?.forms ?? [],
          }),
        )
        const { credential: verifiableCredential, forms } = issued
        return c.json({ verifiableCredential, ...(forms ? { forms } : {}) }, 201)
      },
    )
    .post(
      '/trusted-issuers',
      route('POST /trusted-issuers', deps, {
        summary: 'Trust a foreign issuer for one type of credential',
        body: trust,
        answer: 'The entry.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          show(await once(c, deps, () => trustIssuer(deps, c.get('caller'), c.req.valid('json')))),
          201,
        ),
    )
    .get(
      '/trusted-issuers',
      route('GET /trusted-issuers', deps, {
        summary: 'List trusted foreign issuers. Empty: only our own issuers are trusted',
        query: pageQuery,
        answer: 'A page of entries.',
      }),
      async (c) => {
        return c.json(await showPage(c.req.valid('query'), deps.trustedIssuers.list, show), 200)
      },
    )
    .delete(
      '/trusted-issuers/:id',
      route('DELETE /trusted-issuers/:id', deps, {
        summary: 'Trust no more',
        answer: 'The removed entry.',
      }),
      async (c) =>
        c.json(
          show(await carryOut(deps, () => distrustIssuer(deps, c.get('caller'), pathId(c)))),
          200,
        ),
    )
