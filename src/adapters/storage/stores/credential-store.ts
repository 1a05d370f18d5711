import { taskPermissionType } from '../../../credential/credential.ts'
import {
  type CredentialState,
  type CredentialStore,
  isKeyBound,
  type ListedCredential,
} from '../../../credential/credential-store.ts'
import type { IssuanceBasis } from '../../../credential/issuance-basis.ts'
import { type Database, type Row, type Statement, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { Milliseconds } from '../../../foundation/time.ts'
import { pageOf } from './page.ts'
import { isOrdered } from './status-orders.ts'

interface CredentialRow extends Row {
  readonly id: Uint8Array
  readonly credential_id: string
  readonly issuer_id: Uint8Array
  readonly agent_id: Uint8Array | null
  readonly task_id: Uint8Array | null
  readonly type: string
  readonly slot: number
  readonly valid_from: number | null
  readonly valid_until: number | null
  readonly created_at: number
  readonly secured: string
  readonly forms: string | null
  readonly basis: string
  readonly state: string
}

const credential = (row: CredentialRow): ListedCredential => ({
  id: idText(row.id),
  credentialId: row.credential_id,
  issuerId: idText(row.issuer_id),
  agentId: row.agent_id && idText(row.agent_id),
  taskId: row.task_id && idText(row.task_id),
  type: row.type,
  slot: row.slot,
  validFrom: row.valid_from,
  validUntil: row.valid_until,
  createdAt: row.created_at,
  secured: JSON.parse(row.secured),
  forms: row.forms === null ? null : JSON.parse(row.forms),
  basis: row.basis as IssuanceBasis,
  state: row.state as CredentialState,
})

const hasCause = (purpose: string): Statement =>
  sql`(EXISTS (SELECT 1 FROM status_causes s WHERE s.issuer_id = c.issuer_id
    AND s.purpose = ${purpose} AND s.slot = c.slot) OR ${isOrdered(purpose)})`

/** Revoked takes precedence over expired, so that revocations stay visible; suspended does not. */
const withState = (now: Milliseconds): Statement =>
  sql`SELECT *, CASE WHEN ${hasCause('revocation')} THEN 'revoked'
    WHEN valid_until <= ${now} THEN 'expired'
    WHEN ${hasCause('suspension')} THEN 'suspended' ELSE 'active' END AS state FROM credentials c`

/** One condition for each state, so that a query for one state does not compute the others. */
function isIn(state: CredentialState, now: Milliseconds): Statement {
  const notRevoked = sql`NOT ${hasCause('revocation')}`
  const inTime = sql`(valid_until IS NULL OR valid_until > ${now})`
  switch (state) {
    case 'revoked':
      return hasCause('revocation')
    case 'expired':
      return sql`${notRevoked} AND valid_until <= ${now}`
    case 'suspended':
      return sql`${notRevoked} AND ${inTime} AND ${hasCause('suspension')}`
    case 'active':
      return sql`${notRevoked} AND ${inTime} AND NOT ${hasCause('suspension')}`
  }
}

export function makeCredentialStore(database: Database): CredentialStore {
  const one = async (condition: Statement, now: Milliseconds) => {
    const [row] = await database.read<CredentialRow>(sql`${withState(now)} WHERE ${condition}`)
    return row && credential(row)
  }
  return {
    find: (id, now) => one(sql`id = ${idBytes(id)}`, now),
    async findByCredentialId(credentialId, now) {
      const query = sql`${withState(now)} WHERE credential_id = ${credentialId} ORDER BY id`
      return (await database.read<CredentialRow>(query)).map(credential)
    },
    async list({ agentId, taskId, issuerId, state }, page, now) {
      const where = pageOf(
        page,
        agentId && sql`agent_id = ${idBytes(agentId)}`,
        taskId && sql`task_id = ${idBytes(taskId)}`,
        issuerId && sql`issuer_id = ${idBytes(issuerId)}`,
        state && isIn(state, now),
      )
      const rows = await database.read<CredentialRow>(sql`${withState(now)} WHERE ${where}`)
      return rows.map(credential)
    },
    async onIssuersWord(now, limit) {
      const rows = await database.read<{ id: Uint8Array }>(
        sql`SELECT id FROM credentials c WHERE basis = 'issuer' AND type = ${taskPermissionType}
          AND valid_until > ${now} AND NOT ${hasCause('revocation')} LIMIT ${limit}`,
      )
      return rows.map((row) => idText(row.id))
    },
    mustHold: (agentId, count, now) =>
      sql`INSERT INTO guards (holdings_known) SELECT 0 WHERE ${count} <> (
        SELECT COUNT(*) FROM credentials c WHERE agent_id = ${idBytes(agentId)}
          AND (valid_until IS NULL OR valid_until > ${now}) AND NOT ${hasCause('revocation')})`,
    add: (c) =>
      sql`INSERT INTO credentials (id, credential_id, issuer_id, agent_id, task_id, type, slot, valid_from, valid_until,
          created_at, secured, forms, basis, key_bound)
        VALUES (${idBytes(c.id)}, ${c.credentialId}, ${idBytes(c.issuerId)}, ${c.agentId && idBytes(c.agentId)},
          ${c.taskId && idBytes(c.taskId)}, ${c.type}, ${c.slot}, ${c.validFrom}, ${c.validUntil}, ${c.createdAt},
          ${JSON.stringify(c.secured)}, ${c.forms && JSON.stringify(c.forms)}, ${c.basis},
          ${isKeyBound(c) ? 1 : 0})`,
  }
}
