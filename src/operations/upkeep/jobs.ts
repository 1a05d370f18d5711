import type { Deps } from '../../deps.ts'
import type { Write } from '../../foundation/database.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import { eraseDueEvents } from '../administering/erase-person.ts'
import { foldUsage } from '../auditing/fold-usage.ts'
import { storeSubtrees } from '../auditing/prove-audit.ts'
import { type RaiseAlarm, raiseAlarms } from '../auditing/raise-alarms.ts'
import { sequenceAudit } from '../auditing/sequence-audit.ts'
import { scanDuties } from '../governing/change-separation-rule.ts'
import { deleteExpired } from './delete-expired.ts'
import {
  endDueAgents,
  endDueReviews,
  endUnused,
  expireDueTasks,
  passDueDeadlines,
} from './end-what-is-due.ts'

export type JobNeeds = Deps & {
  readonly raiseAlarm: RaiseAlarm
  /** Commits writes that no audit event records, such as the order of the events themselves. */
  readonly commitUnrecorded: (writes: readonly Write[]) => Promise<unknown>
}

/** Background work. */
export interface Job {
  /** How often Node runs it. A Worker runs every job once a minute. */
  readonly interval: Milliseconds
  readonly run: (needs: JobNeeds) => Promise<unknown>
}

const untilDone = (run: (needs: JobNeeds) => Promise<number>) => async (needs: JobNeeds) => {
  while ((await run(needs)) > 0);
}

/**
 * All background jobs by name. A job never runs twice at once on a node, and its failure affects no
 * other job.
 */
export const jobs = {
  'sequence-audit': { interval: 500, run: untilDone(sequenceAudit) },
  'sweep-status': { interval: 500, run: untilDone(({ status }) => status.sweepOrders()) },
  'raise-alarms': { interval: 1_000, run: untilDone(raiseAlarms) },
  'fold-usage': { interval: 1_000, run: untilDone(foldUsage) },
  'store-audit-subtrees': { interval: 1_000, run: untilDone(storeSubtrees) },
  'erase-due-events': { interval: 1_000, run: eraseDueEvents },
  'end-due-agents': { interval: 1_000, run: endDueAgents },
  'expire-due-tasks': { interval: 1_000, run: expireDueTasks },
  'pass-due-deadlines': { interval: 1_000, run: passDueDeadlines },
  'end-due-reviews': { interval: 1_000, run: endDueReviews },
  'end-unused-agents': { interval: 1_000, run: endUnused },
  'scan-duties': { interval: 1_000, run: scanDuties },
  'delete-expired': { interval: 60_000, run: deleteExpired },
  'sweep-memory': { interval: 5_000, run: async ({ memory }) => memory.sweep() },
} as const satisfies Record<string, Job>

export type JobName = keyof typeof jobs

export interface JobRun {
  readonly job: JobName
  readonly outcome: 'done' | 'failed'
  readonly milliseconds: Milliseconds
  /** Name of the error; null if it did not fail. */
  readonly cause: string | null
}

/** Runs a job once. A failure is reported, not thrown; the job runs again at its next turn. */
export async function runJob(needs: JobNeeds, job: JobName): Promise<JobRun> {
  const begun = needs.monotonic()
  const told = (cause: string | null): JobRun => ({
    job,
    outcome: cause === null ? 'done' : 'failed',
    milliseconds: needs.monotonic() - begun,
    cause,
  })
  try {
    await jobs[job].run(needs)
    return told(null)
  } catch (error) {
    return told((error as Error).name)
  }
}
