import type { IdentityKey, IdentityStore } from '../../../did/identity.ts'
import type { Did } from '../../../did/syntax.ts'
import { type Database, type Row, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type { KeyKind } from '../../../keys/algorithm.ts'
import { pageOf } from './page.ts'

interface KeyRow extends Row {
  readonly id: Uint8Array
  readonly did: string
  readonly fragment: string
  readonly kind: string
  readonly public_key: Uint8Array
  readonly sealed: Uint8Array | null
  readonly state: string
  readonly created_at: number
}

const identityKey = (row: KeyRow): IdentityKey => ({
  id: idText(row.id),
  did: row.did as Did,
  fragment: row.fragment,
  publicKey: { kind: row.kind as KeyKind, bytes: row.public_key },
  sealed: row.sealed,
  state: row.state as IdentityKey['state'],
  createdAt: row.created_at,
})

export function makeIdentityStore(database: Database): IdentityStore {
  return {
    async find(did) {
      const rows = await database.read<KeyRow>(
        sql`SELECT * FROM identity_keys WHERE did = ${did} AND state <> 'removed' ORDER BY id DESC`,
      )
      return rows.length > 0 ? { did, keys: rows.map(identityKey) } : undefined
    },
    async findKey(id) {
      const [row] = await database.read<KeyRow>(
        sql`SELECT * FROM identity_keys WHERE id = ${idBytes(id)} AND state <> 'removed'`,
      )
      return row && identityKey(row)
    },
    addKey: ({ id, did, fragment, publicKey, sealed, state, createdAt }) =>
      sql`INSERT INTO identity_keys (id, did, fragment, kind, public_key, sealed, state, created_at)
        VALUES (${idBytes(id)}, ${did}, ${fragment}, ${publicKey.kind}, ${publicKey.bytes}, ${sealed}, ${state}, ${createdAt})`,
    async sealedKeys(after, limit) {
      const rows = await database.read<KeyRow>(
        sql`SELECT * FROM identity_keys WHERE ${pageOf({ after, limit }, sql`sealed IS NOT NULL`)}`,
      )
      return rows.map(identityKey)
    },
    replaceSeal: (id, old, sealed) =>
      sql`UPDATE identity_keys SET sealed = ${sealed} WHERE id = ${idBytes(id)} AND sealed = ${old}`,
    // A superseded key never signs again, so its private part is deleted at once.
    supersede: (did, compromised) =>
      compromised
        ? sql`UPDATE identity_keys SET state = 'removed', sealed = NULL WHERE did = ${did}`
        : sql`UPDATE identity_keys SET state = 'previous', sealed = NULL WHERE did = ${did} AND state = 'current'`,
    mustHaveCurrent: (did) =>
      sql`INSERT INTO guards (key_current) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM identity_keys WHERE did = ${did} AND state = 'current' /* FOR UPDATE */)`,
    mustBeCurrent: (did, { bytes }) =>
      sql`INSERT INTO guards (key_current) SELECT 0 WHERE NOT EXISTS (
        SELECT 1 FROM identity_keys WHERE did = ${did} AND public_key = ${bytes} AND state = 'current' /* FOR KEY SHARE */)`,
  }
}
