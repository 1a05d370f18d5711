import type { JsonObject } from '../../src/foundation/json.ts'
import { delegate, type Grant, read, signDelegation } from '../../src/sdk/index.ts'
import { ask, type WorldAgent } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { forge, tryAsk } from './moves.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'
import type { Web } from './web.ts'

const grants: readonly Grant[] = [
  { id: 'g1', type: 'database', locations: ['db://crm/'], actions: ['read', 'update'] },
]
const narrower: readonly Grant[] = [{ ...grants[0]!, id: 'c1', from: 'g1', actions: ['read'] }]

/** A root of two hours that may be given on. */
async function setUp(target: Target) {
  const [a, b, c, door] = await Promise.all([
    target.agent(),
    target.agent(),
    target.agent(),
    target.agent(),
  ])
  const { id, credential: root } = await target.permit(a, door, {
    grants,
    delegation: { remainingDepth: 3 },
    lifetimeSeconds: 7_200,
  })
  return { a, b, c, door, root, rootId: id }
}

/** A JSON Schema whose validation doubles with each level. */
function exponential(levels: number): JsonObject {
  const twice = (name: string) => ({
    allOf: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }],
  })
  const defs = Array.from({ length: levels }, (_, i) => [
    `l${i}`,
    twice(i === 0 ? 'leaf' : `l${i - 1}`),
  ])
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $defs: { leaf: { type: 'object' }, ...Object.fromEntries(defs) },
    allOf: [{ $ref: `#/$defs/l${levels - 1}` }],
  }
}

/** A badge of our own issuer under a schema: what is decided of it. */
async function judgeBadge(target: Target, schema: string): Promise<string> {
  const credential = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiableCredential'],
    credentialSubject: { id: 'did:example:a' },
    credentialSchema: { id: schema, type: 'JsonSchema' },
  }
  const issued = await target.raw('POST', '/issuers/main/credentials/issue', {
    body: { credential },
  })
  const { verifiableCredential } = issued.json
  const { json } = await target.raw('POST', '/credentials/verify', {
    body: { verifiableCredential },
  })
  return json.reason ?? json.decision
}

async function playSchemas(stage: Stage) {
  const [target, web] = [await stage.service(), await stage.web()]
  const { a, b, door, root } = await setUp(target)
  const child = await delegate(a, root, { subject: b.did, grants: narrower })
  const withSchema = async (schema: string, id?: string) => {
    const forged = await forge(a, child, (document) => {
      document.credentialSchema = { id: schema, type: 'JsonSchema' }
      if (id) document.id = id
    })
    return tryAsk(door, b, [root, forged])
  }
  const served = serveSchemas(web)
  const answers = [
    await withSchema(served.exponential),
    await withSchema(served.pattern, `urn:${'a'.repeat(16)}`),
    await withSchema(`${web.origin}/blind`),
  ]
  const hits = web.hits('/schemas/') + web.hits('/blind')
  const plain = await tryAsk(door, b, [root, child])
  const modest = await judgeBadge(target, web.serve('/own/modest', { type: 'object' }))
  const greedy = await judgeBadge(target, web.serve('/own/greedy', exponential(18)))
  return judge(
    {
      [`decisions under the attacker’s schemas are ${answers}`]: answers.some(
        (answer) => !answer.startsWith('deny: '),
      ),
      [`the attacker’s server was asked ${hits} times`]: hits > 0,
      [`an issuer’s exponential schema is judged to its end: ${greedy}`]: greedy === 'allow',
    },
    {
      [`a delegation without a schema is “${plain}”`]: plain === 'allow',
      [`a badge under its issuer’s modest schema is “${modest}”`]: modest === 'allow',
    },
  )
}

const serveSchemas = (web: Web) => ({
  exponential: web.serve('/schemas/exponential', exponential(14)),
  pattern: web.serve('/schemas/pattern', { properties: { id: { pattern: '^urn:(a|a)*!$' } } }),
})

/** A child as long-lived as its parent, with a status entry that its signer took from somewhere. */
async function playEntries(stage: Stage) {
  const target = await stage.service()
  const { a, b, c, door, root } = await setUp(target)
  const prepared = await read(
    a.client.delegations.$post({
      json: { chain: [root], subject: b.did, grants: narrower } as never,
    }),
  )
  const document = prepared.credential as JsonObject
  const honest = await signDelegation(a, document)
  const sign = (change: (document: any) => void, by: WorldAgent = a) => forge(by, honest, change)
  const ofParent = await sign((d) => {
    d.id = `urn:uuid:${crypto.randomUUID()}`
    d.credentialStatus = root.credentialStatus
  })
  const forAnother = await sign((d) => {
    d.credentialSubject.id = c.did
    d.credentialSubject.permission.grants[0].actions = ['update']
  })
  const answers = {
    'a child of two hours with its parent’s own status entry': await tryAsk(door, b, [
      root,
      ofParent,
    ]),
    'what was prepared for one agent, signed for another and for more': await tryAsk(
      door,
      c,
      [root, forAnother],
      { action: 'update' },
    ),
  }
  const plain = await ask(door, b, [root, honest])
  const short = await ask(door, b, [root, await delegate(a, root, { subject: b.did })])
  const revoked = await target.raw('POST', `/credentials/${prepared.id}/revoke`, { body: {} })
  const after = await ask(door, b, [root, honest])
  return judge(
    Object.fromEntries(
      Object.entries(answers).map(([what, answer]) => [
        `${what} is “${answer}”`,
        answer === 'allow',
      ]),
    ),
    {
      [`what the service prepared is “${plain}”`]: plain === 'allow',
      [`a delegation of 15 minutes without an entry is “${short}”`]: short === 'allow',
      [`what the service prepared can be revoked: ${revoked.status}, then “${after}”`]:
        revoked.status === 200 && after === 'deny: revoked',
    },
  )
}

export const delegation: readonly Attack[] = [
  {
    finding: 'H2',
    title: 'a delegate names JSON Schemas of its own that cost the verifier a fetch or its time',
    play: playSchemas,
  },
  {
    finding: 'M8',
    title: 'a delegate that the service never heard of lives as long as its parent',
    play: playEntries,
  },
]
