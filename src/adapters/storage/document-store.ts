import { type Database, type Row, type Statement, sql } from '../../database.ts'
import type {
  DocumentBodies,
  DocumentKind,
  DocumentStore,
  GovernanceDocument,
  InForce,
} from '../../governance/document.ts'
import { idBytes, idText } from '../../id.ts'
import { pageOf } from './page.ts'

interface DocumentRow extends Row {
  readonly id: Uint8Array
  readonly name: string
  readonly version: number
  readonly body: string | null
  readonly created_by: string
  readonly created_at: number
}

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
      (await read(
        kind,
        sql`body IS NOT NULL AND version = (SELECT MAX(version) FROM governance_documents newest
          WHERE newest.kind = d.kind AND newest.name = d.name) ORDER BY name`,
      )) as readonly InForce<K>[],
    add: ({ id, kind, name, version, body, createdBy, createdAt }) =>
      sql`INSERT INTO governance_documents (id, kind, name, version, body, created_by, created_at)
        VALUES (${idBytes(id)}, ${kind}, ${name}, ${version}, ${body && JSON.stringify(body)},
          ${createdBy}, ${createdAt})`,
  }
}
