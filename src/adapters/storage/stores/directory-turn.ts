import { sql, type Write } from '../../../foundation/database.ts'

/**
 * Comes first in a commit whose precondition looks at many rows together, where no lock on one row
 * would keep a second such commit out: the two run one after the other.
 */
export const takeTurn: Write = sql`UPDATE directory_turns SET turn = turn + 1`
