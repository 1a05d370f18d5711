/** What a column may hold, on every engine. */
export type SqlValue = string | number | Uint8Array | null

/** One SQL statement with its parameters. It does nothing by itself. */
export interface Statement {
  /** The text between parameters. An engine joins it with its own placeholders. */
  readonly text: readonly string[]
  readonly parameters: readonly SqlValue[]
}

/** A statement that changes something. Stores return writes; only a commit executes them. */
export type Write = Statement

const afterCommits = new WeakMap<Write, () => void>()

/**
 * Runs a callback after any commit with these writes, even if it failed, since its answer may have
 * been lost. Caches are invalidated this way: earlier, a concurrent reader would cache the old
 * value again.
 */
export function afterCommit<W extends Write | readonly Write[]>(writes: W, run: () => void): W {
  const [first] = [writes].flat()
  if (first) afterCommits.set(first, run)
  return writes
}

/** Called after each commit. */
export function endCommit(writes: readonly Write[]): void {
  for (const write of writes) afterCommits.get(write)?.()
}

export type Row = { readonly [column: string]: SqlValue }

export interface Database {
  /** @throws ServiceError `storage_unreachable`. */
  read<R extends Row>(query: Statement): Promise<readonly R[]>
  /**
   * Executes all writes or none, and returns once they are durable. The result has the rows of each
   * write with `RETURNING`, in the order of the writes.
   *
   * @throws ConstraintViolation if a precondition failed; nothing was written.
   * @throws ServiceError `storage_unreachable`.
   */
  commit(writes: readonly Write[]): Promise<readonly (readonly Row[])[]>
}

/**
 * A write violated a constraint. The name is the constraint's; that of a key is
 * `<table>_<column>_<column>…`, the same on every engine.
 */
export class ConstraintViolation extends Error {
  override readonly name = 'ConstraintViolation'
  readonly constraint: string
  constructor(constraint: string) {
    super(`constraint ${constraint}`)
    this.constraint = constraint
  }
}

/** Part of a statement: results of `sql` may be nested in another `sql`. */
const isStatement = (value: SqlValue | Statement): value is Statement =>
  typeof value === 'object' && value !== null && 'parameters' in value

/**
 * Builds SQL that runs on SQLite, PostgreSQL and D1. Values become parameters, never text; nested
 * statements are spliced in.
 *
 * A precondition states the row lock that it needs in a comment, which only PostgreSQL's adapter
 * uncomments: FOR KEY SHARE to rely on the row until the commit ends, FOR UPDATE to change it.
 */
export function sql(
  text: TemplateStringsArray,
  ...values: readonly (SqlValue | Statement)[]
): Statement {
  if (!values.some(isStatement)) return { text, parameters: values as readonly SqlValue[] }
  const parts: string[] = [text[0] as string]
  const parameters: SqlValue[] = []
  values.forEach((value, i) => {
    const next = text[i + 1]!
    if (!isStatement(value)) {
      parameters.push(value)
      parts.push(next)
      return
    }
    parts.push(`${parts.pop()}${value.text[0]}`)
    parts.push(...value.text.slice(1))
    parts.push(`${parts.pop()}${next}`)
    parameters.push(...value.parameters)
  })
  return { text: parts, parameters }
}

/** `a AND b AND c`; a condition that always holds if there is nothing to join. */
export function allOf(conditions: readonly (Statement | undefined)[]): Statement {
  const given = conditions.filter((condition) => condition !== undefined)
  return given.reduce((left, right) => sql`${left} AND ${right}`, sql`1 = 1`)
}
