import type {
  Issuer,
  IssuerStore,
  SecuringMechanism,
  TrustedIssuer,
  TrustedIssuerStore,
} from '../../../credential/issuer.ts'
import type { Did } from '../../../did/syntax.ts'
import { type Database, type Row, type Statement, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { KeyKind } from '../../../keys/algorithm.ts'
import { pageOf } from './page.ts'

interface IssuerRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly did: string
  readonly key_kind: string
  readonly mechanism: string
  readonly status_messages: string | null
  readonly state: string
  readonly created_at: number
}

const issuer = (row: IssuerRow): Issuer => ({
  id: idText(row.id),
  name: row.name,
  did: row.did as Did,
  keyKind: row.key_kind as KeyKind,
  mechanism: row.mechanism as SecuringMechanism,
  statusMessages: row.status_messages === null ? null : JSON.parse(row.status_messages),
  state: row.state as Issuer['state'],
  createdAt: row.created_at,
})

export function makeIssuerStore(database: Database): IssuerStore {
  const one = async (condition: Statement) => {
    const [row] = await database.read<IssuerRow>(sql`SELECT * FROM issuers WHERE ${condition}`)
    return row && issuer(row)
  }
  return {
    find: (id) => one(sql`id = ${idBytes(id)}`),
    findByName: (name) => one(sql`name = ${name}`),
    findByDid: (did) => one(sql`did = ${did}`),
    async list(page) {
      return (await database.read<IssuerRow>(sql`SELECT * FROM issuers WHERE ${pageOf(page)}`)).map(
        issuer,
      )
    },
    add: ({ id, name, did, keyKind, mechanism, statusMessages, state, createdAt }) =>
      sql`INSERT INTO issuers (id, name, did, key_kind, mechanism, status_messages, state, next_slot, created_at)
        VALUES (${idBytes(id)}, ${name}, ${did}, ${keyKind}, ${mechanism},
          ${statusMessages && JSON.stringify(statusMessages)}, ${state}, 0, ${createdAt})`,
    retire: (id) => [
      sql`INSERT INTO guards (issuer_active) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM issuers WHERE id = ${idBytes(id)} AND state = 'active' /* FOR UPDATE */)`,
      sql`UPDATE issuers SET state = 'retired' WHERE id = ${idBytes(id)}`,
    ],
    mustBeActive: (id) =>
      sql`INSERT INTO guards (issuer_active) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM issuers WHERE id = ${idBytes(id)} AND state = 'active' /* FOR KEY SHARE */)`,
  }
}

interface TrustedRow extends Row {
  readonly id: Uint8Array
  readonly did: string
  readonly credential_type: string
  readonly created_at: number
}

const trusted = (row: TrustedRow): TrustedIssuer => ({
  id: idText(row.id),
  did: row.did as Did,
  credentialType: row.credential_type,
  createdAt: row.created_at,
})

export function makeTrustedIssuerStore(database: Database): TrustedIssuerStore {
  return {
    async list(page) {
      return (
        await database.read<TrustedRow>(sql`SELECT * FROM trusted_issuers WHERE ${pageOf(page)}`)
      ).map(trusted)
    },
    async find(id) {
      const [row] = await database.read<TrustedRow>(
        sql`SELECT * FROM trusted_issuers WHERE id = ${idBytes(id)}`,
      )
      return row && trusted(row)
    },
    async isTrusted(did, credentialType) {
      const rows = await database.read(
        sql`SELECT 1 AS found FROM trusted_issuers WHERE did = ${did} AND credential_type = ${credentialType}`,
      )
      return rows.length > 0
    },
    add: ({ id, did, credentialType, createdAt }) =>
      sql`INSERT INTO trusted_issuers (id, did, credential_type, created_at)
        VALUES (${idBytes(id)}, ${did}, ${credentialType}, ${createdAt})`,
    remove: (id) => sql`DELETE FROM trusted_issuers WHERE id = ${idBytes(id)}`,
  }
}
