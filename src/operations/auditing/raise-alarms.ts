import type { EventFacts } from '../../audit/event.ts'
import { type FeedNeeds, feed, type Subscriber } from './feed.ts'

/** Alerts the people who watch the service. */
export type RaiseAlarm = (alarm: 'break-glass', facts: EventFacts['break-glass.used']) => void

type Needs = FeedNeeds & { readonly raiseAlarm: RaiseAlarm }

/** Raises an alarm for each permission issued in an emergency. */
const breakGlassSubscriber: Subscriber<'break-glass.used', Needs> = {
  name: 'break-glass-alarm',
  type: 'break-glass.used',
  async take({ raiseAlarm }, events) {
    for (const { facts } of events) raiseAlarm('break-glass', facts)
    return []
  },
}

/** @returns how many alarms were raised. */
export const raiseAlarms = (needs: Needs): Promise<number> => feed(needs, breakGlassSubscriber)
