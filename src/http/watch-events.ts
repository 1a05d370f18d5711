import type { AuditEvent } from '../audit/event.ts'
import type { RaiseAlarm } from '../operations/auditing/raise-alarms.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

/** Counts the events that this node has committed. */
export const makeEventCounter =
  (metrics: Metrics) =>
  (events: readonly AuditEvent[]): void => {
    for (const event of events) {
      metrics.count('procura_events_total', { type: event.type })
      if (event.type !== 'decision.made') continue
      const { decision, reason } = event.facts
      metrics.count('procura_decisions_total', { decision, reason: reason ?? 'none' })
    }
  }

/** Raises an alarm: an error in the log, and a counter. */
export const makeRaiseAlarm =
  (log: Log, metrics: Metrics): RaiseAlarm =>
  (alarm, { request, agent }) => {
    metrics.count('procura_break_glass_total', {})
    log('error', alarm, { request, agent })
  }
