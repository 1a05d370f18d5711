import type { EventType } from '../audit/event.ts'
import type { Memory } from '../foundation/memory.ts'
import type { Reason } from '../foundation/refusal.ts'
import type { JobName } from '../operations/upkeep/jobs.ts'
import type { Lane } from './access.ts'

/**
 * The labels of each counter. Their values come from closed sets, so that their number is bounded.
 */
interface CounterLabels {
  readonly procura_http_requests_total: RequestLabels
  readonly procura_decisions_total: {
    readonly decision: 'allow' | 'deny'
    readonly reason: Reason | 'none'
  }
  readonly procura_break_glass_total: Readonly<Record<never, never>>
  readonly procura_events_total: { readonly type: EventType }
  readonly procura_job_runs_total: { readonly job: JobName; readonly outcome: 'done' | 'failed' }
  readonly procura_job_seconds_total: { readonly job: JobName }
  readonly procura_rate_limited_total: { readonly lane: Lane }
}
type CounterName = keyof CounterLabels

/** `route` is the pattern of the route. */
interface RequestLabels {
  readonly method: string
  readonly route: string
  readonly status: number
}

type Labels = CounterLabels[CounterName] | Pick<RequestLabels, 'route'>

/** Counters, gauges and one histogram in the Prometheus text format. */
export interface Metrics {
  /** @param by increment; 1 by default. */
  count<N extends CounterName>(name: N, labels: CounterLabels[N], by?: number): void
  /** Duration of a request in seconds. */
  observe(seconds: number, labels: Pick<RequestLabels, 'route'>): void
  text(): string
}

const counters = {
  procura_http_requests_total: 'Requests, by route and status.',
  procura_decisions_total: 'Decisions, by outcome and reason.',
  procura_break_glass_total: 'Permissions issued in an emergency.',
  procura_events_total: 'Audit events committed by this node, by type.',
  procura_job_runs_total: 'Runs of background jobs, by job and outcome.',
  procura_job_seconds_total: 'Seconds that background jobs have run.',
  procura_rate_limited_total: 'Requests refused by the rate limit.',
} as const satisfies Record<CounterName, string>

const readings = {
  procura_storage_wal_bytes: ['gauge', 'Size of the write-ahead log of SQLite.'],
} as const
/** Gauges, read when the metrics are. */
export type Readings = { readonly [name in keyof typeof readings]?: () => number }

const histogram = 'procura_http_request_duration_seconds'
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** For each cache, by its name. */
const ofCaches = {
  procura_cache_bytes: ['gauge', 'Bytes in a cache.', 'bytes'],
  procura_cache_max_bytes: ['gauge', 'Largest size of a cache in bytes.', 'maxBytes'],
  procura_cache_entries: ['gauge', 'Entries in a cache.', 'entries'],
  procura_cache_hits_total: ['counter', 'Cache lookups that found an entry.', 'hits'],
  procura_cache_misses_total: ['counter', 'Cache lookups that found none.', 'misses'],
} as const

export function makeMetrics(memory: Pick<Memory, 'usage'>, read: Readings = {}): Metrics {
  const counts = new Map<string, number>()
  const durations = new Map<string, { readonly counts: number[]; sum: number; total: number }>()
  return {
    count(name, labels, by = 1) {
      const key = `${name}{${format(labels)}}`
      counts.set(key, (counts.get(key) ?? 0) + by)
    },
    observe(seconds, labels) {
      const key = format(labels)
      const known = durations.get(key) ?? { counts: buckets.map(() => 0), sum: 0, total: 0 }
      known.sum += seconds
      known.total++
      const bucket = buckets.findIndex((bound) => seconds <= bound)
      if (bucket !== -1) known.counts[bucket]!++
      durations.set(key, known)
    },
    text() {
      const lines: string[] = []
      for (const [name, help] of Object.entries(counters)) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`)
        for (const [key, value] of counts)
          if (key.startsWith(`${name}{`)) lines.push(`${key} ${value}`)
      }
      for (const [name, value] of Object.entries(read)) {
        const [type, help] = readings[name as keyof typeof readings]
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, `${name} ${value()}`)
      }
      const usage = [...memory.usage()]
      for (const [name, [type, help, reading]] of Object.entries(ofCaches)) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
        for (const [cache, used] of usage)
          lines.push(`${name}{cache="${cache}"} ${Math.floor(used[reading])}`)
      }
      lines.push(`# HELP ${histogram} Duration of requests.`, `# TYPE ${histogram} histogram`)
      for (const [labels, { counts: inBucket, sum, total }] of durations) {
        let cumulated = 0
        buckets.forEach((bound, i) => {
          cumulated += inBucket[i]!
          lines.push(`${histogram}_bucket{${labels},le="${bound}"} ${cumulated}`)
        })
        lines.push(
          `${histogram}_bucket{${labels},le="+Inf"} ${total}`,
          `${histogram}_sum{${labels}} ${sum}`,
          `${histogram}_count{${labels}} ${total}`,
        )
      }
      return `${lines.join('\n')}\n`
    },
  }
}

const format = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(',')

/** A label value cannot end its quotes or its line, so it cannot forge a metric. */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
