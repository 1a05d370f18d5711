import { once } from 'node:events'
import { closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { Worker } from 'node:worker_threads'
import {
  ConstraintViolation,
  type Database,
  type Row,
  type Statement,
  type Write,
} from '../../../foundation/database.ts'
import { ServiceError } from '../../../foundation/errors.ts'
import type { Migration } from '../migration.ts'
import {
  type CommitReply,
  type NumberedWrite,
  packCommits,
  type WriterMessage,
} from './sqlite-message.ts'
import { applyMigrations } from './sqlite-migrate.ts'

export interface SqliteOptions {
  readonly file: string
  readonly migrations: readonly Migration[]
  /** Maximum number of commits written to disk in one transaction. 1 turns group commit off. */
  readonly maxGroup?: number
  /**
   * Called once if nothing can be written any more, as after a failed fsync: the process must
   * restart.
   */
  readonly onLost?: ((cause: Error) => void) | undefined
}

export interface SqliteDatabase extends Database {
  /** Waits for pending work, unless the writer is gone, then closes the file. */
  close(): Promise<void>
  /** Size of the write-ahead log. It grows while a reader holds an old snapshot. */
  walBytes(): number
}

interface Waiting {
  readonly message: readonly NumberedWrite[]
  readonly resolve: (rows: readonly (readonly Row[])[]) => void
  readonly reject: (error: Error) => void
}

/**
 * SQLite in this process. Reads run on this thread, from the newest committed state; writes run on
 * a thread of their own, because a commit blocks until the disk has it. Commits that wait at the
 * same time reach the disk together.
 */
export function openSqlite({
  file,
  migrations,
  maxGroup = 256,
  onLost = () => undefined,
}: SqliteOptions): SqliteDatabase {
  closeSync(openSync(file, 'a', 0o600))
  applyMigrations(file, migrations)
  const reader = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  const prepared = statementCache(reader)
  // This file's own extension: in the published package it is JavaScript.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const writer = new Worker(new URL(`./sqlite-writer${extension}`, import.meta.url), {
    workerData: { file },
  })
  const numbers = statementNumbers()
  const waiting: Waiting[] = []
  let underWay: readonly Waiting[] = []
  let broken: Error | undefined
  let drained: (() => void) | undefined

  const send = () => {
    if (underWay.length > 0) return
    if (waiting.length === 0) {
      // An idle writer does not keep the program running.
      writer.unref()
      drained?.()
      return
    }
    underWay = waiting.splice(0, maxGroup)
    writer.ref()
    const commits = packCommits(underWay.map(({ message }) => message))
    const message: WriterMessage = { statements: numbers.takeNew(), commits }
    writer.postMessage(message, [commits.bytes.buffer])
  }
  writer.on('message', (replies: readonly CommitReply[]) => {
    const done = underWay
    underWay = []
    send()
    done.forEach((commit, i) => {
      settle(commit, replies[i]!)
    })
  })
  const fail = (error: Error) => {
    if (broken) return
    broken = new ServiceError('storage_unreachable', 'the database cannot be written', {
      cause: error,
    })
    for (const { reject } of [...underWay, ...waiting.splice(0)]) reject(broken)
    underWay = []
    drained?.()
    onLost(error)
  }
  writer.on('error', fail)
  writer.on('exit', () => fail(new Error('the writer thread ended')))
  writer.unref()

  return {
    async read<R extends Row>({ text, parameters }: Statement): Promise<readonly R[]> {
      try {
        return prepared(text).all(...parameters) as unknown as readonly R[]
      } catch (error) {
        throw new ServiceError('storage_unreachable', 'the database cannot be read', {
          cause: error,
        })
      }
    },
    commit(writes: readonly Write[]) {
      if (broken) return Promise.reject(broken)
      const message = writes.map(({ text, parameters }) => [numbers.of(text), parameters] as const)
      return new Promise((resolve, reject) => {
        waiting.push({ message, resolve, reject })
        // Everything requested in this turn of the event loop forms one group.
        if (underWay.length === 0 && waiting.length === 1) setImmediate(send)
      })
    },
    async close() {
      if (underWay.length > 0 || waiting.length > 0)
        await new Promise<void>((resolve) => (drained = resolve))
      writer.removeAllListeners('exit')
      broken = new ServiceError('storage_unreachable', 'the database is closed')
      // The writer closes last: then SQLite empties the write-ahead log into the one file.
      reader.close()
      writer.ref()
      const closed = once(writer, 'exit')
      writer.postMessage('close')
      await closed
    },
    walBytes: () => statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0,
  }
}

function settle({ resolve, reject }: Waiting, reply: CommitReply): void {
  if ('rows' in reply) resolve(reply.rows)
  else if ('constraint' in reply) reject(new ConstraintViolation(reply.constraint))
  else
    reject(
      new ServiceError('storage_unreachable', 'the database cannot be written', {
        cause: new Error(reply.failure),
      }),
    )
}

const maxStatements = 500

function statementCache(database: DatabaseSync): (text: readonly string[]) => StatementSync {
  const byTemplate = new WeakMap<readonly string[], StatementSync>()
  const byText = new Map<string, StatementSync>()
  return (text) => {
    const known = byTemplate.get(text)
    if (known) return known
    const joined = text.join('?')
    const statement = byText.get(joined) ?? database.prepare(joined)
    if (byText.size >= maxStatements) byText.clear()
    byText.set(joined, statement)
    byTemplate.set(text, statement)
    return statement
  }
}

/** Numbers SQL texts, so that each crosses to the writer thread once. */
function statementNumbers() {
  const byTemplate = new WeakMap<readonly string[], number>()
  const byText = new Map<string, number>()
  let unsent: [number, string][] = []
  return {
    of(text: readonly string[]): number {
      const known = byTemplate.get(text)
      if (known !== undefined) return known
      const sql = text.join('?')
      let number = byText.get(sql)
      if (number === undefined) {
        number = byText.size
        byText.set(sql, number)
        unsent.push([number, sql])
      }
      byTemplate.set(text, number)
      return number
    },
    takeNew() {
      const taken = unsent
      unsent = []
      return taken
    },
  }
}
