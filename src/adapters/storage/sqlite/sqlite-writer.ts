import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Row } from '../../../foundation/database.ts'
import { constraintOf } from './sqlite-constraint.ts'
import {
  type CommitReply,
  type NumberedWrite,
  unpackCommits,
  type WriterMessage,
} from './sqlite-message.ts'

/**
 * The writer thread of adapters/storage/sqlite/sqlite.ts. Only this thread changes the database.
 */
const database = new DatabaseSync((workerData as { readonly file: string }).file, { timeout: 5000 })
// FULL: a commit is answered only after fsync of the write-ahead log.
database.exec('PRAGMA synchronous = FULL')

interface Prepared {
  readonly statement: StatementSync
  readonly returnsRows: boolean
}
const texts: string[] = []
const prepared: Prepared[] = []

/**
 * Prepared on first use, so that a statement which the database rejects only fails its own commit.
 */
function prepare(number: number): Prepared {
  let known = prepared[number]
  if (!known) {
    const statement = database.prepare(texts[number]!)
    known = { statement, returnsRows: statement.columns().length > 0 }
    prepared[number] = known
  }
  return known
}

const begin = database.prepare('BEGIN IMMEDIATE')
const end = database.prepare('COMMIT')

parentPort!.on('message', (message: WriterMessage | 'close') => {
  if (message === 'close') {
    database.close()
    parentPort!.close()
    return
  }
  const { statements, commits } = message
  for (const [number, sql] of statements) texts[number] = sql
  const unpacked = unpackCommits(commits)
  parentPort!.postMessage(runTogether(unpacked) ?? unpacked.map(runAlone))
})

/** All commits in one transaction; undefined if any fails, and then nothing was written. */
function runTogether(
  commits: readonly (readonly NumberedWrite[])[],
): readonly CommitReply[] | undefined {
  if (commits.length === 1) return undefined
  try {
    begin.run()
    const replies = commits.map((commit) => ({ rows: run(commit) }))
    end.run()
    return replies
  } catch (error) {
    rollBack()
    rethrowIfUnsynced(error)
    return undefined
  }
}

function runAlone(commit: readonly NumberedWrite[]): CommitReply {
  try {
    begin.run()
    const rows = run(commit)
    end.run()
    return { rows }
  } catch (error) {
    rollBack()
    rethrowIfUnsynced(error)
    const constraint = constraintOf(error as Error)
    return constraint ? { constraint } : { failure: (error as Error).message }
  }
}

function run(commit: readonly NumberedWrite[]): readonly (readonly Row[])[] {
  return commit.map(([number, parameters]) => {
    const { statement, returnsRows } = prepare(number)
    if (returnsRows) return statement.all(...parameters) as unknown as readonly Row[]
    statement.run(...parameters)
    return []
  })
}

/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const unsynced = [1034, 1290]

/**
 * After a failed fsync the contents of the disk are unknown, and the next fsync may succeed because
 * the kernel has dropped the pages. So this thread ends, and the restarted process reads from disk.
 */
function rethrowIfUnsynced(error: unknown): void {
  if (unsynced.includes((error as { errcode?: number }).errcode ?? 0)) throw error
}

function rollBack(): void {
  if (database.isTransaction) database.exec('ROLLBACK')
}
