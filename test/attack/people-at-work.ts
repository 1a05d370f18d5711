import type { Actors } from '../world.ts'

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
