import pg from 'pg'
import type { Migration } from '../migration.ts'

/** Any number that no other program uses as its lock on this database. */
const lock = 7_268_914_311

/**
 * Applies the migrations that the database lacks, each in its own transaction. Nodes that start at
 * the same time wait for each other.
 */
export async function applyMigrations(
  url: string,
  migrations: readonly Migration[],
): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [lock])
    await client.query(`DO $$ BEGIN CREATE DOMAIN blob AS bytea;
      EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
    // Migrations are the same for all engines; this defines SQLite's function of that name.
    await client.query(`CREATE OR REPLACE FUNCTION hex(bytea) RETURNS text LANGUAGE sql IMMUTABLE
      AS $$ SELECT upper(encode($1, 'hex')) $$`)
    await client.query('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)')
    for (const { name, sql } of migrations) {
      const { rowCount } = await client.query('SELECT 1 FROM migrations WHERE name = $1', [name])
      if (rowCount) continue
      try {
        await client.query('BEGIN')
        await client.query(sql)
        await client.query('INSERT INTO migrations (name) VALUES ($1)', [name])
        await client.query('COMMIT')
      } catch (error) {
        // Reports the original failure, even if the connection is lost as well.
        await client.query('ROLLBACK').catch(() => undefined)
        throw error
      }
    }
  } finally {
    // Closing the connection releases the lock.
    await client.end()
  }
}
