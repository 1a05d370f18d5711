import { ask as askVerifier, type World, type WorldAgent } from '../world.ts'
import { organization } from './organization.ts'

export const payments = 'https://pay.acme.example/payments'
export const grant = (...actions: string[]) => [
  { id: 'g1', type: 'http-api', locations: [payments], actions },
]
export const [initiate, approve] = [grant('initiate'), grant('approve')]
export const depth = { delegation: { remainingDepth: 2 } }
export const rule = {
  sides: [
    { name: 'initiate payments', grants: [{ type: 'http-api', actions: ['initiate'] }] },
    { name: 'approve payments', grants: [{ type: 'http-api', actions: ['approve'] }] },
  ],
}

/** Two agents of one person and one of another, in front of the bank. */
export async function setUp(w: World) {
  const { member, put } = await organization(w)
  const [pia, quinn] = [await member('Pia'), await member('Quinn')]
  const [bank, first, second, other] = await Promise.all([
    w.agent(),
    w.agent({ owner: pia.id }),
    w.agent({ owner: pia.id }),
    w.agent({ owner: quinn.id }),
  ])
  const issue = async (agent: WorldAgent, grants: unknown, more: object = {}) =>
    w.raw('POST', `/agents/${agent.id}/credentials`, {
      body: { task: (await w.task(bank)).id, audience: [bank.did], grants, ...more },
    })
  const act = (
    agent: WorldAgent,
    action: string,
    credentials: Parameters<typeof askVerifier>[2],
    args: object = {},
  ) => askVerifier(bank, agent, credentials, { action, resource: payments, ...args })
  return { member, put, pia, quinn, bank, first, second, other, issue, act }
}

export const conflict = [403, 'separation_of_duties']
