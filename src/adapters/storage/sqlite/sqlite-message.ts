import type { Row, SqlValue } from '../../../foundation/database.ts'

/** One statement of a commit: its number, which the writer thread knows, and its parameters. */
export type NumberedWrite = readonly [statement: number, parameters: readonly SqlValue[]]

/**
 * Commits for the writer thread, with all their bytes in one transferred buffer: copying them one
 * by one costs more than everything else.
 */
export interface PackedCommits {
  /**
   * For each commit its number of writes; for each write its statement and number of parameters.
   */
  readonly shape: readonly number[]
  /** Parameters in order, without bytes. */
  readonly values: readonly (SqlValue | undefined)[]
  readonly lengths: readonly number[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Messages to the writer thread: new statements, and commits that refer to them by number. */
export interface WriterMessage {
  readonly statements: readonly (readonly [number: number, sql: string])[]
  readonly commits: PackedCommits
}
export type CommitReply =
  | { readonly rows: readonly (readonly Row[])[] }
  | { readonly constraint: string }
  | { readonly failure: string }

export function packCommits(commits: readonly (readonly NumberedWrite[])[]): PackedCommits {
  const shape: number[] = []
  const values: (SqlValue | undefined)[] = []
  const blobs: Uint8Array[] = []
  const lengths: number[] = []
  let total = 0
  for (const commit of commits) {
    shape.push(commit.length)
    for (const [statement, parameters] of commit) {
      shape.push(statement, parameters.length)
      for (const value of parameters) {
        const isBytes = value instanceof Uint8Array
        values.push(isBytes ? undefined : value)
        if (!isBytes) continue
        blobs.push(value)
        lengths.push(value.length)
        total += value.length
      }
    }
  }
  const bytes = new Uint8Array(total)
  let offset = 0
  for (const blob of blobs) {
    bytes.set(blob, offset)
    offset += blob.length
  }
  return { shape, values, lengths, bytes }
}

export function unpackCommits({ shape, values, lengths, bytes }: PackedCommits): NumberedWrite[][] {
  const commits: NumberedWrite[][] = []
  let [at, value, blob, offset] = [0, 0, 0, 0]
  const next = (): SqlValue => {
    const plain = values[value++]
    if (plain !== undefined) return plain
    const start = offset
    offset += lengths[blob++]!
    return bytes.subarray(start, offset)
  }
  while (at < shape.length) {
    const writes = shape[at++]!
    commits.push(
      Array.from({ length: writes }, () => {
        const statement = shape[at++]!
        return [statement, Array.from({ length: shape[at++]! }, next)] as const
      }),
    )
  }
  return commits
}
