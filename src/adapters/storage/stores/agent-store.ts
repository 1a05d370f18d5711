import type { Did } from '../../../did/syntax.ts'
import type { Agent, AgentStore, Holdings } from '../../../directory/agent.ts'
import type { Answering } from '../../../directory/hand-over.ts'
import {
  type AgentState,
  lifecycle,
  type SuspensionCause,
  suspensionCauseNames,
} from '../../../directory/lifecycle.ts'
import {
  allOf,
  type Database,
  type Row,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { type Id, idBytes, idText } from '../../../foundation/id.ts'
import type { KeyKind } from '../../../keys/algorithm.ts'
import { inParts } from './in-parts.ts'
import { pageOf, windowOf } from './page.ts'
import { below } from './status-store.ts'

interface AgentRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly kind: string
  readonly owner_id: Uint8Array
  readonly deputy_id: Uint8Array | null
  readonly model: string | null
  readonly software_digest: string | null
  readonly risk_tier: string
  readonly segment: string
  readonly roles: string
  readonly external_id: string | null
  readonly did_method: string
  readonly custody: string
  readonly key_kind: string
  readonly did: string | null
  readonly state: string
  readonly ends_at: number | null
  readonly created_at: number
  readonly last_active_at: number
  readonly dormant_since: number | null
  readonly suspended_by: string | null
}

const agent = (row: AgentRow): Agent => ({
  id: idText(row.id),
  name: row.name,
  kind: row.kind as Agent['kind'],
  owner: idText(row.owner_id),
  deputy: row.deputy_id && idText(row.deputy_id),
  model: row.model,
  softwareDigest: row.software_digest,
  riskTier: row.risk_tier as Agent['riskTier'],
  segment: row.segment,
  roles: JSON.parse(row.roles) as readonly string[],
  externalId: row.external_id,
  didMethod: row.did_method as Agent['didMethod'],
  custody: row.custody as Agent['custody'],
  keyKind: row.key_kind as KeyKind,
  did: row.did as Did | null,
  state: row.state as AgentState,
  endsAt: row.ends_at,
  createdAt: row.created_at,
  lastActiveAt: row.last_active_at,
  dormantSince: row.dormant_since,
  suspendedBy: row.suspended_by as SuspensionCause | null,
})

export function makeAgentStore(database: Database): AgentStore {
  const one = async (condition: Statement) => {
    const [row] = await database.read<AgentRow>(sql`SELECT * FROM agents WHERE ${condition}`)
    return row && agent(row)
  }
  return {
    find: (id) => one(sql`id = ${idBytes(id)}`),
    findByDid: (did) => one(sql`did = ${did}`),
    async findByDids(dids) {
      const found = new Map<string | null, Agent>()
      for (const part of inParts([...new Set(dids)]))
        for (const row of await database.read<AgentRow>(
          sql`SELECT * FROM agents WHERE did IN (${part})`,
        ))
          found.set(row.did, agent(row))
      return dids.map((did) => found.get(did))
    },
    segmentOf: async (did) => (await one(sql`did = ${did}`))?.segment,
    async hasInSegment(segment) {
      const rows = await database.read(
        sql`SELECT 1 AS one FROM agents WHERE segment = ${segment} LIMIT 1`,
      )
      return rows.length > 0
    },
    async list({ state, answerable }, page) {
      const person = answerable && idBytes(answerable)
      const where = pageOf(
        page,
        state && sql`state = ${state}`,
        person && sql`(owner_id = ${person} OR deputy_id = ${person})`,
      )
      return (await database.read<AgentRow>(sql`SELECT * FROM agents WHERE ${where}`)).map(agent)
    },
    async ended(now, limit) {
      const rows = await database.read<{ id: Uint8Array }>(
        sql`SELECT id FROM agents WHERE ends_at IS NOT NULL AND state <> 'retired' AND ends_at <= ${now} LIMIT ${limit}`,
      )
      return rows.map((row) => idText(row.id))
    },
    window: ({ name, externalId } = {}, offset, limit) =>
      windowOf<AgentRow, Agent>(
        database,
        sql`agents`,
        allOf([
          sql`state <> 'retired'`,
          name === undefined ? undefined : sql`name = ${name}`,
          externalId === undefined ? undefined : sql`external_id = ${externalId}`,
        ]),
        { offset, limit },
        agent,
      ),
    async holdings({ id, did }, now) {
      const live = (own: Statement) =>
        sql`(SELECT COUNT(*) FROM credentials c WHERE c.id IN (${below(id)}) AND ${own}
          AND c.valid_until > ${now} AND NOT EXISTS (SELECT 1 FROM status_causes s
            WHERE s.issuer_id = c.issuer_id AND s.purpose = 'revocation' AND s.slot = c.slot))`
      const [row] = await database.read<{ [K in keyof Holdings]: number }>(
        sql`SELECT ${live(sql`c.agent_id = ${idBytes(id)}`)} AS "credentials",
          ${live(sql`(c.agent_id IS NULL OR c.agent_id <> ${idBytes(id)})`)} AS "delegations",
          (SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL AND expires_at > ${now}
            AND (holder = ${did ?? ''} OR actor = ${`agent:${id}`})) AS "sessions",
          (SELECT COUNT(*) FROM api_keys WHERE holder_id = ${idBytes(id)}
            AND revoked_at IS NULL AND expires_at > ${now}) AS "apiKeys",
          (SELECT COUNT(*) FROM identity_keys WHERE did = ${did ?? ''} AND sealed IS NOT NULL) AS "keys"`,
      )
      return row!
    },
    async unusedSince(before, limit) {
      const rows = await database.read<{ id: Uint8Array }>(
        sql`SELECT id FROM agents WHERE state = 'active' AND last_active_at < ${before}
          ORDER BY last_active_at LIMIT ${limit}`,
      )
      return rows.map((row) => idText(row.id))
    },
    async dormantSince(before, limit) {
      const rows = await database.read<{ id: Uint8Array }>(
        sql`SELECT id FROM agents WHERE state = 'suspended' AND dormant_since IS NOT NULL
          AND dormant_since < ${before} LIMIT ${limit}`,
      )
      return rows.map((row) => idText(row.id))
    },
    add: (a) =>
      sql`INSERT INTO agents (id, name, kind, owner_id, deputy_id, model, software_digest, risk_tier, segment,
          roles, external_id, did_method, custody, key_kind, did, state, ends_at, created_at, last_active_at)
        VALUES (${idBytes(a.id)}, ${a.name}, ${a.kind}, ${idBytes(a.owner)}, ${a.deputy && idBytes(a.deputy)},
          ${a.model}, ${a.softwareDigest}, ${a.riskTier}, ${a.segment}, ${JSON.stringify(a.roles)}, ${a.externalId}, ${a.didMethod}, ${a.custody}, ${a.keyKind},
          ${a.did}, ${a.state}, ${a.endsAt}, ${a.createdAt}, ${a.lastActiveAt})`,
    assignDid: (id, did) => sql`UPDATE agents SET did = ${did} WHERE id = ${idBytes(id)}`,
    wasActive: (id, at) =>
      sql`UPDATE agents SET last_active_at = ${at} WHERE id = ${idBytes(id)} AND last_active_at < ${at}`,
    setDormant: (id, since) =>
      sql`UPDATE agents SET dormant_since = ${since} WHERE id = ${idBytes(id)}`,
    leaveDid: (id, did, retired) => [
      sql`UPDATE agents SET did = NULL WHERE id = ${idBytes(id)}`,
      sql`INSERT INTO agents (id, name, kind, owner_id, deputy_id, model, software_digest, risk_tier, segment,
          roles, did_method, custody, key_kind, did, state, created_at, last_active_at)
        SELECT CAST(${idBytes(retired)} AS BLOB), name, kind, owner_id, deputy_id, model, software_digest, risk_tier,
          segment, roles, did_method, custody, key_kind, CAST(${did} AS TEXT), 'retired', created_at, last_active_at
        FROM agents WHERE id = ${idBytes(id)}`,
    ],
    assignRoles: (agent, roles) => [
      mustBeUnchanged(agent, 'alone'),
      sql`UPDATE agents SET roles = ${JSON.stringify(roles)} WHERE id = ${idBytes(agent.id)}`,
    ],
    handOver: (agent, owner, deputy, at) => [
      mustBeUnchanged(agent, 'alone'),
      ...stopAnswering(agent, owner, deputy, at),
      ...(owner === agent.owner ? [] : [beginAnswering(agent.id, newly('owner', owner, at))]),
      ...(deputy === null || deputy === agent.deputy
        ? []
        : [beginAnswering(agent.id, newly('deputy', deputy, at))]),
      sql`UPDATE agents SET owner_id = ${idBytes(owner)}, deputy_id = ${deputy && idBytes(deputy)}
        WHERE id = ${idBytes(agent.id)}`,
      sql`DELETE FROM hand_overs WHERE agent_id = ${idBytes(agent.id)}`,
    ],
    beginAnswering,
    async answering(id, since) {
      const rows = await database.read<AnsweringRow>(
        sql`SELECT person_id, capacity, since, until FROM agent_people WHERE agent_id = ${idBytes(id)}
          AND (until IS NULL OR until > ${since}) ORDER BY since, capacity DESC`,
      )
      return rows.map(answering)
    },
    step(id, step) {
      const { from, to } = lifecycle[step]
      const states: readonly string[] = from
      const [first, second, third] = [...states, ...states, ...states]
      return [
        sql`INSERT INTO guards (agent_state) SELECT 0 WHERE NOT EXISTS (
          SELECT 1 FROM agents WHERE id = ${idBytes(id)} AND state IN (${first!}, ${second!}, ${third!}) /* FOR UPDATE */)`,
        sql`UPDATE agents SET state = ${to}, suspended_by = NULL WHERE id = ${idBytes(id)}`,
      ]
    },
    suspend(id, cause) {
      const weaker = suspensionCauseNames.slice(0, suspensionCauseNames.indexOf(cause))
      // An active agent has no cause.
      const [causes] = inParts(['', ...weaker])
      return [
        sql`INSERT INTO guards (agent_state) SELECT 0 WHERE NOT EXISTS (
          SELECT 1 FROM agents WHERE id = ${idBytes(id)} AND state IN ('active', 'suspended')
            AND COALESCE(suspended_by, '') IN (${causes!}) /* FOR UPDATE */)`,
        sql`UPDATE agents SET state = ${lifecycle.suspend.to}, suspended_by = ${cause} WHERE id = ${idBytes(id)}`,
      ]
    },
    mustBeSuspendedAsRead: ({
      id,
      suspendedBy,
    }) => sql`INSERT INTO guards (agent_unchanged) SELECT 0
      WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = ${idBytes(id)}
        AND COALESCE(suspended_by, '') = ${suspendedBy ?? ''} /* FOR UPDATE */)`,
    mustBeNobodys(id) {
      const person = idBytes(id)
      return sql`INSERT INTO guards (nothing_left) SELECT 0 WHERE EXISTS (
        SELECT 1 FROM agents WHERE (owner_id = ${person} AND state IN ('pending', 'active'))
          OR (deputy_id = ${person} AND state <> 'retired'))`
    },
    mustBeActive: (id) =>
      sql`INSERT INTO guards (agent_active) SELECT 0
        WHERE NOT EXISTS (SELECT 1 FROM agents WHERE id = ${idBytes(id)} AND state = 'active' /* FOR KEY SHARE */)`,
    mustBeUnchanged,
  }
}

interface AnsweringRow extends Row {
  readonly person_id: Uint8Array
  readonly capacity: string
  readonly since: number
  readonly until: number | null
}

const answering = ({ person_id, capacity, since, until }: AnsweringRow): Answering => ({
  person: idText(person_id),
  capacity: capacity as Answering['capacity'],
  since,
  until,
})

const newly = (capacity: Answering['capacity'], person: Id, since: number): Answering => ({
  person,
  capacity,
  since,
  until: null,
})

const mustBeUnchanged = (
  { id, roles, owner, deputy }: Pick<Agent, 'id' | 'roles' | 'owner' | 'deputy'>,
  alone?: 'alone',
): Write => {
  const isAsRead = sql`id = ${idBytes(id)} AND roles = ${JSON.stringify(roles)} AND owner_id = ${idBytes(owner)}
    AND ${deputy === null ? sql`deputy_id IS NULL` : sql`deputy_id = ${idBytes(deputy)}`}`
  return alone
    ? sql`INSERT INTO guards (agent_unchanged) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM agents WHERE ${isAsRead} /* FOR UPDATE */)`
    : sql`INSERT INTO guards (agent_unchanged) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM agents WHERE ${isAsRead} /* FOR KEY SHARE */)`
}

const beginAnswering = (id: Id, { person, capacity, since, until }: Answering): Write =>
  sql`INSERT INTO agent_people (agent_id, person_id, capacity, since, until)
    VALUES (${idBytes(id)}, ${idBytes(person)}, ${capacity}, ${since}, ${until})
    ON CONFLICT (agent_id, person_id, capacity, since) DO UPDATE SET until = excluded.until`

/** People who are no longer owner or deputy. */
const stopAnswering = (
  agent: Agent,
  owner: Id,
  deputy: Id | null,
  at: number,
): readonly Write[] => {
  const stop = (capacity: Answering['capacity'], person: Id) =>
    sql`UPDATE agent_people SET until = ${at} WHERE agent_id = ${idBytes(agent.id)}
      AND person_id = ${idBytes(person)} AND capacity = ${capacity} AND until IS NULL`
  return [
    ...(owner === agent.owner ? [] : [stop('owner', agent.owner)]),
    ...(agent.deputy === null || deputy === agent.deputy ? [] : [stop('deputy', agent.deputy)]),
  ]
}
