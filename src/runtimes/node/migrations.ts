import { readdirSync, readFileSync } from 'node:fs'
import type { Migration } from '../../adapters/storage/migration.ts'

const folder = new URL('../../../migrations/', import.meta.url)

/** The migrations, in the order of their names. */
export const loadMigrations = (): readonly Migration[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(new URL(name, folder), 'utf8') }))
