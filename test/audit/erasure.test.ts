import { expect, test } from 'vitest'
import { organization, soon } from '../governance/organization.ts'
import { ask, type World, world } from '../world.ts'

interface Logged {
  readonly sequence: number
  readonly event: { readonly type: string; readonly facts: Record<string, unknown> } | null
}
const logOf = async (w: World): Promise<readonly Logged[]> =>
  (await w.raw('GET', '/audit?limit=1000')).json.events

/** The whole log, once all that was done so far has its place in it. */
async function settledLog(w: World): Promise<readonly Logged[]> {
  const { id } = await w.person('Last')
  const isThere = ({ event }: Logged) => event?.facts.person === id
  await expect.poll(async () => (await logOf(w)).some(isThere), soon).toBe(true)
  return logOf(w)
}

/** Erases a person who leaves, and returns the types of the events that lost their content. */
async function erase(w: World, person: string): Promise<readonly string[]> {
  await w.raw('POST', `/people/${person}/leave`, { body: {} })
  await w.raw('POST', `/people/${person}/erase`, { body: {} })
  const before = await settledLog(w)
  w.advance(6_000)
  await expect.poll(async () => (await logOf(w)).some(({ event }) => !event), soon).toBe(true)
  // What the person caused is erased last, in one commit with the end of the erasure.
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const after = await logOf(w)
  const gone = new Set(after.filter(({ event }) => !event).map(({ sequence }) => sequence))
  return before.filter(({ sequence }) => gone.has(sequence)).map(({ event }) => event!.type)
}

test('an event of somebody else that mentions a person’s id in its text outlives the person’s erasure', async () => {
  const w = await world({ PROCURA_AUDIT_DAYS: '0' })
  const [leaver, x] = [await w.person('Erika'), await w.agent()]
  await w.raw('POST', `/agents/${x.id}/suspend`, { body: { reason: `owner: ${leaver.id}` } })
  await w.raw('POST', `/agents/${x.id}/resume`, { body: {} })
  await w.raw('POST', `/agents/${x.id}/suspend`, { body: { reason: leaver.id } })
  await w.raw('PUT', `/agents/${x.id}/roles`, { body: { roles: [] } })

  const gone = await erase(w, leaver.id)

  expect(gone).toEqual(['person.created', 'person.left'])
})

test('erasure takes what a person did, and what has them in its facts: as owner, deputy, holder of a key or delegate', async () => {
  const w = await world({ PROCURA_AUDIT_DAYS: '0' })
  const { member } = await organization(w)
  const leaver = await member('Erika', { scopes: ['owner'] })
  const heir = await w.person('Heir')
  const x = await w.agent({ owner: leaver.id, deputy: heir.id })
  const [ledger, other] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  await w.raw('PUT', '/policies/open', { body: { policy: 'permit(principal, action, resource);' } })
  const decided = await ask(ledger, x, [credential])
  await w.raw('POST', `/agents/${other.id}/hand-over`, { body: { owner: leaver.id } })
  const until = new Date(Date.now() + 3_600_000).toISOString()
  await w.raw('POST', `/people/${heir.id}/delegate`, { body: { delegate: leaver.id, until } })
  await leaver.call('POST', `/agents/${x.id}/suspend`, { reason: 'for a while' })

  const gone = await erase(w, leaver.id)

  expect(decided).toBe('allow')
  expect(gone).toEqual([
    'person.created',
    'api-key.created',
    'agent.registered',
    'decision.made',
    'agent.handed-over',
    'person.delegated',
    'agent.suspended',
    'person.left',
    'agent.handed-over',
  ])
})
