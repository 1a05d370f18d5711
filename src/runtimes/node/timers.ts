import type { Database } from '../../database.ts'
import type { Deps } from '../../deps.ts'
import type { Log } from '../../http/log.ts'
import { endWhatIsDue } from '../../operations/end-what-is-due.ts'
import { sequenceAudit } from '../../operations/sequence-audit.ts'

const sequenceEvery = 500
const endEvery = 1_000

/**
 * What happens by itself: events get their place in the log within a second, and what is due ends.
 * Returns a function that stops both, the log complete.
 */
export function startTimers(deps: Deps, database: Database, log: Log): () => Promise<void> {
  const sequencer = { ...deps, commitUnrecorded: database.commit }
  const sequenceAll = async () => {
    while ((await sequenceAudit(sequencer)) > 0);
  }
  const stopSequencing = repeat(sequenceEvery, 'audit sequencer', sequenceAll, log)
  const stopEnding = repeat(endEvery, 'ending what is due', () => endWhatIsDue(deps), log)
  return async () => {
    await stopEnding()
    await stopSequencing()
    await sequenceAll()
  }
}

/** Runs again and again, never twice at once; a failure is logged and tried again. */
function repeat(
  milliseconds: number,
  name: string,
  run: () => Promise<unknown>,
  log: Log,
): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  let timer: NodeJS.Timeout
  const next = (delay: number) => {
    timer = setTimeout(() => {
      running = run().then(
        () => undefined,
        (error: Error) =>
          log('warn', `${name} failed, and will be tried again`, { cause: error.name }),
      )
      void running.then(() => stopped || next(milliseconds))
    }, delay)
    timer.unref()
  }
  next(0)
  return async () => {
    stopped = true
    clearTimeout(timer)
    await running
  }
}
