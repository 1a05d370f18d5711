import type { Database } from '../../foundation/database.ts'
import type { HttpDeps } from '../../http/context.ts'
import type { Log } from '../../http/log.ts'
import type { Metrics } from '../../http/metrics.ts'
import { makeRaiseAlarm } from '../../http/watch-events.ts'
import { type JobName, type JobNeeds, jobs, runJob } from '../../operations/upkeep/jobs.ts'

const watchEvery = 10_000
const alarmingWalBytes = 64_000_000

/**
 * Runs every job at its interval. Returns a function that stops them all, and gives the last events
 * their place in the log.
 */
export function startTimers(
  deps: HttpDeps,
  database: Database & { readonly walBytes?: () => number },
): () => Promise<void> {
  const { log, metrics } = deps
  const raiseAlarm = makeRaiseAlarm(log, metrics)
  const needs = { ...deps, raiseAlarm, commitUnrecorded: database.commit }
  const run = (job: JobName) => runReported(job, needs, log, metrics)
  const names = Object.keys(jobs) as JobName[]
  const stops = names.map((job) => repeat(jobs[job].interval, () => run(job)))
  const stopWatching = repeat(watchEvery, async () => watchWal(database, log))
  return async () => {
    await Promise.all([...stops, stopWatching].map((stop) => stop()))
    // Events that cannot be sequenced now are sequenced at the next start; nothing prevents
    // stopping.
    await run('sequence-audit')
  }
}

async function runReported(
  name: JobName,
  needs: JobNeeds,
  log: Log,
  metrics: Metrics,
): Promise<void> {
  const { job, outcome, milliseconds, cause } = await runJob(needs, name)
  metrics.count('procura_job_runs_total', { job, outcome })
  metrics.count('procura_job_seconds_total', { job }, milliseconds / 1000)
  if (outcome === 'failed') log('warn', `job ${job} failed, and will be tried again`, { cause })
}

/** Warns when SQLite cannot empty its write-ahead log because a reader holds an old snapshot. */
function watchWal({ walBytes }: { readonly walBytes?: () => number }, log: Log): void {
  const bytes = walBytes?.() ?? 0
  if (bytes > alarmingWalBytes)
    log('warn', 'the write-ahead log grows: does another program read the database for long?', {
      bytes,
    })
}

/** Runs again and again, never twice at once. Returns a function that stops it once the last run is over. */
function repeat(milliseconds: number, run: () => Promise<void>): () => Promise<void> {
  let stopped = false
  let running = Promise.resolve()
  let timer: NodeJS.Timeout
  const next = (delay: number) => {
    timer = setTimeout(() => {
      running = run()
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
