import { DatabaseSync } from 'node:sqlite'
import type { Migration } from '../migration.ts'

/**
 * Applies the migrations that the file lacks, each in its own transaction, so that an interrupted
 * one leaves no trace.
 */
export function applyMigrations(file: string, migrations: readonly Migration[]): void {
  const database = new DatabaseSync(file, { timeout: 10_000 })
  try {
    database.exec('PRAGMA journal_mode = WAL')
    database.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)')
    for (const { name, sql } of migrations) {
      database.exec('BEGIN IMMEDIATE')
      try {
        if (!database.prepare('SELECT 1 FROM migrations WHERE name = ?').get(name)) {
          database.exec(sql)
          database.prepare('INSERT INTO migrations (name) VALUES (?)').run(name)
        }
        database.exec('COMMIT')
      } catch (error) {
        // If the disk is full, SQLite has rolled back already.
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    }
  } finally {
    database.close()
  }
}
