import { expect, test } from 'vitest'
import { generatePrivateJwk, proveKey, read, signerFromJwk } from '../../src/sdk/index.ts'
import { type Actors, readCustomers, world } from '../world.ts'
import { eventsOf, type Member, organization, refusal, stage } from './organization.ts'

test('an approver whose record the agent’s owner or deputy made cannot approve what the agent asks', async () => {
  const w = await world()
  const { put, member, owner, agent, door } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const roles = ['operations']
  const provisioning = ['provisioner', 'owner', 'approver']
  const deputy = await member('Deputy', { scopes: provisioning })
  await w.raw('POST', `/agents/${agent.id}/hand-over`, {
    body: { owner: owner.id, deputy: deputy.id },
  })
  const provisioner = await provisionerOf(w, owner)
  const twin = await member('Olga provisions', { identityOf: owner.id, scopes: provisioning })
  const puppets = [
    await member('Of the owner', { roles, by: provisioner }),
    await member('Of another record of the owner', { roles, by: twin }),
    await member('Of the deputy', { roles, by: deputy }),
    await member('Another record', {
      roles,
      identityOf: (await member('Made by the owner', { by: provisioner })).id,
    }),
  ]
  const honest = await member('Honest', { roles })
  const asked = await read(
    agent.client.requests.$post({
      json: { agent: agent.id, task: (await w.task(door)).id, reason: 'mine' } as never,
    }),
  )
  const vote = (as: Member, verb = 'approve') =>
    as.call('POST', `/requests/${asked.id}/${verb}`, { digest: asked.digest, comment: 'x' })

  const refused = []
  for (const puppet of puppets) refused.push(await vote(puppet))
  const noByPuppet = await vote(puppets[0]!, 'refuse')
  const granted = await vote(honest)

  expect([...refused, noByPuppet].map(refusal)).toEqual(
    [...refused, noByPuppet].map(() => [403, 'approval_not_allowed']),
  )
  expect(granted.json.state).toBe('granted')
  const events = await eventsOf(w, 'approval.refused', 5)
  expect(events.map(({ facts }) => facts.because)).toEqual([
    "the agent's owner created this person's record",
    "the agent's owner created this person's record",
    "the agent's deputy created this person's record",
    "the agent's owner created this person's record",
    "the agent's owner created this person's record",
  ])
})

const provisionerOf = async (w: Actors, { id, call }: Member): Promise<Member> => {
  const { token } = await w.keyFor(`person:${id}`, 'provisioner', 'owner')
  return { id, token, call }
}

/** The same person with an administrator's key. */
const administratorOf = async (w: Actors, { id }: Member): Promise<Member> => {
  const { token } = await w.keyFor(`person:${id}`, 'administrator', 'owner')
  return { id, token, call: (method, path, body) => w.raw(method, path, { token, body }) }
}

test('two approvers count only if neither made the other’s record', async () => {
  const w = await world()
  const { put, member, ask } = await organization(w)
  const roles = ['operations']
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations', { quorum: 2 })] })
  const one = await member('One', { roles, scopes: ['provisioner', 'approver'] })
  const puppet = await member('Puppet', { roles, by: one })
  const other = await member('Other', { roles })
  const approveBy = async (as: Member, asked: any) =>
    as.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })
  const [a, b] = [(await ask()).json, (await ask({ lifetimeSeconds: 60 })).json]

  await approveBy(one, a)
  await approveBy(puppet, b)
  const refused = [await approveBy(puppet, a), await approveBy(one, b)]
  const granted = await approveBy(other, a)

  expect(refused.map(refusal)).toEqual(refused.map(() => [403, 'approval_not_allowed']))
  expect(granted.json.state).toBe('granted')
})

test('approvers who turn out to be one human being count as one, and a third is needed', async () => {
  const w = await world()
  const { put, member, ask } = await organization(w)
  const roles = ['operations']
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations', { quorum: 3 })] })
  const [a, b, c, d] = [
    await member('A', { roles }),
    await member('B', { roles }),
    await member('C', { roles }),
    await member('D', { roles }),
  ]
  const asked = (await ask()).json
  const vote = async (as: Member) =>
    (await as.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })).json.state
  await vote(a)
  await vote(b)

  await w.raw('PATCH', `/people/${b.id}`, { body: { identityOf: a.id } })

  expect([await vote(c), await vote(d)]).toEqual(['open', 'granted'])
})

test('such an approver cannot review either: no emergency of its maker, no high-risk agent of its maker', async () => {
  const w = await world()
  const { member, door, ask, put, entitlement } = await organization(w)
  const roles = ['break-glass']
  const scopes = ['owner', 'approver', 'provisioner']
  const [one, two] = [
    await member('One', { roles, scopes }),
    await member('Two', { roles, scopes }),
  ]
  const owned = await w.agent({ owner: one.id, riskTier: 'high', roles: ['analyst'] })
  const [ofOne, ofTwo] = [await member('P1', { by: one }), await member('P2', { by: two })]
  const honest = await member('Honest')
  const emergency = { kind: 'break-glass', grants: readCustomers, audience: [door.did] }
  const asked = (await ask(emergency, one, owned)).json
  const granted = await two.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })
  const find = (as: Member) =>
    as.call('POST', `/requests/${asked.id}/review`, { finding: 'justified' })

  const found = [await find(ofOne), await find(ofTwo), await find(honest)]
  await put('/entitlements/customers-for-analysts', entitlement)
  const campaign = await w.raw('POST', '/reviews', {
    body: {
      name: 'q',
      scope: { riskTiers: ['high'] },
      reviewers: { people: [ofOne.id, honest.id] },
      dueSeconds: 3600,
    },
  })
  const [item] = (await w.raw('GET', `/reviews/${campaign.json.id}/items`)).json.items
  const certify = (as: Member) =>
    as.call('POST', `/reviews/${campaign.json.id}/items/${item.id}`, { outcome: 'certify' })
  const certified = [await certify(ofOne), await certify(honest)]

  expect(granted.json.state).toBe('granted')
  expect(found.map(({ status }) => status)).toEqual([403, 403, 200])
  expect(certified.map(({ status }) => status)).toEqual([403, 200])
})

test('whoever made an approver’s API key is close to the approver, until another administrator rotates it', async () => {
  const w = await world()
  const { put, member, owner, ask } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const administrator = await administratorOf(w, owner)
  const approver = await member('Abe', { roles: ['operations'] })
  const holder = { kind: 'person', id: approver.id }
  const body = { name: 'second key', holder, scopes: ['approver'] }
  const made = (await administrator.call('POST', '/api-keys', body)).json
  const asked = (await ask()).json
  const approve = (token: string) =>
    w.raw('POST', `/requests/${asked.id}/approve`, { token, body: { digest: asked.digest } })
  const rotate = (token: string) =>
    w.raw('POST', `/api-keys/${made.id}/rotate`, { token, body: {} })

  const byFirst = await approve(approver.token)
  const bySecond = await approve(made.token)
  const withItself = await rotate(made.token)
  const afterwards = await approve(made.token)
  const rotated = await rotate(w.apiKey)
  const granted = await approve(rotated.json.token)

  expect([byFirst, bySecond, withItself, afterwards].map(refusal)).toEqual([
    [403, 'approval_not_allowed'],
    [403, 'approval_not_allowed'],
    [403, 'caller_forbidden'],
    [403, 'approval_not_allowed'],
  ])
  expect([made.madeBy, granted.json.state]).toEqual([`person:${owner.id}`, 'granted'])
  const [event] = await eventsOf(w, 'approval.refused', 3)
  expect(event!.facts.because).toBe("the requester made this person's API key, and can act with it")
})

test('whoever can act as another administrator has made what that one makes, even if the key for it is revoked', async () => {
  const w = await world()
  const { put, member, owner, ask } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const administrator = await administratorOf(w, owner)
  const roles = ['operations']
  const scopes = ['administrator']
  const [honest, used] = [await member('Honest', { scopes }), await member('Used', { scopes })]
  const puppet = await member('Puppet', { scopes, by: administrator })
  const borrowed = (
    await administrator.call('POST', '/api-keys', {
      name: 'borrowed',
      holder: { kind: 'person', id: used.id },
      scopes,
    })
  ).json
  const approverOf = async (token: string) => {
    const { id } = (await w.raw('POST', '/people', { body: { name: 'Approver', roles } })).json
    const body = { name: 'k', holder: { kind: 'person', id }, scopes: ['approver'] }
    return (await w.raw('POST', '/api-keys', { token, body })).json.token as string
  }
  const approvers = [await approverOf(puppet.token), await approverOf(borrowed.token)]
  await administrator.call('POST', `/api-keys/${borrowed.id}/revoke`, {})
  const approve = async (token: string) => {
    const { id, digest } = (await ask({ lifetimeSeconds: 60 })).json
    return w.raw('POST', `/requests/${id}/approve`, { token, body: { digest } })
  }

  const refused = [await approve(approvers[0]!), await approve(approvers[1]!)]

  expect(refused.map(refusal)).toEqual(refused.map(() => [403, 'approval_not_allowed']))
  const [event] = await eventsOf(w, 'approval.refused', 2)
  expect(event!.facts.because).toBe(
    "the requester may act as whoever made this person's record or API key",
  )
  expect((await approve(await approverOf(honest.token))).status).toBe(200)
})

test('what an agent or a system makes, those who answer for the agent or made the system’s key have made', async () => {
  const w = await world()
  const { put, member, owner, agent, ask } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const administrator = await administratorOf(w, owner)
  const system = (await w.raw('POST', '/systems', { body: { name: 'directory' } })).json
  const keyOf = async (by: Member, holder: string) => {
    const [kind, id] = holder.split(':')
    const body = { name: 'k', holder: { kind, id }, scopes: ['provisioner', 'administrator'] }
    return (await by.call('POST', '/api-keys', body)).json.token as string
  }
  const puppetOf = (token: string) =>
    member('Puppet', { roles: ['operations'], by: { ...administrator, token } })
  const bySystem = await puppetOf(await keyOf(administrator, `system:${system.id}`))
  const byAgent = await puppetOf((await w.keyFor(`agent:${agent.id}`, 'provisioner')).token)
  const approve = async (as: Member) => {
    const { id, digest } = (await ask({ lifetimeSeconds: 60 })).json
    return as.call('POST', `/requests/${id}/approve`, { digest })
  }

  const answers = [await approve(bySystem), await approve(byAgent)]

  expect(answers.map(refusal)).toEqual(answers.map(() => [403, 'approval_not_allowed']))
  expect((await approve(await member('Honest', { roles: ['operations'] }))).status).toBe(200)
})

test('a person who brought an agent’s key does not approve what the agent asks', async () => {
  const w = await world({ PROCURA_PUBLIC_URL: 'https://iam.example.com' })
  const { put, member, owner, ask } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const agent = await w.agent({ owner: owner.id, roles: ['analyst'], didMethod: 'web' })
  const scopes = ['administrator', 'approver']
  const administrator = await member('Ada', { roles: ['operations'], scopes })
  const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const { json } = await administrator.call('POST', `/agents/${agent.id}/key-challenge`, {})
  const proof = await proveKey(agent.id, json.keyChallenge, signer)
  const asked = (await ask({}, owner, agent)).json
  const approve = () =>
    administrator.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })

  const rotated = await administrator.call('POST', `/agents/${agent.id}/rotate-key`, { proof })
  const refused = await approve()

  expect(rotated.status).toBe(200)
  expect(refusal(refused)).toEqual([403, 'approval_not_allowed'])
  const [event] = await eventsOf(w, 'approval.refused', 1)
  expect(event!.facts.because).toBe(
    "a person who has had the agent's key does not approve, under any record",
  )
})

test('whoever made the API key of a system or an agent has brought the agent’s key that it brings', async () => {
  const w = await world({ PROCURA_PUBLIC_URL: 'https://iam.example.com' })
  const { put, member, owner, ask } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const scopes = ['administrator', 'approver']
  const administrator = await member('Ada', { roles: ['operations'], scopes })
  const system = (await w.raw('POST', '/systems', { body: { name: 'rotation' } })).json
  const answers = []
  for (const kind of ['system', 'agent']) {
    const agent = await w.agent({ owner: owner.id, roles: ['analyst'], didMethod: 'web' })
    const holder = { kind, id: kind === 'system' ? system.id : agent.id }
    const body = { name: 'k', holder, scopes: ['administrator', 'owner'] }
    const { token } = (await administrator.call('POST', '/api-keys', body)).json
    const call = (path: string, given: object) =>
      w.raw('POST', `/agents/${agent.id}/${path}`, { token, body: given })
    const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
    const { keyChallenge } = (await call('key-challenge', {})).json
    const proof = await proveKey(agent.id, keyChallenge, signer)
    const { status } = await call('rotate-key', { proof })
    const { id, digest } = (await ask({}, owner, agent)).json
    answers.push([
      status,
      refusal(await administrator.call('POST', `/requests/${id}/approve`, { digest })),
    ])
  }

  expect(answers).toEqual(answers.map(() => [200, [403, 'approval_not_allowed']]))
})
