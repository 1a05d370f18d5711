import { type Database, type Row, type Statement, sql } from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type {
  DocumentBodies,
  DocumentKind,
  DocumentStore,
  GovernanceDocument,
  InForce,
} from '../../../governance/document.ts'
import { pageOf } from './page.ts'

interface DocumentRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly version: number
  readonly body: string | null
  readonly created_by: string
  readonly created_at: number
}

const isInForce = sql`body IS NOT NULL AND version = (
  SELECT MAX(version) FROM governance_documents newest
  WHERE newest.kind = d.kind AND newest.name = d.name)`

/** Each expected document counts one; an unexpected one spoils the sum. */
const countOf = (documents: readonly Pick<GovernanceDocument, 'id'>[]): Statement =>
  sql`COALESCE(SUM(CASE WHEN id IN (${documents
    .map(({ id }) => sql`${idBytes(id)}`)
    .reduce((all, one) => sql`${all}, ${one}`)}) THEN 1 ELSE -1 END), 0)`

export function makeDocumentStore(database: Database): DocumentStore {
  const read = async <K extends DocumentKind>(kind: K, rest: Statement) => {
    const rows = await database.read<DocumentRow>(
      sql`SELECT * FROM governance_documents d WHERE kind = ${kind} AND ${rest}`,
    )
    return rows.map(
      (row): GovernanceDocument<K> => ({
        id: idText(row.id),
        kind,
        name: row.name,
        version: row.version,
        body: row.body === null ? null : (JSON.parse(row.body) as DocumentBodies[K]),
        createdBy: row.created_by,
        createdAt: row.created_at,
      }),
    )
  }
  return {
    list: (kind, { name }, page) =>
      read(kind, pageOf(page, name === undefined ? undefined : sql`name = ${name}`)),
    newest: async (kind, name) =>
      (await read(kind, sql`name = ${name} ORDER BY version DESC LIMIT 1`))[0],
    inForce: async <K extends DocumentKind>(kind: K) =>
      (await read(kind, sql`${isInForce} ORDER BY name`)) as readonly InForce<K>[],
    mustBeInForce: (kind, documents) =>
      sql`INSERT INTO guards (rules_known) SELECT 0 WHERE ${documents.length} <> (
        SELECT ${documents.length === 0 ? sql`COUNT(*)` : countOf(documents)}
        FROM governance_documents d WHERE kind = ${kind} AND ${isInForce})`,
    add: ({ id, kind, name, version, body, createdBy, createdAt }) =>
      sql`INSERT INTO governance_documents (id, kind, name, version, body, created_by, created_at)
        VALUES (${idBytes(id)}, ${kind}, ${name}, ${version}, ${body && JSON.stringify(body)},
          ${createdBy}, ${createdAt})`,
  }
}
