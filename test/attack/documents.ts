import type { JsonObject } from '../../src/foundation/json.ts'
import { readCustomers } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { tryAsk } from './moves.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'

const v2 = 'https://www.w3.org/ns/credentials/v2'

const issue = async (target: Target, credential: JsonObject, forms: readonly string[] = []) =>
  (
    await target.raw('POST', '/issuers/main/credentials/issue', {
      body: { credential, options: { forms } },
    })
  ).json

const verify = async ({ raw }: Target, verifiableCredential: JsonObject, options: object = {}) =>
  (await raw('POST', '/credentials/verify', { body: { verifiableCredential, options } })).json

/** Whether the caller would take something as verified without being told what that is. */
const misleads = (json: any) => json.verified === true && json.verifiedDocument === undefined

async function playAppended(stage: Stage) {
  const target = await stage.service()
  const { verifiableCredential: badge } = await issue(target, {
    '@context': [v2],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a', name: 'A' },
  })
  const append = (document: JsonObject, more: unknown): JsonObject => ({
    ...document,
    '@context': [...(document['@context'] as string[]), more] as never,
  })
  const evil = { credentialSubject: 'https://evil.example/subject' }
  const unknown = await verify(target, append(badge, 'https://unknown.example/v1'))
  const redefined = await verify(target, append(badge, evil))
  const [agent, door] = [await target.agent(), await target.agent()]
  const { credential } = await target.permit(agent, door)
  const asked = await tryAsk(door, agent, [append(credential, 'https://unknown.example/v1')])
  const honest = await verify(target, badge)
  const allowed = await tryAsk(door, agent, [credential])
  return judge(
    {
      'an unknown context behind the signed ones is verified, and nobody is told what was':
        misleads(unknown),
      'a context that redefines the subject is verified, and nobody is told what was':
        misleads(redefined),
      [`a permission with an unknown context behind it is “${asked}”`]: asked === 'allow',
    },
    {
      [`as it was signed it is verified: ${honest.reason ?? honest.decision}`]:
        honest.verified === true,
      [`the permission as it was signed is “${allowed}”`]: allowed === 'allow',
    },
  )
}

async function playSwapped(stage: Stage) {
  const target = await stage.service()
  const terms = { payer: 'https://pay.example/payer', payee: 'https://pay.example/payee' }
  const issued = await issue(
    target,
    {
      '@context': [v2, terms],
      type: ['VerifiableCredential'],
      credentialSubject: { id: 'did:example:a', payer: 'did:example:b', payee: 'did:example:c' },
    },
    ['eddsa-rdfc-2022'],
  )
  const signed = issued.forms?.['eddsa-rdfc-2022'] ?? issued.verifiableCredential
  const { id } = signed.credentialSubject
  const swapped = {
    ...signed,
    '@context': [v2, { payer: terms.payee, payee: terms.payer }],
    credentialSubject: { id, payer: 'did:example:c', payee: 'did:example:b' },
  }
  // Whoever verifies says which terms it expects.
  const knownContexts = [terms]
  const unasked = await verify(target, swapped)
  const asked = await verify(target, swapped, { knownContexts })
  const honest = await verify(target, signed, { knownContexts })
  return judge(
    {
      'payer and payee change places in what is verified': unasked.verified === true,
      'they do so although the terms are known': asked.verified === true,
    },
    { [`as it was signed: ${honest.reason ?? honest.decision}`]: honest.verified === true },
  )
}

/** Zones that one runtime reads and another may not. */
async function playZones(stage: Stage) {
  const target = await stage.service()
  const [agent, door] = [await target.agent(), await target.agent()]
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const issueIn = async (tz: string) =>
    target.raw('POST', `/agents/${agent.id}/credentials`, {
      body: {
        task: (await target.task(door)).id,
        audience: [door.did],
        grants: [
          {
            ...readCustomers[0]!,
            constraints: [{ type: 'time', days, from: '00:00', to: '24:00', tz }],
          },
        ],
      },
    })
  const taken: string[] = []
  for (const tz of ['+01:00', '+01', 'europe/BERLIN', 'Europe/berlin', 'utc'])
    if ((await issueIn(tz)).status === 201) taken.push(tz)
  const honest = (await issueIn('Europe/Berlin')).json.credential
  const allowed = honest && (await tryAsk(door, agent, [honest]))
  return judge(
    { [`permissions are given for the zones ${taken.join(', ')}`]: taken.length > 0 },
    { [`one for Europe/Berlin is “${allowed}”`]: allowed === 'allow' },
  )
}

export const documents: readonly Attack[] = [
  {
    finding: 'L1',
    title: 'contexts that nobody signed are appended behind the signed ones',
    play: playAppended,
  },
  {
    finding: 'L2',
    title: 'payer and payee change places, with their terms, in what was signed as RDF',
    play: playSwapped,
  },
  {
    finding: 'L18',
    title: 'a permission names its time zone in a way that not every runtime reads',
    play: playZones,
  },
]
