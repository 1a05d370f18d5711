import { delegate } from '../../src/sdk/index.ts'
import { organization } from '../governance/organization.ts'
import { type Attack, judge } from './attack.ts'
import { tryAsk } from './moves.ts'
import type { Stage } from './stage.ts'

const grants = [
  { id: 'g1', type: 'database', locations: ['db://crm/public/customers'], actions: ['read'] },
]

async function playSliver(stage: Stage) {
  const target = await stage.service()
  const [a, b, door] = [await target.agent(), await target.agent(), await target.agent()]
  const task = (await target.task(door)).id
  const { credential: root } = await target.permit(a, door, {
    task,
    grants,
    delegation: { remainingDepth: 1 },
  })
  const prepared = await a.client.delegations.$post({
    json: { chain: [root], subject: b.did, grants: [{ ...grants[0]!, from: 'g1' }] } as never,
  })
  const path = { param: { id: task }, json: { outcome: 'canceled' } } as const
  const ended = await b.client.tasks[':id'].end.$post(path)
  const after = await tryAsk(door, a, [root])
  const byChain = await tryAsk(door, b, [root, await delegate(a, root, { subject: b.did })])
  const bySubject = await a.client.tasks[':id'].end.$post(path)
  const byHost = await door.client.tasks[':id'].end.$post({
    param: { id: (await target.task(door)).id },
    json: {},
  })
  return judge(
    {
      [`the delegate ends the task: ${ended.status}`]: ended.status === 200,
      [`its delegator’s permission is then “${after}”`]: after !== 'allow',
    },
    {
      [`the delegation is prepared: ${prepared.status}`]: prepared.status === 201,
      [`a delegation is used: “${byChain}”`]: byChain === 'allow',
      [`the subject of the permission ends it: ${bySubject.status}`]: bySubject.status === 200,
      [`the host ends its task: ${byHost.status}`]: byHost.status === 200,
    },
  )
}

async function playHelpYourself(stage: Stage) {
  const target = await stage.service()
  const { agent: stranger, door } = await organization(target)
  const subject = await target.agent()
  const task = (await target.task(door)).id
  const { credential } = await target.permit(subject, door, { task })
  const helped = await stranger.client.requests.$post({
    json: { agent: stranger.id, task, reason: 'it fits' } as never,
  })
  const ended = await stranger.client.tasks[':id'].end.$post({
    param: { id: task },
    json: { outcome: 'canceled' },
  })
  const read = await stranger.client.tasks[':id'].$get({
    param: { id: (await target.task(door)).id },
  })
  const after = await tryAsk(door, subject, [credential])
  const mine = await subject.client.tasks[':id'].$get({ param: { id: task } })
  const host = await door.client.tasks[':id'].$get({ param: { id: task } })
  return {
    ending: judge(
      {
        [`after a request that was answered ${helped.status} it ends the task: ${ended.status}`]:
          ended.status === 200,
        [`what others hold under it is then “${after}”`]: after !== 'allow',
      },
      {},
    ),
    reading: judge(
      { [`a task of others is read: ${read.status}`]: read.status === 200 },
      {
        [`the subject reads its task: ${mine.status}`]: mine.status === 200,
        [`the host reads its task: ${host.status}`]: host.status === 200,
      },
    ),
  }
}

export const tasks: readonly Attack[] = [
  {
    finding: 'M1',
    title: 'a delegate of a sliver of a task ends the task for all',
    play: playSliver,
  },
  {
    finding: 'M1',
    title: 'an agent helps itself to a permission under a task of others, and ends that task',
    play: async (stage) => (await playHelpYourself(stage)).ending,
  },
  {
    finding: 'L5',
    title: 'an agent reads tasks that are not its own',
    play: async (stage) => (await playHelpYourself(stage)).reading,
  },
]
