import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { preconditions } from '../../src/composition/constraint-errors.ts'

const root = new URL('../../', import.meta.url)
const textOf = (pattern: string) =>
  globSync(pattern, { cwd: root })
    .map((file) => readFileSync(new URL(file, root), 'utf8'))
    .join('\n')
const migrations = textOf('migrations/*.sql')
const stores = textOf('src/adapters/storage/**/*.ts')

const namesIn = (text: string, pattern: RegExp): ReadonlySet<string> =>
  new Set([...text.matchAll(pattern)].map(([, name]) => name!))

const guards = namesIn(migrations, /(\w+) INTEGER CONSTRAINT \1 CHECK \(\1 IS NULL\)/g)

/** Fails only when two nodes sequence the log at once, which needs no words of its own. */
const conflict = 'audit_head'

test('every guard that a store uses exists, and becomes an error of its own', () => {
  const used = namesIn(stores, /INSERT INTO guards \((\w+)\)/g)

  const missing = [...used].filter((name) => !guards.has(name))
  const silent = [...used].filter((name) => !(name in preconditions) && name !== conflict)

  expect({ missing, silent }).toEqual({ missing: [], silent: [] })
})

test('every precondition is a guard, or a constraint or key of a table', () => {
  const tables = namesIn(migrations, /CREATE TABLE (\w+)/g)

  const dead = Object.keys(preconditions).filter(
    (name) =>
      !guards.has(name) &&
      !migrations.includes(`CONSTRAINT ${name} `) &&
      ![...tables].some((table) => name.startsWith(`${table}_`)),
  )

  expect(dead).toEqual([])
})
