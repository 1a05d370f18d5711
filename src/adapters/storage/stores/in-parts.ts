import { type SqlValue, type Statement, sql } from '../../../foundation/database.ts'

/**
 * Splits values into lists for `IN (…)`, each at most 64 long, because D1 accepts 100 parameters; a
 * statement that uses a list twice asks for 32.
 * Few different lengths occur, so that few statements are prepared: the last value fills up.
 */
export function inParts(values: readonly SqlValue[], mostAtOnce = 64): readonly Statement[] {
  const parts: Statement[] = []
  for (let i = 0; i < values.length; i += mostAtOnce) {
    const some = values.slice(i, i + mostAtOnce)
    const length = 2 ** Math.ceil(Math.log2(some.length))
    const padded = Array.from({ length }, (_, at) => some[at] ?? some.at(-1)!)
    parts.push(padded.map((value) => sql`${value}`).reduce((left, right) => sql`${left}, ${right}`))
  }
  return parts
}
