import { expect, test } from 'vitest'
import { delegate } from '../../src/sdk/index.ts'
import { organization, refusal } from '../governance/organization.ts'
import { ask as askVerifier, type WorldAgent, world } from '../world.ts'

type Outcome = 'completed' | 'canceled'
const end = async ({ client }: WorldAgent, id: string, outcome: Outcome = 'completed') =>
  (await client.tasks[':id'].end.$post({ param: { id }, json: { outcome } })).status
const read = async ({ client }: WorldAgent, id: string) => {
  const response = await client.tasks[':id'].$get({ param: { id: id as never } })
  return [response.status, await response.json()] as const
}

test('a delegate has part of a permission, and cannot end its task', async () => {
  const w = await world()
  const [holder, delegated, ledger] = [await w.agent(), await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const { credential } = await w.permit(holder, ledger, { task, delegation: { remainingDepth: 1 } })
  const helped = await holder.client.delegations.$post({
    json: { chain: [credential], subject: delegated.did } as never,
  })

  const byDelegate = await end(delegated, task, 'canceled')
  const stillGood = await askVerifier(ledger, holder, [credential])
  const byHolder = await end(holder, task)

  expect(helped.status).toBe(201)
  expect([byDelegate, stillGood, byHolder]).toEqual([404, 'allow', 200])
  expect(await delegate(holder, credential, { subject: delegated.did })).toBeDefined()
})

test('an agent that takes a permission under a task that does not name it cannot end the task', async () => {
  const w = await world()
  const { agent, door, owner } = await organization(w)
  const other = await w.agent({ owner: owner.id, roles: ['analyst'] })
  const task = (await w.task(door)).id
  const { credential } = await w.permit(other, door, { task })
  const json = { agent: agent.id, task, reason: 'mine' }

  const helped = await agent.client.requests.$post({ json: json as never })
  const byStranger = await end(agent, task, 'canceled')

  expect([helped.status, ((await helped.json()) as { state: string }).state]).toEqual([
    201,
    'granted',
  ])
  expect([byStranger, await askVerifier(door, other, [credential])]).toEqual([404, 'allow'])
})

test('only the agent to which it was granted ends a task that names its agents; other agents cannot see the task', async () => {
  const w = await world()
  const { agent, door, owner } = await organization(w)
  const other = await w.agent({ owner: owner.id, roles: ['analyst'] })
  const make = (more: object) =>
    w.raw('POST', '/tasks', { body: { purpose: 'monthly-report', host: door.did, ...more } })
  const task = (await make({ agents: [agent.id] })).json
  const missing = '00000000-0000-4000-8000-000000000000'
  const ask = async (as: WorldAgent, id: string) => {
    const json = { agent: as.id, task: id, reason: 'mine' }
    const response = await as.client.requests.$post({ json: json as never })
    return { status: response.status, json: (await response.json()) as any }
  }

  const foreign = await ask(other, task.id)
  const byOwner = await owner.call('POST', '/requests', {
    agent: other.id,
    task: task.id,
    reason: 'x',
  })
  const none = await ask(other, missing)
  const unknown = await make({ agents: [missing] })
  const before = await end(agent, task.id)
  const own = await ask(agent, task.id)

  expect([task.agents, own.json.state]).toEqual([[agent.id], 'granted'])
  expect(
    [foreign, byOwner, none].map((answer) => [...refusal(answer as never), answer.json.detail]),
  ).toEqual(Array.from({ length: 3 }, () => [404, 'not_found', 'there is no such task']))
  expect(refusal(unknown)).toEqual([422, 'request_unprocessable'])
  expect([before, await end(other, task.id), await end(agent, task.id)]).toEqual([404, 404, 200])
})

test('I02 an agent reads a task that it hosts, that names it, or under which it holds something; others do not exist for it', async () => {
  const w = await world()
  const [host, holder, named, stranger] = [
    await w.agent(),
    await w.agent(),
    await w.agent(),
    await w.agent(),
  ]
  const { id } = (
    await w.raw('POST', '/tasks', {
      body: { purpose: 'monthly-report', host: host.did, agents: [named.id] },
    })
  ).json
  const issued = await w.permit(holder, host, { task: id })
  await w.raw('POST', `/credentials/${issued.id}/revoke`, { body: {} })

  const known = []
  for (const one of [host, holder, named]) known.push((await read(one, id))[0])
  const { instance: _, ...foreign } = (await read(stranger, id))[1] as any
  const { instance: __, ...missing } = (
    await read(stranger, '00000000-0000-4000-8000-000000000000')
  )[1] as any

  expect(known).toEqual([200, 200, 200])
  expect([foreign.status, foreign]).toEqual([404, missing])
})

test('I02 a caller who may read all credentials and owns some agents suspends and revokes only theirs', async () => {
  const w = await world()
  const { member } = await organization(w)
  const [agent, ledger] = [await w.agent(), await w.agent()]
  const { id, credential } = await w.permit(agent, ledger)
  const auditor = await member('Auditor', { scopes: ['owner', 'auditor'] })
  const own = await w.agent({ owner: auditor.id })
  const ofOwn = await w.permit(own, ledger)

  const refused = [
    await auditor.call('POST', `/credentials/${id}/revoke`, {}),
    await auditor.call('POST', `/credentials/${id}/suspend`, {}),
    await auditor.call('POST', `/agents/${agent.id}/key-challenge`, {}),
  ]

  expect(refused.map(refusal)).toEqual(refused.map(() => [404, 'not_found']))
  expect((await auditor.call('GET', `/credentials/${id}`)).status).toBe(200)
  expect((await auditor.call('POST', `/credentials/${ofOwn.id}/revoke`, {})).status).toBe(200)
  expect(await askVerifier(ledger, agent, [credential])).toBe('allow')
})
