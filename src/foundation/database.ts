/** What a column may hold, on every engine. */
export type SqlValue = string | number | Uint8Array | null

/** One SQL statement with its parameters; on its own it does nothing. */
export interface Statement {
  /** The text between parameters: an engine joins it with its own placeholders. */
  readonly text: readonly string[]
  readonly parameters: readonly SqlValue[]
}

/** A statement that changes something. Stores return writes; only a commit carries them out. */
export type Write = Statement

const afterCommits = new WeakMap<Write, () => void>()

/**
 * Has something done whenever a commit with these writes is over. Also when the commit failed: its
 * answer may have been lost on the way. What is remembered is forgotten so, and not before the
 * commit, or whoever reads meanwhile remembers the old anew.
 */
export function afterCommit<W extends Write | readonly Write[]>(writes: W, run: () => void): W {
  const [first] = [writes].flat()
  if (first) afterCommits.set(first, run)
  return writes
}

/** To be called by whoever commits. */
export function endCommit(writes: readonly Write[]): void {
  for (const write of writes) afterCommits.get(write)?.()
}

export type Row = { readonly [column: string]: SqlValue }

export interface Database {
  /** @throws ServiceError `storage_unreachable`. */
  read<R extends Row>(query: Statement): Promise<readonly R[]>
  /**
   * Carries out all writes or none, and returns only when they are durable. The answer has the rows
   * of each write that returns any (`RETURNING`), in the order of the writes.
   *
   * @throws ConstraintViolation if a precondition did not hold: nothing was written.
   * @throws ServiceError `storage_unreachable`.
   */
  commit(writes: readonly Write[]): Promise<readonly (readonly Row[])[]>
}

/**
 * A write met a constraint. The name is the constraint's own; that of a key is
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

/** Part of a statement: what `sql` returns may stand inside another `sql`. */
const isStatement = (value: SqlValue | Statement): value is Statement =>
  typeof value === 'object' && value !== null && 'parameters' in value

/**
 * Writes SQL that runs on SQLite, PostgreSQL and D1. Values become parameters, never text;
 * statements given as values are spliced in.
 *
 * A precondition locks the row that it asks for, in words that stand in a comment, which PostgreSQL's
 * adapter alone takes out of it: FOR KEY SHARE to rely on the row until the commit is over, FOR UPDATE
 * to change it.
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

/** `a AND b AND c`; with nothing to join, a condition that always holds. */
export function allOf(conditions: readonly (Statement | undefined)[]): Statement {
  const given = conditions.filter((condition) => condition !== undefined)
  return given.reduce((left, right) => sql`${left} AND ${right}`, sql`1 = 1`)
}
