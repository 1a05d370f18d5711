import { expect } from 'vitest'
import type { Actors, RawAnswer, World, WorldAgent } from '../world.ts'
import { readCustomers } from '../world.ts'

export interface Member {
  readonly id: string
  readonly token: string
  call(method: string, path: string, body?: unknown): Promise<RawAnswer>
}

export interface MemberOptions {
  readonly roles?: readonly string[]
  readonly scopes?: readonly string[]
  readonly email?: string
  readonly identityOf?: string
  /** Whose API key makes the record; the administrator's otherwise. */
  readonly by?: Member
}

/** People with API keys of their own, and an agent whose role may read customers for the monthly report. */
export async function organization(w: Actors) {
  const member = async (
    name: string,
    { scopes = ['approver'], by, ...person }: MemberOptions = {},
  ): Promise<Member> => {
    const body = { name, ...person }
    const made = await w.raw('POST', '/people', { body, ...(by ? { token: by.token } : {}) })
    const { token } = await w.keyFor(`person:${made.json.id}`, ...scopes)
    const call: Member['call'] = (method, path, body) =>
      w.raw(method, path, { token, ...(body === undefined ? {} : { body }) })
    return { id: made.json.id, token, call }
  }
  const put = async (path: string, body: unknown) => {
    const answer = await w.raw('PUT', path, { body })
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.json))
    return answer.json
  }
  const owner = await member('Olga', { roles: ['analyst'], scopes: ['owner', 'approver'] })
  const door = await w.agent({ name: 'crm' })
  const agent = await w.agent({ owner: owner.id, roles: ['analyst'] })
  const entitlement = {
    roles: ['analyst'],
    purposes: ['monthly-report'],
    audience: [door.did],
    grants: readCustomers,
    maxLifetimeSeconds: 7200,
  }
  await put('/entitlements/customers-for-analysts', entitlement)
  const ask = async (
    body: Record<string, unknown> = {},
    as: Member | null = owner,
    of: WorldAgent = agent,
  ) => {
    const task = body.task ?? (await w.task(door)).id
    const json = { agent: of.id, reason: 'the board meets', ...body, task }
    return w.raw('POST', '/requests', { body: json, ...(as ? { token: as.token } : {}) })
  }
  return { member, put, owner, door, agent, entitlement, ask }
}

export const stage = (role: string, more: object = {}) => ({
  name: role,
  approvers: { roles: [role] },
  ...more,
})

/** What a refused call comes to: its status, the code of its problem. */
export const refusal = ({ status, json }: RawAnswer): readonly [number, string | undefined] => [
  status,
  json.type?.split('#')[1],
]

/** Whoever is asked reads the offer of an agent, and accepts it. */
export async function acceptOffer(as: Member, agent: string): Promise<RawAnswer> {
  const { json } = await as.call('GET', `/agents/${agent}/hand-over`)
  return as.call('POST', `/agents/${agent}/hand-over/accept`, { offer: json.id })
}

/** What the service does by itself, it does within a second or two. */
export const soon = { timeout: 10_000, interval: 50 } as const

/** The events of a type, once there are so many in the log. */
export async function eventsOf(w: World, type: string, count: number) {
  const read = async () => (await w.raw('GET', `/audit?limit=1000&type=${type}`)).json.events
  await expect.poll(async () => (await read()).length, soon).toBe(count)
  return (await read()).map(({ event }: { event: object }) => event) as readonly {
    readonly actor: string
    readonly facts: Readonly<Record<string, unknown>>
  }[]
}
