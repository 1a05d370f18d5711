import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { addProof, secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { envelop, signToken } from '../../src/credential/jose.ts'
import { didKey } from '../../src/did/methods/key.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { toMultikey } from '../../src/keys/public-key.ts'
import {
  DelegationError,
  delegate,
  type Grant,
  generatePrivateJwk,
  makeVerifier,
  present,
  proveKey,
  read,
  signDelegation,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { ask, customers, submit, type World, type WorldAgent, world } from '../world.ts'

const grants: readonly Grant[] = [
  { id: 'g1', type: 'database', locations: ['db://crm/'], actions: ['read', 'update'] },
]
const depth = (remainingDepth: number) => ({ remainingDepth })
const narrower: readonly Grant[] = [{ ...grants[0]!, id: 'c1', from: 'g1', actions: ['read'] }]

/** Root for `a`, who gives to `b`, who gives to `c`; the ledger is asked. */
async function setUp(w: World) {
  const [a, b, c, ledger] = await Promise.all([w.agent(), w.agent(), w.agent(), w.agent()])
  const task = await w.task(ledger)
  const { id, credential: root } = await w.permit(a, ledger, {
    task: task.id,
    grants,
    delegation: depth(3),
  })
  const toB = await delegate(a, root, { subject: b.did, grants: narrower, delegation: depth(2) })
  const toC = await delegate(b, toB, { subject: c.did })
  return { a, b, c, ledger, task, rootId: id, root, toB, toC }
}

/** Signs what `delegate` would refuse. */
async function forge(
  holder: WorldAgent,
  good: JsonObject,
  change: (document: any) => void,
): Promise<JsonObject> {
  const { proof: _, ...document } = structuredClone(good) as any
  change(document)
  return signDelegation(holder, document)
}

/** The same agent, calling by a key: signed requests are of the real time, which a test may leave. */
const byKey = async (w: World, agent: WorldAgent): Promise<WorldAgent> => ({
  ...agent,
  client: (await w.keyFor(`agent:${agent.id}`, 'verifier')).client,
})

test('work is delegated two deep, offline, and the chain is accepted in any order', async () => {
  const w = await world()
  const { b, c, ledger, root, toB, toC } = await setUp(w)

  const answers = [
    await ask(ledger, c, [root, toB, toC]),
    await ask(ledger, c, [toC, root, toB]),
    await ask(ledger, b, [toB, root]),
    await ask(ledger, b, [toB, root], { action: 'update' }),
    await ask(ledger, b, [toB, root], {}, 'vp+jwt'),
  ]

  expect(answers).toEqual(['allow', 'allow', 'allow', 'deny: action_not_granted', 'allow'])
})

test('a decision on a chain lists each check that was made, root first', async () => {
  const w = await world()
  const { c, ledger, root, toB, toC } = await setUp(w)
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const presentation = await present(c, [toC, toB, root], challenge)

  const decision = await read(
    ledger.client.decisions.$post({
      json: { presentation, action: 'read', resource: customers, purpose: 'monthly-report' },
    }),
  )

  const good = 'credential is trusted, in time and in good standing'
  expect(decision).toMatchObject({ decision: 'allow', credential: toC.id, grant: 'c1' })
  expect(decision.trace.map(({ check }) => check).slice(4)).toEqual([
    ...Array(3).fill('issuer signed the credential'),
    'holder is the subject',
    'each delegation only narrows',
    ...[good, good, good],
    'a grant covers the request',
    'no segment is crossed except through a door',
    'every agent of the chain is active',
    'no overlay takes it away',
  ])
})

test('G10 a parent that is missing, different, or a string denies', async () => {
  const w = await world()
  const { a, b, ledger, root, toB } = await setUp(w)
  const twin = await forge(a, toB, () => undefined)
  const { credential: other } = await w.permit(a, ledger, { grants, delegation: depth(3) })

  const answers = [
    await ask(ledger, b, [toB]),
    await ask(ledger, b, [toB, other]),
    await ask(ledger, b, [
      await forge(a, toB, (d) => (d.credentialSubject.permission.parent.id = 'urn:other')),
      root,
    ]),
    await ask(ledger, b, [
      await forge(a, toB, (d) => (d.credentialSubject.permission.parent = root.id)),
      root,
    ]),
    await ask(ledger, b, [{ ...toB, proof: twin.proof! }, root]),
  ]

  expect(answers).toEqual([
    'deny: parent_missing',
    'deny: parent_missing',
    'deny: parent_missing',
    'deny: permission_malformed',
    'allow',
  ])
})

test('G01 to G05 G11 a well-signed delegation that widens an axis is refused with that axis’s reason', async () => {
  const w = await world()
  const { a, b, c, ledger, root, toB } = await setUp(w)
  const permissionIn = (document: any) => document.credentialSubject.permission
  const attempt = async (change: (document: any) => void, signer: WorldAgent = a) =>
    ask(ledger, b, [root, await forge(signer, toB, change)])

  const answers = [
    await attempt((d) => permissionIn(d).grants[0].actions.push('delete')),
    await attempt((d) => (permissionIn(d).grants[0].locations = ['db://hr/'])),
    await attempt((d) => (d.validUntil = '2099-01-01T00:00:00Z')),
    await attempt((d) => (permissionIn(d).audience = [b.did])),
    await attempt((d) => (permissionIn(d).task.purpose = 'payroll')),
    await attempt((d) => (permissionIn(d).principal.id = b.did)),
    await attempt((d) => (permissionIn(d).delegation.remainingDepth = 3)),
    await attempt((d) => (permissionIn(d).grants[0].from = 'g9')),
    await attempt((d) => delete permissionIn(d).grants[0].from),
    await attempt((d) => (d.issuer = c.did), c),
    await attempt(() => undefined, c),
  ]

  expect(answers).toEqual([
    'deny: actions_widened',
    'deny: locations_widened',
    'deny: time_widened',
    'deny: audience_widened',
    'deny: task_changed',
    'deny: principal_changed',
    'deny: delegation_too_deep',
    'deny: grant_unfounded',
    'deny: permission_malformed',
    'deny: signer_not_parent_subject',
    'deny: signer_mismatch',
  ])
})

test('G07 nobody delegates in a circle, or to itself', async () => {
  const w = await world()
  const { a, b, c, ledger, root, toB, toC } = await setUp(w)
  const toSelf = await forge(a, toB, (d) => (d.credentialSubject.id = a.did))
  const back = await forge(b, toC, (d) => (d.credentialSubject.id = a.did))
  const toIssuer = await forge(
    a,
    toB,
    (d) => (d.credentialSubject.id = (root as any).issuer as string),
  )

  expect([
    await ask(ledger, a, [root, toSelf]),
    await ask(ledger, a, [root, toB, back]),
    await ask(ledger, c, [root, toB, toC, toIssuer]),
  ]).toEqual(['deny: subject_repeated', 'deny: subject_repeated', 'deny: holder_binding'])
  await expect(delegate(a, root, { subject: a.did })).resolves.toBeDefined()
})

test('G08 a middle link that is revoked, suspended or expired denies the whole chain', async () => {
  const w = await world()
  const { a, b, c, ledger, root, task } = await setUp(w)
  const helped = async () => {
    const prepared = await read(
      a.client.delegations.$post({
        json: { chain: [root], subject: b.did, grants: narrower, delegation: depth(2) },
      } as never),
    )
    const toB = await signDelegation(a, prepared.credential as JsonObject)
    return { id: prepared.id, toB, toC: await delegate(b, toB, { subject: c.did }) }
  }
  const [first, second, third] = [await helped(), await helped(), await helped()]
  const before = await ask(ledger, c, [root, first.toB, first.toC])
  const revoke = (id: string) =>
    read(w.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))

  await revoke(first.id)
  await read(w.admin.credentials[':id'].suspend.$post({ param: { id: second.id }, json: {} }))
  const after = [
    await ask(ledger, c, [root, first.toB, first.toC]),
    await ask(ledger, c, [root, second.toB, second.toC]),
    await ask(ledger, c, [root, third.toB, third.toC]),
  ]
  await read(w.admin.tasks[':id'].end.$post({ param: { id: task.id }, json: {} }))
  const ended = await ask(ledger, c, [root, third.toB, third.toC])

  expect([before, ...after, ended]).toEqual([
    'allow',
    'deny: revoked',
    'deny: suspended',
    'allow',
    'deny: revoked',
  ])
})

test('G09 the chain denies when the first agent is retired or the last one suspended', async () => {
  const w = await world()
  const [x, y] = [await setUp(w), await setUp(w)]

  await read(w.admin.agents[':id'].retire.$post({ param: { id: x.a.id }, json: { reason: 'x' } }))
  await read(w.admin.agents[':id'].suspend.$post({ param: { id: y.c.id }, json: { reason: 'y' } }))

  expect([
    await ask(x.ledger, x.c, [x.root, x.toB, x.toC]),
    await ask(y.ledger, y.c, [y.root, y.toB, y.toC]),
    await ask(y.ledger, y.b, [y.root, y.toB]),
  ]).toEqual(['deny: revoked', 'deny: agent_not_active', 'allow'])
  // So do the W3C's endpoints, in `decision`.
  const challenge = { challenge: 'of the caller', domain: y.ledger.did }
  const { json } = await w.raw('POST', '/presentations/verify', {
    body: {
      verifiablePresentation: await present(y.c, [y.root, y.toB, y.toC], challenge),
      options: challenge,
    },
  })
  expect([json.verified, json.decision, json.reason]).toEqual([true, 'deny', 'agent_not_active'])
})

test('G13 a chain of eight links is accepted, one of nine is not', async () => {
  const w = await world()
  const holders = await Promise.all(Array.from({ length: 9 }, () => w.agent()))
  const ledger = await w.agent()
  const { credential: root } = await w.permit(holders[0]!, ledger, { grants, delegation: depth(8) })
  const chain = [root]
  for (let i = 1; i < 9; i++) {
    const request = { subject: holders[i]!.did, delegation: depth(8 - i) }
    chain.push(await delegate(holders[i - 1]!, chain.at(-1)!, request))
  }

  expect([
    await ask(ledger, holders[7]!, chain.slice(0, 8)),
    await ask(ledger, holders[8]!, chain),
  ]).toEqual(['allow', 'deny: chain_too_long'])
})

test('G13 a chain of a few very large links is refused too', async () => {
  const w = await world()
  const holders = await Promise.all(Array.from({ length: 5 }, () => w.agent()))
  const ledger = await w.agent()
  const datatypes = Array.from({ length: 64 }, (_, i) => `${i}`.padEnd(250, 'x'))
  const { credential: root } = await w.permit(holders[0]!, ledger, {
    grants: [{ ...grants[0]!, datatypes }],
    delegation: depth(8),
  })
  const chain = [root]
  for (let i = 1; i < 5; i++) {
    const request = { subject: holders[i]!.did, delegation: depth(8 - i) }
    chain.push(await delegate(holders[i - 1]!, chain.at(-1)!, request))
  }
  const asked = { datatypes: [datatypes[0]] }

  expect([
    await ask(ledger, holders[2]!, chain.slice(0, 3), asked),
    await ask(ledger, holders[4]!, chain, asked),
  ]).toEqual(['allow', 'deny: chain_too_long'])
})

test('G14 a chain from an untrusted issuer is worth nothing, whoever delegated it', async () => {
  const [w, foreign] = [await world(), await world()]
  const { a, b, toB, root } = await setUp(foreign)
  const ledger = await w.agent()
  const asked = { audience: ledger.did }
  const challenge = await read(ledger.client.challenges.$post({ json: asked }))

  expect(await submit(ledger, await present(b, [root, toB], challenge))).toBe(
    'deny: issuer_untrusted',
  )
  expect(a.did).not.toBe(b.did)
})

test('G15 an agent that acts for another has only what was delegated, whatever else it holds', async () => {
  const w = await world()
  const { a, b, ledger, root, toB } = await setUp(w)
  const { credential: own } = await w.permit(b, ledger, {
    grants: [{ ...grants[0]!, actions: ['delete'] }],
  })

  expect([
    await ask(ledger, b, [root, toB], { action: 'delete' }),
    await ask(ledger, b, [own], { action: 'delete' }),
    await ask(ledger, a, [root, toB], { action: 'read' }),
  ]).toEqual(['deny: action_not_granted', 'allow', 'deny: holder_binding'])
})

test('a delegation without a status entry lasts a quarter of an hour at most', async () => {
  const w = await world()
  const { a, b, ledger: host, root, toB } = await setUp(w)
  const ledger = await byKey(w, host)
  const longer = await forge(a, toB, (d) => {
    d.validUntil = new Date(Date.parse(d.validFrom) + 901_000).toISOString()
  })
  const now = [await ask(ledger, b, [root, toB]), await ask(ledger, b, [root, longer])]
  w.advance(901_000)

  expect([...now, await ask(ledger, b, [root, toB])]).toEqual([
    'allow',
    'deny: status_missing',
    'deny: expired',
  ])
})

test("a delegated credential's status list must be the root issuer's", async () => {
  const w = await world()
  const { a, b, ledger, root, toB } = await setUp(w)
  const [entry] = root.credentialStatus as unknown as JsonObject[]
  const elsewhere = { ...entry, statusListCredential: 'https://evil.example/status/1' }
  delete (elsewhere as any).id

  expect(
    await ask(ledger, b, [root, await forge(a, toB, (d) => (d.credentialStatus = [elsewhere]))]),
  ).toBe('deny: status_not_of_root')
})

test('with the service’s help a delegation lasts as long as its parent, is refused by axis, and belongs to its holder', async () => {
  const w = await world()
  const { a, b, ledger: host, root } = await setUp(w)
  const ledger = await byKey(w, host)
  const post = (client: WorldAgent['client'], json: object) =>
    client.delegations.$post({ json: { chain: [root], subject: b.did, ...json } as never })

  const prepared = await read(post(a.client, {}))
  const signed = await signDelegation(a, prepared.credential as JsonObject)
  const unsigned = await ask(ledger, b, [root, prepared.credential as JsonObject])
  const widened = await (
    await post(a.client, { grants: [{ ...narrower[0], actions: ['delete'] }] })
  ).json()
  const stranger = await (await post(b.client, {})).json()
  const itself = await (await post(a.client, { subject: a.did })).json()
  w.advance(1_800_000)

  expect((prepared.credential as any).validUntil).toBe((root as any).validUntil)
  expect(await ask(ledger, b, [root, signed])).toBe('allow')
  expect(unsigned).toBe('deny: proof_missing')
  expect(
    [widened, stranger, itself].map(({ status, detail }: any) => [status, detail.split(':')[0]]),
  ).toEqual([
    [422, 'actions_widened'],
    [422, 'the chain is not accepted'],
    [422, 'subject_repeated'],
  ])
  const holder = await byKey(w, b)
  await read(
    holder.client.credentials[':id'].revoke.$post({ param: { id: prepared.id }, json: {} }),
  )
  expect(await ask(ledger, b, [root, signed])).toBe('deny: revoked')
})

/** What is prepared for `b` and reading, and what whoever holds the parent makes of it. */
async function prepareFor(w: World, { a, b, root }: Awaited<ReturnType<typeof setUp>>) {
  const json = { chain: [root], subject: b.did, grants: narrower, delegation: depth(1) }
  const { id, credential } = await read(a.client.delegations.$post({ json } as never))
  const good = await signDelegation(a, credential as JsonObject)
  return { id, good, revoke: () => w.raw('POST', `/credentials/${id}/revoke`, { body: {} }) }
}

test('G18 a status entry counts only for the id, subject and content that it was reserved for', async () => {
  const w = await world()
  const all = await setUp(w)
  const { a, b, c, ledger, root, toB } = all
  const { good } = await prepareFor(w, all)
  const { good: another } = await prepareFor(w, all)
  const issuer = (await w.raw('GET', '/issuers/main')).json.did
  const verifier = makeVerifier({
    audience: ledger.did,
    trustedIssuers: { [issuer]: ['TaskPermissionCredential'] },
    allowedOrigins: [w.url],
  })
  const update = { ...narrower[0]!, actions: ['read', 'update'] }
  const entries = good.credentialStatus as unknown as readonly JsonObject[]
  const rest = ({ reservation: _, ...parent }: any) => parent
  const reservation = (good as any).credentialSubject.permission.parent.reservation as string
  const [head, payload, signature] = reservation.split('.') as [string, string, string]
  const own = await signToken(
    JSON.parse(Buffer.from(payload, 'base64url').toString()),
    'procura-reservation+jwt',
    a.verificationMethod,
    a.signer,
  )
  const answersTo = async (holder: WorldAgent, chain: readonly JsonObject[]) => {
    const presentation = await present(holder, chain, await verifier.newChallenge())
    const act = { action: 'read', resource: customers, purpose: 'monthly-report' }
    const decision = await verifier.decide({ presentation, ...act })
    return [
      (await ask(ledger, holder, chain)).replace('deny: ', ''),
      decision.decision === 'deny' ? decision.reason : decision.decision,
    ]
  }
  const tried = async (change: (document: any, parent: any) => void, holder = b, from = good) => {
    const forged = await forge(a, from, (d) => change(d, d.credentialSubject.permission.parent))
    return answersTo(holder, [root, forged])
  }
  const both = (answer: string) => [answer, answer]

  expect(await answersTo(b, [root, good])).toEqual(both('allow'))
  expect(await tried(() => undefined)).toEqual(both('allow'))
  // For another, and more than was prepared.
  expect(
    await tried((d) => {
      d.credentialSubject.id = c.did
      d.credentialSubject.permission.grants = [update]
    }, c),
  ).toEqual(both('status_not_reserved'))
  expect(await tried((d) => (d.credentialSubject.id = c.did), c)).toEqual(
    both('status_not_reserved'),
  )
  expect(await tried((d) => (d.credentialSubject.permission.grants = [update]))).toEqual(
    both('status_not_reserved'),
  )
  expect(await tried((d) => (d.id = 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11'))).toEqual(
    both('status_not_reserved'),
  )
  // An entry of another child's, of the parent's, and one at random.
  for (const status of [
    another.credentialStatus,
    root.credentialStatus,
    entries.map((entry) => ({ ...entry, statusListIndex: '131000', id: undefined })),
  ])
    expect(await tried((d) => (d.credentialStatus = JSON.parse(JSON.stringify(status))))).toEqual(
      both('status_not_reserved'),
    )
  // The same on a child of one's own making: it lives for a quarter of an hour.
  const longer = (d: any) => {
    d.credentialStatus = root.credentialStatus
    d.validUntil = root.validUntil
  }
  expect(await tried(longer, b, toB)).toEqual(both('status_not_reserved'))
  expect(await tried((d) => (d.credentialStatus = entries), b, toB)).toEqual(both('allow'))
  // At the origin it is looked up; elsewhere nothing stands for the issuer's word.
  for (const change of [
    (_: any, parent: any) => delete parent.reservation,
    (_: any, parent: any) => (parent.reservation = own),
    (_: any, parent: any) => (parent.reservation = `${head}.${payload}.${signature.slice(4)}AAAA`),
    (_: any, parent: any) => (parent.reservation = 'x'),
  ])
    expect(await tried(change)).toEqual([
      'allow',
      expect.stringMatching(/^(status_not_reserved|signer_mismatch|signature_invalid)$/),
    ])
  expect(
    await tried((d, parent) => (d.credentialSubject.permission.parent = { ...rest(parent), x: 1 })),
  ).toEqual(both('permission_malformed'))
})

test('G18 a reserved delegation is revoked with its entry, even if it was signed as a token', async () => {
  const w = await world()
  const all = await setUp(w)
  const { a, b, ledger, root } = all
  const { good, revoke } = await prepareFor(w, all)
  const { proof: _, ...document } = good
  const claims = { ...document, iss: a.did, jti: good.id!, sub: b.did }
  const token = await signToken(claims, 'vc+jwt', a.verificationMethod, a.signer)
  const enveloped = envelop(token, 'vc+jwt')

  const before = [await ask(ledger, b, [root, good]), await ask(ledger, b, [root, enveloped])]
  await revoke()

  expect(before).toEqual(['allow', 'allow'])
  expect([await ask(ledger, b, [root, good]), await ask(ledger, b, [root, enveloped])]).toEqual([
    'deny: revoked',
    'deny: revoked',
  ])
})

test('the service signs the delegation of an agent whose key it keeps', async () => {
  const w = await world()
  const [b, ledger, { id: owner }] = [await w.agent(), await w.agent(), await w.person()]
  const body = { name: 'kept', owner, custody: 'service' }
  const { json: kept } = await w.raw('POST', '/agents', { body })
  const { credential: root } = await w.permit(kept, ledger, { grants, delegation: depth(1) })
  const { token } = await w.keyFor(`agent:${kept.id}`, 'verifier')

  const { json } = await w.raw('POST', '/delegations', {
    token,
    body: { chain: [root], subject: b.did },
  })

  expect(await ask(ledger, b, [root, json.credential])).toBe('allow')
})

test('the library tells an offline delegator what would widen', async () => {
  const w = await world()
  const { a, b, root } = await setUp(w)
  const wider = { subject: b.did, grants: [{ ...narrower[0]!, actions: ['delete'] }] }

  const error = await delegate(a, root, wider).catch((error: unknown) => error)

  expect(error).toBeInstanceOf(DelegationError)
  expect((error as DelegationError).refusal.refused).toBe('actions_widened')
})

test('somebody outside may be given part of an authority, by its did:key', async () => {
  const w = await world()
  const { a, ledger, root } = await setUp(w)
  const signer = signerFromJwk(await generatePrivateJwk('P-256'))
  const did = didKey(signer.publicKey)
  const outsider = { did, signer, verificationMethod: `${did}#${toMultikey(signer.publicKey)}` }

  const given = await delegate(a, root, { subject: did, grants: narrower })

  expect(await ask(ledger, outsider, [root, given])).toBe('allow')
})

/** An agent of somebody else's, whose DID document lies on a server. */
async function guestAgent() {
  const asked: string[] = []
  const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const server = createServer((request, response) => {
    asked.push(request.url!)
    response
      .writeHead(200, { 'content-type': 'application/did+json' })
      .end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const did = `did:web:127.0.0.1%3A${port}` as const
  const verificationMethod = `${did}#k`
  const method = {
    id: verificationMethod,
    type: 'Multikey',
    controller: did,
    publicKeyMultibase: toMultikey(signer.publicKey),
  }
  const document = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [method],
    assertionMethod: [method.id],
    authentication: [method.id],
  }
  return { asked, origin: `http://127.0.0.1:${port}`, did, signer, verificationMethod }
}

test('a delegator with keys on a foreign server is looked up only after a good credential has named it', async () => {
  const guest = await guestAgent()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: guest.origin })
  const { a, c, ledger, root } = await setUp(w)

  const toGuest = await delegate(a, root, { subject: guest.did, delegation: depth(2) })
  const onwards = await delegate(guest, toGuest, { subject: c.did })
  const unnamed = await ask(ledger, c, [root, onwards])
  // A stranger may name whom it likes.
  const { proof: _, ...document } = toGuest as any
  const key = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const stranger = didKey(key.publicKey)
  const verificationMethod = `${stranger}#${toMultikey(key.publicKey)}`
  const byHand = await signDelegation(
    { did: stranger, signer: key, verificationMethod },
    { ...document, issuer: stranger },
  )
  const byStranger = await ask(ledger, c, [byHand, onwards])
  const before = guest.asked.length
  const named = await ask(ledger, c, [onwards, toGuest, root])

  expect([unnamed, byStranger, before, named, guest.asked.length]).toEqual([
    'deny: issuer_untrusted',
    'deny: issuer_untrusted',
    0,
    'allow',
    1,
  ])
})

test('G09 a suspended agent of ours cannot delegate, even what another service issued to it', async () => {
  const foreign = await world()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: foreign.url })
  const [a, b, ledger] = await Promise.all([w.agent(), w.agent(), w.agent()])
  const { id: owner } = await foreign.person()
  const pending = await read(
    foreign.admin.agents.$post({ json: { name: 'a', owner, keyKind: 'Ed25519' } as never }),
  )
  const proof = await proveKey(pending.id, pending.keyChallenge!, a.signer)
  const param = { id: pending.id }
  await read(foreign.admin.agents[':id'].activate.$post({ param, json: proof }))
  const { credential: root } = await foreign.permit({ id: pending.id }, ledger, {
    grants,
    delegation: depth(1),
  })
  await w.raw('POST', '/trusted-issuers', {
    body: { did: root.issuer, credentialType: 'TaskPermissionCredential' },
  })
  const toB = await delegate(a, root, { subject: b.did })
  const verified = async () => {
    const options = { challenge: 'of the caller', domain: ledger.did }
    const verifiablePresentation = await present(b, [root, toB], options)
    const body = { verifiablePresentation, options }
    const { json } = await w.raw('POST', '/presentations/verify', { body })
    return [json.verified, json.decision, json.reason]
  }

  const before = [await ask(ledger, b, [root, toB]), await verified()]
  await read(w.admin.agents[':id'].suspend.$post({ param: { id: a.id }, json: { reason: 'x' } }))
  const after = [await ask(ledger, b, [root, toB]), await verified()]

  expect(before).toEqual(['allow', [true, 'allow', null]])
  expect(after).toEqual(['deny: agent_not_active', [true, 'deny', 'agent_not_active']])
})

test('a delegated permission is closed: members that only a root may have deny, and nothing is fetched for them', async () => {
  const guest = await guestAgent()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: guest.origin })
  const { a, b, ledger, root, toB } = await setUp(w)
  const url = `${guest.origin}/s.json`
  const own: Record<string, JsonValue> = {
    credentialSchema: { id: url, type: 'JsonSchema' },
    termsOfUse: { type: 'https://terms.example/T' },
    evidence: { type: 'https://evidence.example/E' },
    refreshService: { id: url, type: 'https://refresh.example/R' },
    relatedResource: { id: url, digestSRI: `sha256-${Buffer.alloc(32).toString('base64')}` },
    name: 'a name',
    issuer: { id: a.did, name: 'a name' },
    '@context': [...(toB['@context'] as string[]), { x: 'https://x.example/x' }],
  }
  const answers: Record<string, string> = {}
  for (const [member, value] of Object.entries(own)) {
    const child = await forge(a, toB, (d) => {
      d[member] = value
    })
    answers[member] = await ask(ledger, b, [root, child])
  }

  expect(answers).toEqual(
    Object.fromEntries(Object.keys(own).map((member) => [member, 'deny: permission_malformed'])),
  )
  expect(guest.asked).toEqual([])
})

test('a delegated permission as a token repeats its content in its claims, and has no others', async () => {
  const w = await world()
  const { a, b, ledger, root, toB } = await setUp(w)
  const { proof: _, ...document } = toB as any
  const [from, until] = [document.validFrom, document.validUntil].map((t) => Date.parse(t) / 1000)
  const good = { iss: a.did, jti: toB.id, sub: b.did, nbf: from, exp: until, iat: from }
  const signed = async (claims: object) => {
    const token = await signToken(
      { ...document, ...claims },
      'vc+jwt',
      a.verificationMethod,
      a.signer,
    )
    return ask(ledger, b, [root, envelop(token, 'vc+jwt')])
  }

  expect([await signed({}), await signed(good)]).toEqual(['allow', 'allow'])
  expect([
    await signed({ ...good, exp: until! - 1 }),
    await signed({ ...good, nbf: from! - 1 }),
    await signed({ ...good, aud: ledger.did }),
    await signed({ ...good, cnf: {} }),
    await signed({ ...good, sub: a.did }),
  ]).toEqual([...Array(4).fill('deny: permission_malformed'), 'deny: value_malformed'])
})

test('nobody is looked up who is named by a holder that may not delegate', async () => {
  const guest = await guestAgent()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: guest.origin })
  const { a, c, ledger, root } = await setUp(w)
  const { credential: kept } = await w.permit(a, ledger, { grants })
  const toGuest = await delegate(a, root, { subject: guest.did, delegation: depth(2) })
  const ofKept = await forge(a, toGuest, (d) => {
    d.credentialSubject.permission.parent.id = kept.id
    d.credentialSubject.permission.task = (kept as any).credentialSubject.permission.task
  })
  const onwards = await delegate(guest, toGuest, { subject: c.did })

  expect([await ask(ledger, c, [kept, ofKept, onwards]), guest.asked]).toEqual([
    'deny: issuer_untrusted',
    [],
  ])
})

test('a co-signer of a credential is looked up only if we trust it', async () => {
  const guest = await guestAgent()
  const w = await world({ PROCURA_ALLOWED_ORIGINS: guest.origin })
  const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const issuer = didKey(signer.publicKey)
  const options = { proofPurpose: 'assertionMethod', created: Date.now() } as const
  const document = {
    '@context': ['https://www.w3.org/ns/credentials/v2'],
    type: ['VerifiableCredential'],
    issuer,
    credentialSubject: { id: issuer, name: 'x' },
  }
  const verificationMethod = `${issuer}#${toMultikey(signer.publicKey)}`
  const alone = await secureWithDataIntegrity(
    document,
    { ...options, verificationMethod },
    signer,
    nodeCrypto,
  )
  const both = await addProof(
    alone,
    { ...options, verificationMethod: guest.verificationMethod },
    guest.signer,
    nodeCrypto,
  )
  const verify = async (verifiableCredential: object) => {
    const { json } = await w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })
    return json.reason
  }

  const answers = [await verify(alone), await verify(both), [...guest.asked]]
  await w.raw('POST', '/trusted-issuers', {
    body: { did: guest.did, credentialType: 'VerifiableCredential' },
  })
  await verify(both)

  expect(answers).toEqual(['issuer_untrusted', 'issuer_untrusted', []])
  expect(guest.asked).toEqual(['/.well-known/did.json'])
})
