import { type Member, organization } from '../governance/organization.ts'
import { type Actors, ask, type WorldAgent } from '../world.ts'

const url = 'https://pay.acme.example/payments'
const grants = (...actions: string[]) => [{ id: 'g1', type: 'http-api', locations: [url], actions }]

/** The two sides of a payment, as grants. */
export const payments = {
  url,
  initiate: grants('initiate'),
  approve: grants('approve'),
  both: grants('initiate', 'approve'),
}

/** Whoever initiates payments does not approve any. */
export const apart = {
  sides: [
    { name: 'initiate payments', grants: [{ type: 'http-api', actions: ['initiate'] }] },
    { name: 'approve payments', grants: [{ type: 'http-api', actions: ['approve'] }] },
  ],
}
/** Whoever initiates a payment does not approve that one. */
export const perTransaction = { ...apart, transaction: '/payment' }

/** A directory with a provisioner's key. */
export async function directory({ raw, keyFor }: Pick<Actors, 'raw' | 'keyFor'>) {
  const system = await raw('POST', '/systems', { body: { name: 'directory' } })
  const { token } = await keyFor(`system:${system.json.id}`, 'provisioner')
  return {
    token,
    call: (method: string, path: string, body?: unknown) =>
      raw(method, path, { token, ...(body === undefined ? {} : { body }) }),
    scim: (method: string, path: string, body: object) =>
      raw(method, `/scim/v2${path}`, {
        token,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/scim+json' },
      }),
  }
}

/** Agents in front of the bank, where initiating and approving payments are kept apart. */
export async function beforeTheBank<A extends Actors>(target: A) {
  const { member } = await organization(target)
  const bank = await target.agent()
  const agentOf = (owner: Member, more: object = {}) => target.agent({ owner: owner.id, ...more })
  const issue = async (agent: { id: string }, grants: unknown, more: object = {}) =>
    target.raw('POST', `/agents/${agent.id}/credentials`, {
      body: { task: (await target.task(bank)).id, audience: [bank.did], grants, ...more },
    })
  const sides = async (one: { id: string }, other: { id: string }) => [
    (await issue(one, payments.initiate)).status,
    (await issue(other, payments.approve)).status,
  ]
  const act = (agent: WorldAgent, action: string, credential: any, payment: string) =>
    ask(bank, agent, [credential].flat(), {
      action,
      resource: payments.url,
      args: { payment },
    })
  return { target, member, bank, agentOf, issue, sides, act }
}
