import { expect, test } from 'vitest'
import { generatePrivateJwk, proveKey, signerFromJwk } from '../../src/sdk/index.ts'
import { ask as askVerifier, readCustomers, type World, type WorldAgent, world } from '../world.ts'
import { acceptOffer, eventsOf, type Member, organization, refusal, stage } from './organization.ts'

const day = 86_400_000
const publicUrl = 'https://iam.example.com'

/** Alice owns an agent that keeps its key, and approves; Bob is a bystander. */
async function aliceAndBob(w: World) {
  const made = await organization(w)
  const roles = ['analyst', 'operations']
  const scopes = ['owner', 'approver']
  const alice = await made.member('Alice', { roles, scopes })
  const bob = await made.member('Bob', { roles: ['analyst'], scopes: ['owner'] })
  const agent = await w.agent({ owner: alice.id, roles: ['analyst'] })
  const handOver = (as: Member, owner: string, deputy: string | null = null, id = agent.id) =>
    as.call('POST', `/agents/${id}/hand-over`, { owner, deputy })
  const read = async (id = agent.id) => (await w.raw('GET', `/agents/${id}`)).json
  return { ...made, alice, bob, agent, handOver, read }
}

/** The owner proves a new key; what comes back is the agent with it. */
async function proveNewKey(as: Member, agent: WorldAgent, given?: WorldAgent['signer']) {
  const { json } = await as.call('POST', `/agents/${agent.id}/key-challenge`, {})
  const proof = await proveKey(agent.id, json.keyChallenge, given ?? (await newSigner()))
  return as.call('POST', `/agents/${agent.id}/activate`, proof)
}
const newSigner = async () => signerFromJwk(await generatePrivateJwk('Ed25519'))

test('an owner’s hand-over changes nothing until the new owner has accepted it', async () => {
  const w = await world()
  const { alice, bob, agent, handOver, read, member } = await aliceAndBob(w)
  const stranger = await member('Sam', { scopes: ['owner'] })

  const offered = await handOver(alice, bob.id)
  const before = await read()
  const { id: offer } = offered.json.handOver
  const path = `/agents/${agent.id}/hand-over`
  const foreign = [
    await stranger.call('GET', path),
    await stranger.call('POST', `${path}/accept`, { offer }),
    await stranger.call('POST', `${path}/decline`, { offer }),
    await stranger.call('POST', `${path}/withdraw`, { offer }),
    await alice.call('POST', `${path}/accept`, { offer }),
    await alice.call('POST', `${path}/decline`, { offer }),
    await bob.call('POST', `${path}/withdraw`, { offer }),
    await bob.call('GET', `/agents/${agent.id}`),
  ]
  const seen = (await bob.call('GET', '/hand-overs')).json.items
  const shown = (await bob.call('GET', path)).json
  const accepted = await bob.call('POST', `${path}/accept`, { offer })
  const again = await bob.call('POST', `${path}/accept`, { offer })

  expect([offered.status, offered.json.owner, before.owner, before.state]).toEqual([
    200,
    alice.id,
    alice.id,
    'active',
  ])
  expect(foreign.map(refusal)).toEqual(foreign.map(() => [404, 'not_found']))
  expect(seen.map(({ id, owner }: { id: string; owner: string }) => [id, owner])).toEqual([
    [offer, bob.id],
  ])
  expect(shown.agent).toMatchObject({ name: 'agent', state: 'active', roles: ['analyst'] })
  expect([accepted.status, accepted.json.owner, accepted.json.handOver]).toEqual([
    200,
    bob.id,
    null,
  ])
  expect(refusal(again)).toEqual([404, 'not_found'])
  const [event] = await eventsOf(w, 'agent.handed-over', 1)
  expect([event!.actor, event!.facts]).toEqual([
    `person:${bob.id}`,
    { agent: agent.id, from: alice.id, to: bob.id, deputy: null },
  ])
})

test('an offer is declined, withdrawn, replaced, ended by an administrator’s order or when its maker leaves, and expires; then nobody can accept it', async () => {
  const w = await world()
  const { alice, bob, agent, handOver, read, member } = await aliceAndBob(w)
  const path = `/agents/${agent.id}/hand-over`
  const offer = async () => (await handOver(alice, bob.id)).json.handOver.id as string
  const accept = async (offer: string) =>
    refusal(await bob.call('POST', `${path}/accept`, { offer }))
  const late = []

  const declined = await offer()
  await bob.call('POST', `${path}/decline`, { offer: declined })
  late.push(await accept(declined))
  const withdrawn = await offer()
  await alice.call('POST', `${path}/withdraw`, { offer: withdrawn })
  late.push(await accept(withdrawn))
  const replaced = await offer()
  await offer()
  late.push(await accept(replaced))
  const overruled = await offer()
  const carol = await member('Carol', { scopes: ['owner'] })
  await w.raw('POST', path, { body: { owner: alice.id, deputy: carol.id } })
  late.push(await accept(overruled))
  const old = await offer()
  w.advance(7 * day)
  late.push(await accept(old))
  await w.raw('POST', path, { body: { owner: alice.id } })
  const ofLeaver = await offer()
  await w.raw('POST', `/people/${alice.id}/leave`, { body: {} })
  late.push(await accept(ofLeaver))

  expect(late).toEqual(late.map(() => [404, 'not_found']))
  expect((await read()).owner).toBe(alice.id)
})

test('I05 a former owner who handed an agent over cannot approve its requests for 30 days, nor can whoever registered it', async () => {
  const w = await world()
  const { alice, bob, agent, handOver, put, door, member } = await aliceAndBob(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const scopes = ['owner', 'approver', 'administrator']
  const registrar = await member('Registrar', { roles: ['operations'], scopes })
  const made = await registrar.call('POST', '/agents', {
    name: 'x',
    owner: bob.id,
    roles: ['analyst'],
    custody: 'service',
  })
  await handOver(alice, bob.id)
  await acceptOffer(bob, agent.id)
  await proveNewKey(bob, agent)
  const ask = async (id: string) => {
    const task = (await w.task(door)).id
    return (await bob.call('POST', '/requests', { agent: id, task, reason: 'x' })).json
  }
  const approve = (as: Member, { id, digest }: { id: string; digest: string }) =>
    as.call('POST', `/requests/${id}/approve`, { digest })
  const [ofAgent, ofNew] = [await ask(agent.id), await ask(made.json.id)]

  const refused = [await approve(alice, ofAgent), await approve(registrar, ofNew)]
  w.advance(30 * day + 1000)
  const afterwards = await approve(alice, await ask(agent.id))

  expect(refused.map((answer) => [...refusal(answer), answer.json.detail])).toEqual([
    [403, 'approval_not_allowed', 'a former owner of the agent does not approve, under any record'],
    [
      403,
      'approval_not_allowed',
      'the person who registered the agent does not approve, under any record',
    ],
  ])
  expect([ofAgent.state, afterwards.json.state]).toEqual(['open', 'granted'])
})

test('an agent that keeps its key acts for its new owner only with a new one, and what it held is revoked', async () => {
  const w = await world()
  const { alice, bob, agent, handOver, door, read } = await aliceAndBob(w)
  const { credential } = await w.permit(agent, door)
  const apiKey = await w.keyFor(`agent:${agent.id}`, 'verifier')
  const before = await askVerifier(door, agent, [credential])
  const { json: stolen } = await alice.call('POST', `/agents/${agent.id}/key-challenge`, {})
  await handOver(alice, bob.id)

  const accepted = await acceptOffer(bob, agent.id)
  const withOldKey = [
    (await agent.client.agents[':id'].$get({ param: { id: agent.id } })).status,
    (await w.raw('GET', `/agents/${agent.id}`, { token: apiKey.token })).status,
    (await w.raw('POST', `/agents/${agent.id}/resume`, { body: {} })).status,
    refusal(await proveNewKey(bob, agent, agent.signer)),
    // The challenge that the old owner asked for before is worth nothing after.
    refusal(
      await alice.call(
        'POST',
        `/agents/${agent.id}/activate`,
        await proveKey(agent.id, stolen.keyChallenge, await newSigner()),
      ),
    ),
  ]
  const active = await proveNewKey(bob, agent)

  expect([before, await askVerifier(door, agent, [credential])]).toEqual(['allow', 'deny: revoked'])
  expect([accepted.json.state, accepted.json.did]).toEqual(['pending', null])
  expect(withOldKey).toEqual([401, 401, 409, [409, 'already_exists'], [422, 'key_proof_invalid']])
  expect([active.json.state, active.json.did === agent.did]).toEqual(['active', false])
  expect((await read()).did).toBe(active.json.did)
  expect(
    (await w.raw('GET', '/agents?state=retired')).json.items.map(({ did }: { did: string }) => did),
  ).toEqual([agent.did])
})

test('a did:web agent keeps its DID but not its key; an agent whose key the service keeps gets a new one at once', async () => {
  const w = await world({ PROCURA_PUBLIC_URL: publicUrl })
  const { alice, bob, handOver } = await aliceAndBob(w)
  const own = await w.agent({ owner: alice.id, didMethod: 'web' })
  const make = async (didMethod: string) =>
    (
      await w.raw('POST', '/agents', {
        body: { name: 'kept', owner: alice.id, didMethod, custody: 'service' },
      })
    ).json
  const [kept, keptByKey] = [await make('web'), await make('key')]
  const keysOf = async (id: string) =>
    (await w.raw('GET', `/agents/${id}/did.json`, { token: null })).json.verificationMethod?.map(
      (method: { id: string }) => method.id,
    )
  const before = await keysOf(kept.id)

  const accepted = []
  for (const { id } of [own, kept, keptByKey]) {
    await handOver(alice, bob.id, null, id)
    accepted.push((await acceptOffer(bob, id)).json)
  }
  const meanwhile = await keysOf(own.id)
  const active = await proveNewKey(bob, own)
  const after = await keysOf(kept.id)

  expect(accepted.map(({ state }) => state)).toEqual(['pending', 'active', 'active'])
  expect([accepted[0].did, accepted[1].did]).toEqual([own.did, kept.did])
  expect([meanwhile, active.json.did]).toEqual([undefined, own.did])
  expect(await keysOf(own.id)).not.toContain(own.verificationMethod)
  expect([before.length, after.length, after[0] === before[0]]).toEqual([1, 1, false])
  expect(accepted[2].did === keptByKey.did).toBe(false)
})

test('of many answers to one offer, one counts', async () => {
  const w = await world()
  const { alice, bob, agent, handOver } = await aliceAndBob(w)
  const { id: offer } = (await handOver(alice, bob.id)).json.handOver
  const path = `/agents/${agent.id}/hand-over`

  const answers = await Promise.all([
    ...Array.from({ length: 4 }, () => bob.call('POST', `${path}/accept`, { offer })),
    alice.call('POST', `${path}/withdraw`, { offer }),
    bob.call('POST', `${path}/decline`, { offer }),
  ])

  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('a deputy named by an owner is one only after accepting: with a new agent, a hand-over, or alone', async () => {
  const w = await world()
  const { alice, bob, agent, handOver, member, read } = await aliceAndBob(w)
  const dee = await member('Dee', { scopes: ['owner'] })

  const made = await alice.call('POST', '/agents', {
    name: 'x',
    owner: alice.id,
    deputy: dee.id,
    roles: ['analyst'],
  })
  const registered = [made.json.deputy, made.json.handOver.to]
  await acceptOffer(dee, made.json.id)
  const named = (await handOver(alice, alice.id, dee.id)).json
  await acceptOffer(dee, agent.id)
  const accepted = await read()
  const removed = (await handOver(alice, alice.id)).json
  await handOver(alice, bob.id, dee.id)
  const both = (await acceptOffer(bob, agent.id)).json
  const asked = (await dee.call('GET', '/hand-overs')).json.items
  await acceptOffer(dee, agent.id)
  const afterwards = await read()

  expect(registered).toEqual([null, dee.id])
  expect((await read(made.json.id)).deputy).toBe(dee.id)
  expect([named.deputy, accepted.deputy, accepted.state]).toEqual([null, dee.id, 'active'])
  expect([removed.deputy, removed.handOver]).toEqual([null, null])
  expect([both.owner, both.deputy, both.handOver.to]).toEqual([bob.id, null, dee.id])
  expect(asked.map(({ from, to }: { from: string; to: string }) => [from, to])).toEqual([
    [bob.id, dee.id],
  ])
  expect([afterwards.owner, afterwards.deputy]).toEqual([bob.id, dee.id])
})

test('a requester cannot choose who may not judge: nobody becomes deputy unasked, and who became one later may still refuse, but not approve', async () => {
  const w = await world()
  const { alice, agent, handOver, put, door, member } = await aliceAndBob(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('security')] })
  const strict = await member('Strict', { roles: ['security'], scopes: ['owner', 'approver'] })
  const ask = async () => {
    const task = (await w.task(door)).id
    return (await alice.call('POST', '/requests', { agent: agent.id, task, reason: 'x' })).json
  }
  const judge = (how: string, { id, digest }: { id: string; digest: string }) =>
    strict.call('POST', `/requests/${id}/${how}`, { digest, comment: 'no' })
  const [one, two] = [await ask(), await ask()]

  await handOver(alice, alice.id, strict.id)
  const unasked = await judge('refuse', one)
  await acceptOffer(strict, agent.id)
  const approving = await judge('approve', two)
  const refusing = await judge('refuse', two)
  const onTheirWatch = await judge('refuse', await ask())

  expect([unasked.json.state, refusing.json.state]).toEqual(['refused', 'refused'])
  expect([approving, onTheirWatch].map(refusal)).toEqual([
    [403, 'approval_not_allowed'],
    [403, 'approval_not_allowed'],
  ])
})

test('an act stays its person’s when the agent is handed over between the two sides of a transaction', async () => {
  const w = await world()
  const { alice, bob, put, door } = await aliceAndBob(w)
  const grant = { type: 'database', locations: ['db://crm/public/customers'] }
  await put('/separation-rules/payments', {
    sides: [
      { name: 'create', grants: [{ ...grant, actions: ['insert'] }] },
      { name: 'release', grants: [{ ...grant, actions: ['update'] }] },
    ],
    party: 'person',
    transaction: '/payment',
  })
  const [first, second] = [await w.agent({ owner: alice.id }), await w.agent({ owner: alice.id })]
  const actions = ['insert', 'read', 'update']
  const hold = async (agent: WorldAgent) =>
    (await w.permit(agent, door, { grants: [{ ...readCustomers[0]!, actions }] })).credential
  const held = { first: await hold(first), second: await hold(second) }
  const act = (agent: WorldAgent, credential: object, action: string, payment: string) =>
    askVerifier(door, agent, [credential as never], { action, args: { payment } })

  const created = await act(first, held.first, 'insert', 'P-1')
  // An administrator's order: the agent keeps its key, and the old owner may hold it.
  await w.raw('POST', `/agents/${second.id}/hand-over`, { body: { owner: bob.id } })
  const released = await act(second, held.second, 'update', 'P-1')
  const otherWay = [
    await act(second, held.second, 'update', 'P-2'),
    await act(first, held.first, 'insert', 'P-2'),
  ]

  expect([created, released, ...otherWay]).toEqual([
    'allow',
    'deny: separation_of_duties',
    'allow',
    'deny: separation_of_duties',
  ])
})

test('an administrator and a directory hand over at once; a directory with a person’s key hands nothing to that person', async () => {
  const w = await world()
  const { alice, bob, agent, read, member } = await aliceAndBob(w)
  const scopes = ['provisioner', 'owner']
  const clerk = await member('Clerk', { scopes })
  const again = await member('Clerk again', { scopes, identityOf: clerk.id })
  const path = `/agents/${agent.id}/hand-over`

  const toSelf = [
    await clerk.call('POST', path, { owner: clerk.id }),
    await clerk.call('POST', path, { owner: again.id }),
    await clerk.call('POST', path, { owner: alice.id, deputy: clerk.id }),
  ]
  const ordered = await clerk.call('POST', path, { owner: bob.id })

  expect(toSelf.map(refusal)).toEqual(toSelf.map(() => [403, 'caller_forbidden']))
  expect([ordered.json.owner, ordered.json.handOver, (await read()).state]).toEqual([
    bob.id,
    null,
    'active',
  ])
})

test('only its owner activates an agent that a directory registers, whoever keeps its key; the directory cannot set low risk, or give roles to its own person’s agents', async () => {
  const w = await world()
  const { bob, member } = await aliceAndBob(w)
  const clerk = await member('Clerk', { scopes: ['provisioner', 'owner'] })
  const register = (more: object) =>
    clerk.call('POST', '/agents', { name: 'x', owner: bob.id, deputy: clerk.id, ...more })
  const made = (await clerk.call('POST', '/agents', { name: 'x', owner: bob.id, roles: ['head'] }))
    .json
  const kept = (
    await clerk.call('POST', '/agents', { name: 'x', owner: bob.id, custody: 'service' })
  ).json

  const refused = [
    await register({}),
    await register({ riskTier: 'low', deputy: null }),
    await clerk.call('POST', '/agents', { name: 'x', owner: clerk.id, roles: ['head'] }),
  ]
  const byClerk = [
    await clerk.call('POST', `/agents/${made.id}/key-challenge`, {}),
    await clerk.call('POST', `/agents/${kept.id}/confirm`, {}),
  ]
  const byOwner = [
    await proveNewKey(bob, made),
    await bob.call('POST', `/agents/${kept.id}/confirm`, {}),
  ]
  const again = await bob.call('POST', `/agents/${kept.id}/confirm`, {})

  expect([made.state, made.keyChallenge, kept.state, kept.did]).toEqual([
    'pending',
    undefined,
    'pending',
    null,
  ])
  expect(refused.map(refusal)).toEqual(refused.map(() => [403, 'caller_forbidden']))
  expect(byClerk.map(refusal)).toEqual(byClerk.map(() => [404, 'not_found']))
  expect(byOwner.map(({ json }) => json.state)).toEqual(['active', 'active'])
  expect(refusal(again)).toEqual([409, 'agent_state_conflict'])
})
