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

/** The part of Cloudflare's D1 binding that is used. */
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
 * D1: SQLite at the edge. A batch is a transaction and there is one writer, so preconditions hold
 * as on SQLite. wrangler applies migrations before a version is deployed.
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
        // A batch must not be empty, and even an empty commit must show whether the database is
        // reachable.
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

/** D1 returns bytes as lists of numbers. */
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
