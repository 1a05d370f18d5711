import pg from 'pg'
import type { SqlValue, Statement } from '../../../foundation/database.ts'

const bigint = 20
const bytea = 17

/** Integers up to 2^53 as numbers, bytes as bytes. */
export const types = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === bigint) return Number
    if (oid === bytea) return (text: string) => new Uint8Array(Buffer.from(text.slice(2), 'hex'))
    return pg.types.getTypeParser(oid, format as 'text')
  }) as typeof pg.types.getTypeParser,
}

/** Row locks are in comments, because SQLite needs none. */
const rowLock = /\/\* (FOR (?:KEY SHARE|UPDATE)) \*\//g
const maxNames = 1_000

/**
 * Names each SQL text, so that a connection prepares it once. `renew` gives all of them new names:
 * after another node has changed a table, PostgreSQL refuses what was prepared before
 * (`cached plan must not change result type`).
 */
export function makeStatementNames() {
  let byTemplate = new WeakMap<readonly string[], { name?: string; text: string }>()
  let byText = new Map<string, { name?: string; text: string }>()
  let generation = 0
  const describe = (parts: readonly string[]) => {
    const known = byTemplate.get(parts)
    if (known) return known
    const joined = parts
      .map((part, i) => (i === 0 ? part : `$${i}${part}`))
      .join('')
      .replaceAll(rowLock, '$1')
    let described = byText.get(joined)
    if (!described) {
      described =
        byText.size < maxNames
          ? { name: `s${generation}_${byText.size}`, text: joined }
          : { text: joined }
      if (described.name) byText.set(joined, described)
    }
    byTemplate.set(parts, described)
    return described
  }
  return {
    named: ({ text, parameters }: Statement) => ({
      ...describe(text),
      values: parameters as SqlValue[],
    }),
    renew() {
      byTemplate = new WeakMap()
      byText = new Map()
      generation++
    },
  }
}
