import pg from 'pg'
import {
  ConstraintViolation,
  type Database,
  type Row,
  type Statement,
  type Write,
} from '../../../foundation/database.ts'
import { ServiceError } from '../../../foundation/errors.ts'
import type { Migration } from '../migration.ts'
import { makeGroups } from '../stores/groups.ts'
import { applyMigrations } from './postgres-migrate.ts'
import { makeStatementNames, types } from './postgres-statement.ts'
import { postgresUnusable } from './postgres-unusable.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  readonly migrations: readonly Migration[]
  /** Maximum number of commits written to disk in one transaction. 1 turns group commit off. */
  readonly maxGroup?: number
  /** Connections for reading. Commits use one more. */
  readonly maxReaders?: number
}

export interface PostgresDatabase extends Database {
  /** Waits for pending work, then closes all connections. */
  close(): Promise<void>
}

const connectTimeout = 2_000
const limits = { statement_timeout: 15_000, lock_timeout: 5_000 } as const
/** A commit that deadlocked with another node is retried, a little later each time. */
const maxTries = 6

/**
 * PostgreSQL, shared by any number of nodes. A group of commits is one transaction, sent without
 * waiting for the answers in between; reads have connections of their own. Preconditions lock the
 * rows that they check, so READ COMMITTED isolation suffices.
 *
 * @throws ServiceError `configuration_invalid`, with what to do, if it cannot be used.
 */
export async function openPostgres({
  url,
  migrations,
  maxGroup = 256,
  maxReaders = 8,
}: PostgresOptions): Promise<PostgresDatabase> {
  try {
    await applyMigrations(url, migrations)
  } catch (error) {
    throw postgresUnusable(url, error)
  }
  const common = {
    connectionString: url,
    types,
    connectionTimeoutMillis: connectTimeout,
    ...limits,
  }
  const readers = new pg.Pool({ ...common, max: maxReaders, idleTimeoutMillis: 30_000 })
  // An idle connection that breaks is replaced by the next one needed.
  readers.on('error', () => undefined)
  const { named, renew } = makeStatementNames()
  const writer = makeWriter({ ...common, pipeline: true })

  const transact = async (commits: readonly (readonly Write[])[]) => {
    const client = await writer.client()
    // Everything is sent at once: after a failed statement the others fail too, and COMMIT rolls
    // back.
    const begun = client.query('BEGIN')
    const answers = commits.map((writes) => writes.map((write) => client.query(named(write))))
    const ended = client.query('COMMIT')
    const results = await Promise.allSettled([begun, ...answers.flat(), ended])
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
    return Promise.all(
      answers.map((writes) =>
        Promise.all(writes.map(async (answer) => (await answer).rows as Row[])),
      ),
    )
  }
  const alone = async (writes: readonly Write[]): Promise<readonly (readonly Row[])[]> => {
    for (let tries = 1; ; tries++) {
      try {
        return (await transact([writes]))[0]!
      } catch (error) {
        const { code, constraint } = error as pg.DatabaseError
        if (isOutdatedPlan(error) && tries === 1) {
          renew()
          continue
        }
        if (constraint && code?.startsWith('23')) throw new ConstraintViolation(constraint)
        if (code === '22021')
          throw new ServiceError(
            'request_malformed',
            'a text contains a character that cannot be stored',
            {
              cause: error,
            },
          )
        const isConflict = code === '40001' || code === '40P01'
        if (isConflict && tries === maxTries) throw new ConstraintViolation('serialization')
        if (!isConflict) throw unreachable('written', error)
        await new Promise((resolve) => setTimeout(resolve, tries * tries * 5 * Math.random()))
      }
    }
  }
  const groups = makeGroups<readonly Write[], readonly (readonly Row[])[]>({
    maxGroup,
    alone,
    // If a group fails, each of its commits is tried alone, unless the database is unreachable.
    async together(commits) {
      try {
        return await transact(commits)
      } catch (error) {
        if ((error as pg.DatabaseError).severity === undefined) throw unreachable('written', error)
        return undefined
      }
    },
  })
  return {
    async read<R extends Row>(query: Statement): Promise<readonly R[]> {
      try {
        try {
          return (await readers.query(named(query))).rows
        } catch (error) {
          if (!isOutdatedPlan(error)) throw error
          renew()
          return (await readers.query(named(query))).rows
        }
      } catch (error) {
        throw unreachable('read', error)
      }
    },
    commit: groups.add,
    async close() {
      await groups.drain()
      await Promise.all([readers.end(), writer.end()])
    },
  }
}

/** Another node has migrated a table that the statement reads. */
const isOutdatedPlan = (error: unknown): boolean => (error as pg.DatabaseError).code === '0A000'

const unreachable = (done: string, cause: unknown) =>
  new ServiceError('storage_unreachable', `the database cannot be ${done}`, { cause })

/** One connection for all commits, replaced after it breaks. */
function makeWriter(options: pg.ClientConfig & { readonly pipeline: boolean }) {
  let current: Promise<pg.Client> | undefined
  /** A late close event must not discard the connection's successor. */
  const connect = (): Promise<pg.Client> => {
    const client = new pg.Client(options)
    const connecting = client.connect().then(() => client)
    const forget = () => {
      if (current === connecting) current = undefined
    }
    client.on('error', forget).on('end', forget)
    return connecting
  }
  return {
    async client() {
      current ??= connect()
      const mine = current
      try {
        return await mine
      } catch (error) {
        if (current === mine) current = undefined
        throw error
      }
    },
    async end() {
      await (await current?.catch(() => undefined))?.end()
    },
  }
}
