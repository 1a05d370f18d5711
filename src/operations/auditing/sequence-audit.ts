import { signCheckpoint } from '../../audit/checkpoint.ts'
import { append, emptyFrontier, rootOf } from '../../audit/merkle.ts'
import { commitmentTo } from '../../audit/record.ts'
import type { Deps } from '../../deps.ts'
import { ConstraintViolation, type Write } from '../../foundation/database.ts'

/** Sequencing changes nothing that the log records, so it commits without an event. */
type Needs = Pick<Deps, 'clock' | 'crypto' | 'audit' | 'auditSigner' | 'settings'> & {
  readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown>
}

const batch = 2000

/**
 * Gives waiting events their places in the log, and signs a checkpoint over them.
 *
 * @returns how many were placed; 0 if another node was faster.
 */
export async function sequenceAudit(needs: Needs): Promise<number> {
  // The head is read before the events: if another node places events in between, the commit below
  // fails.
  const latest = await needs.audit.latest()
  const waiting = await needs.audit.unsequenced(batch)
  if (waiting.length === 0) return 0
  const before = latest?.frontier ?? emptyFrontier
  const events = []
  for (const { id, salt, body } of waiting)
    events.push({ id, commitment: await commitmentTo(salt, body, needs.crypto) })
  const frontier = await append(
    before,
    events.map(({ commitment }) => commitment),
    needs.crypto,
  )
  const checkpoint = {
    origin: needs.settings.auditOrigin,
    size: frontier.size,
    root: await rootOf(frontier, needs.crypto),
  }
  const note = await signCheckpoint(checkpoint, await needs.auditSigner(), needs.crypto)
  try {
    await needs.commitUnrecorded(
      needs.audit.sequence(events, before.size, { frontier, note, at: needs.clock() }),
    )
  } catch (error) {
    if (error instanceof ConstraintViolation) return 0
    throw error
  }
  return events.length
}
