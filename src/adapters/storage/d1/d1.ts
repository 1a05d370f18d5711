import {
  ConstraintViolation,
  type Database,
  type Row,
  type SqlValue,
  type Statement,
  type Write,
} from '../../../foundation/database.ts'
import { ServiceError } from '../../../foundation/errors.ts'
import { constraintOf } from '../sqlite/sqlite-constraint.ts'

/** What is used of Cloudflare's D1 binding. */
export interface D1Binding {
  prepare(text: string): D1Prepared
  batch(statements: D1Prepared[]): Promise<readonly D1Result[]>
}
export interface D1Prepared {
  bind(...values: unknown[]): D1Prepared
  all(): Promise<D1Result>
}
export interface D1Result {
  readonly results: readonly Readonly<Record<string, unknown>>[]
}

/**
 * D1: SQLite at the edge. A batch is a transaction, and there is one writer, so that preconditions
 * hold as they do on SQLite. Migrations are applied by wrangler, before a version is deployed.
 */
export function openD1(d1: D1Binding): Database {
  const prepare = ({ text, parameters }: Statement) =>
    d1.prepare(text.join('?')).bind(...parameters)
  return {
    async read<R extends Row>(query: Statement): Promise<readonly R[]> {
      try {
        return rowsOf(await prepare(query).all()) as readonly R[]
      } catch (error) {
        throw unreachable('read', error)
      }
    },
    async commit(writes: readonly Write[]) {
      try {
        // A batch must not be empty, and an empty commit still shows whether the database is there.
        const batch = writes.length === 0 ? [d1.prepare('SELECT 1')] : writes.map(prepare)
        return (await d1.batch(batch)).slice(0, writes.length).map(rowsOf)
      } catch (error) {
        const constraint = constraintOf(error as Error)
        if (constraint) throw new ConstraintViolation(constraint)
        throw unreachable('written', error)
      }
    },
  }
}

/** D1 gives bytes as lists of numbers. */
const rowsOf = ({ results }: D1Result): readonly Row[] =>
  results.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        Array.isArray(value) ? Uint8Array.from(value) : (value as SqlValue),
      ]),
    ),
  )

const unreachable = (done: string, cause: unknown) =>
  new ServiceError('storage_unreachable', `the database cannot be ${done}`, { cause })
