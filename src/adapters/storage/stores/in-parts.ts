import { type SqlValue, type Statement, sql } from '../../../foundation/database.ts'

const mostAtOnce = 64

/**
 * Lists for `IN (…)` that hold all the values together, each at most 64 long: D1 takes 100
 * parameters. They are of few lengths, so that few statements are prepared: the last value fills up.
 */
export function inParts(values: readonly SqlValue[]): readonly Statement[] {
  const parts: Statement[] = []
  for (let i = 0; i < values.length; i += mostAtOnce) {
    const some = values.slice(i, i + mostAtOnce)
    const length = 2 ** Math.ceil(Math.log2(some.length))
    const padded = Array.from({ length }, (_, at) => some[at] ?? some.at(-1)!)
    parts.push(padded.map((value) => sql`${value}`).reduce((left, right) => sql`${left}, ${right}`))
  }
  return parts
}
