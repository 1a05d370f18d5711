import {
  asSet,
  type ConstraintType,
  hasExactly,
  isNonEmptyStrings,
  isSubset,
} from './constraint.ts'
import { timeZones } from './time-zones.ts'

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const clockTime = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/

interface Hours {
  readonly days: readonly string[]
  /** Minutes since midnight. */
  readonly start: number
  readonly end: number
  readonly tz: string
  readonly wallClock: (now: number) => { readonly day: string; readonly minute: number }
}

/**
 * `{days, from, to, tz}`: on these days, `from` ≤ local time in `tz` < `to`. `tz` is a name of the
 * time zone database in its exact case; offsets are not accepted.
 */
export const time: ConstraintType<Hours> = {
  read(json) {
    const { days, from, to, tz } = json
    if (!hasExactly(json, 'days', 'from', 'to', 'tz') || !isNonEmptyStrings(days)) return undefined
    if (!days.every((day) => weekdays.includes(day)) || typeof tz !== 'string') return undefined
    const start = minutes(from)
    const end = minutes(to)
    if (!timeZones.has(tz)) return undefined
    const wallClock = wallClockIn(tz)
    if (start === undefined || end === undefined || start >= end || !wallClock) return undefined
    return { days: asSet(days), start, end, tz, wallClock }
  },
  test:
    ({ days, start, end, wallClock }) =>
    ({ now }) => {
      const { day, minute } = wallClock(now)
      return days.includes(day) && start <= minute && minute < end ? undefined : 'constraint_time'
    },
  // Zones are compared by name: two names of one zone may diverge when a country changes its time.
  within: (child, parent) =>
    child.tz === parent.tz &&
    isSubset(child.days, parent.days) &&
    parent.start <= child.start &&
    child.end <= parent.end,
}

function minutes(text: unknown): number | undefined {
  if (typeof text !== 'string' || !clockTime.test(text)) return undefined
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

const wallClocks = new Map<string, Hours['wallClock']>()

/**
 * A format takes longer to create than a hundred uses of it. There are at most as many as zones.
 */
function wallClockIn(timeZone: string): Hours['wallClock'] | undefined {
  const known = wallClocks.get(timeZone)
  if (known) return known
  const made = makeWallClock(timeZone)
  if (made) wallClocks.set(timeZone, made)
  return made
}

function makeWallClock(timeZone: string): Hours['wallClock'] | undefined {
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch {
    return undefined
  }
  return (now) => {
    const parts = Object.fromEntries(
      format.formatToParts(now).map(({ type, value }) => [type, value]),
    )
    return {
      day: parts.weekday!.toLowerCase(),
      minute: Number(parts.hour) * 60 + Number(parts.minute),
    }
  }
}
