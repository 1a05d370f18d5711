import { expect, test } from 'vitest'
import { read } from '../../src/sdk/index.ts'
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
