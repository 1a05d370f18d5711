import { sql, type Write } from '../../../foundation/database.ts'

/**
 * First write of a commit whose precondition covers many rows, where no single row lock would
 * exclude a second such commit: the two run one after the other.
 */
export const takeTurn: Write = sql`UPDATE directory_turns SET turn = turn + 1`
