import type { AuditStore } from '../audit/audit-store.ts'
import type { AuditEvent } from '../audit/event.ts'
import type { makeRecorder } from '../audit/record.ts'
import type { Deps } from '../deps.ts'
import { ConstraintViolation, type Database, endCommit } from '../foundation/database.ts'
import { ServiceError } from '../foundation/errors.ts'
import { errorOfConstraint } from './constraint-errors.ts'

/** Caches of this node to clear once an event of a type is committed, or may have been. */
export type Forgetting = { readonly [T in AuditEvent['type']]?: () => void }

/**
 * Commits a change with its events; a failed precondition becomes an error.
 *
 * @param publish is called with events once they are committed.
 */
export function makeCommit(
  database: Database,
  audit: Pick<AuditStore, 'add'>,
  record: ReturnType<typeof makeRecorder>,
  forget: Forgetting,
  publish: (events: readonly AuditEvent[]) => void,
): Deps['commit'] {
  return async (writes, events) => {
    try {
      await database.commit([...writes, ...events.map((event) => audit.add(record(event)))])
      publish(events)
    } catch (error) {
      if (!(error instanceof ConstraintViolation)) throw error
      const [code, detail] = errorOfConstraint(error.constraint)
      throw new ServiceError(code, detail, { cause: error })
    } finally {
      endCommit(writes)
      for (const { type } of events) forget[type]?.()
    }
  }
}
