import { sql } from '../../../foundation/database.ts'

/**
 * The mark at and below which records may be deleted: an hour behind the clocks, and moved by the
 * time that passes. What is ended for good goes by it and not by the clock of one node, which may be
 * ahead: a credential that only that clock calls expired is revoked as well.
 *
 * @see docs/decisions/0019-spent-stays-spent.md
 */
export const endOfRecord = sql`COALESCE((SELECT position FROM cursors WHERE name = 'forgetting'), 0)`
