import type { Deps } from '../../deps.ts'
import type { Database } from '../../foundation/database.ts'
import type { Log } from '../../http/log.ts'
import { eraseDueEvents } from '../../operations/administering/erase-person.ts'
import { foldUsage } from '../../operations/auditing/fold-usage.ts'
import { storeSubtrees } from '../../operations/auditing/prove-audit.ts'
import { sequenceAudit } from '../../operations/auditing/sequence-audit.ts'
import { deleteExpired } from '../../operations/upkeep/delete-expired.ts'
import { endWhatIsDue } from '../../operations/upkeep/end-what-is-due.ts'

const sequenceEvery = 500
const foldEvery = 1_000
const endEvery = 1_000
const forgetEvery = 60_000
const watchEvery = 10_000
const sweepEvery = 5_000
const alarmingWalBytes = 64_000_000

/**
 * What happens by itself: events get their place in the log within a second, and what is due ends.
 * Returns a function that stops both, the log complete.
 */
export function startTimers(
  deps: Deps,
  database: Database & { readonly walBytes?: () => number },
  log: Log,
): () => Promise<void> {
  const sequencer = { ...deps, commitUnrecorded: database.commit }
  const sequenceAll = async () => {
    while ((await sequenceAudit(sequencer)) > 0);
  }
  const foldAll = async () => {
    while ((await foldUsage(sequencer)) > 0);
    while ((await storeSubtrees(sequencer)) > 0);
    await eraseDueEvents(sequencer)
  }
  const stopFolding = repeat(foldEvery, 'keeping the log', foldAll, log)
  const stopSequencing = repeat(sequenceEvery, 'audit sequencer', sequenceAll, log)
  const stopEnding = repeat(endEvery, 'ending what is due', () => endWhatIsDue(deps), log)
  const stopSweeping = repeat(sweepEvery, 'clearing memories', async () => deps.memory.sweep(), log)
  const stopForgetting = repeat(forgetEvery, 'forgetting', () => deleteExpired(deps), log)
  const stopWatching = repeat(watchEvery, 'watching storage', () => watchWal(database, log), log)
  return async () => {
    await stopSweeping()
    await stopWatching()
    await stopForgetting()
    await stopEnding()
    await stopFolding()
    await stopSequencing()
    // What cannot be sequenced now is when the service starts again: nothing keeps it from stopping.
    await sequenceAll().catch(({ name }: Error) =>
      log('warn', 'the log is left without its last checkpoint', { cause: name }),
    )
  }
}

/** The log of SQLite is emptied again and again, unless a reader holds on to an old snapshot. */
async function watchWal(
  { walBytes }: { readonly walBytes?: () => number },
  log: Log,
): Promise<void> {
  const bytes = walBytes?.() ?? 0
  if (bytes > alarmingWalBytes)
    log('warn', 'the write-ahead log grows: does another program read the database for long?', {
      bytes,
    })
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
