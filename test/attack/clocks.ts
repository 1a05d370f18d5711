import { present } from '../../src/sdk/index.ts'
import { readingCustomers } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { byKey, presentTo, sleep, until } from './moves.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'

/** An agent and a door that asks by key, at any of the nodes. */
async function setUp(first: Target) {
  const [agent, door] = [await first.agent(), await first.agent()]
  const { credential } = await first.permit(agent, door, { lifetimeSeconds: 7_200 })
  const key = await first.keyFor(`agent:${door.id}`, 'verifier')
  const challenge = async (node: Target, lifetimeSeconds?: number) =>
    (
      await node.raw('POST', '/challenges', {
        token: key.token,
        body: { audience: door.did, ...(lifetimeSeconds ? { lifetimeSeconds } : {}) },
      })
    ).json
  const submit = async (node: Target, presentation: object) => {
    const { status, json } = await node.raw('POST', '/decisions', {
      token: key.token,
      body: { presentation, ...readingCustomers },
    })
    return status === 200 ? (json.reason ?? json.decision) : String(status)
  }
  const presented = async (node: Target, lifetimeSeconds?: number) =>
    present(agent, [credential], await challenge(node, lifetimeSeconds))
  return { agent, door, presented, submit }
}

/** The timers forget what has expired once a second or so. */
const sweep = 3_500

async function playTwoNodes(stage: Stage) {
  const [one, two] = await stage.nodes()
  await two.moveClock(30_000)
  const { presented, submit } = await setUp(one)
  // For the node that is ahead this one is over at once; for the other it is good for a while yet.
  const presentation = await presented(one, 25)
  const first = await submit(one, presentation)
  const second = await submit(one, presentation)
  const answers: string[] = []
  for (const end = performance.now() + sweep; performance.now() < end; await sleep(200))
    answers.push(await submit(one, presentation))
  const fresh = await presented(one)
  const honest = [await submit(two, fresh), await submit(one, fresh)]
  return judge(
    { 'a challenge that was spent is allowed again': answers.includes('allow') },
    {
      [`it was spent: “${first}”, then “${second}”`]:
        first === 'allow' && second === 'challenge_used',
      [`one challenge is good once over both nodes: ${honest}`]:
        honest.join() === 'allow,challenge_used',
    },
  )
}

async function playPutBack(stage: Stage) {
  const target = await stage.start({ hasMovableClock: true })
  const { presented, submit } = await setUp(target)
  const presentation = await presented(target)
  const first = await submit(target, presentation)
  await target.moveClock(3_600_000)
  await sleep(sweep)
  await target.moveClock(-3_600_000)
  const again = await submit(target, presentation)
  const honest = await submit(target, await presented(target))
  return judge(
    { [`what was spent before is answered “${again}”`]: again === 'allow' },
    {
      [`it was allowed once: “${first}”`]: first === 'allow',
      [`a new challenge is “${honest}”`]: honest === 'allow',
    },
  )
}

/** What one node remembered while its clock was ahead, and another took back. */
async function playMemories(stage: Stage) {
  const [one, two] = await stage.nodes()
  const leaver = await one.person('Leaver')
  const { token } = await one.keyFor(`person:${leaver.id}`, 'administrator')
  const isKnown = async () => (await one.raw('GET', '/people?limit=1', { token })).status
  await one.moveClock(3_600_000)
  const before = await isKnown()
  await one.moveClock(-3_600_000)
  await two.raw('POST', `/people/${leaver.id}/leave`, { body: {} })
  const after = await until(401, 3_000, isKnown)
  const other = await one.raw('GET', '/people?limit=1')
  return judge(
    { [`the key of one who left is answered ${after}`]: after !== 401 },
    {
      [`before it the key is answered ${before}`]: before === 200,
      [`others are answered ${other.status}`]: other.status === 200,
    },
  )
}

/** What was signed with a compromised key, at the node that was not asked to rotate it. */
async function playOtherNode(stage: Stage) {
  const [one, two] = await stage.nodes()
  const [agent, door] = [await one.agent(), await byKey(one, await one.agent())]
  const { credential } = await one.permit(agent, door)
  const asking = async () => {
    const presentation = await presentTo(door, agent, [credential])
    const { json } = await one.raw('POST', '/decisions', {
      token: key.token,
      body: { presentation, ...readingCustomers },
    })
    return json.reason ?? json.decision
  }
  const key = await one.keyFor(`agent:${door.id}`, 'verifier')
  const before = await asking()
  const rotated = await two.raw('POST', '/issuers/main/rotate', { body: { compromised: true } })
  await sleep(2_500)
  const after = await asking()
  return judge(
    { [`what was signed with it is “${after}” at another node`]: after === 'allow' },
    {
      [`before it was “${before}”`]: before === 'allow',
      [`the key is rotated: ${rotated.status}`]: rotated.status === 200,
    },
  )
}

export const clocks: readonly Attack[] = [
  {
    finding: 'H5',
    title: 'one challenge is spent twice on two nodes whose clocks differ by half a minute',
    isLarge: true,
    play: playTwoNodes,
  },
  {
    finding: 'H5',
    title: 'a challenge is spent again after the clock ran an hour ahead and was put back',
    isLarge: true,
    play: playPutBack,
  },
  {
    finding: 'M11',
    title: 'a key of one who left works on at a node whose clock was ahead and was put right',
    isLarge: true,
    play: playMemories,
  },
  {
    finding: 'M5',
    title: 'a compromised key is good on the node that was not the one to rotate it',
    isLarge: true,
    play: playOtherNode,
  },
]
