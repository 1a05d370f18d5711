import {
  type Constraint,
  hasExactly,
  isNonEmptyStrings,
  type ReadConstraint,
} from './constraint.ts'

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const clockTime = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/

/** `{days, from, to, tz}`: these days, `from` ≤ the clock on the wall in `tz` < `to`. */
export const readTime: ReadConstraint = (json): Constraint | undefined => {
  const { days, from, to, tz } = json
  if (!hasExactly(json, 'days', 'from', 'to', 'tz') || !isNonEmptyStrings(days)) return undefined
  if (!days.every((day) => weekdays.includes(day)) || typeof tz !== 'string') return undefined
  const start = minutes(from)
  const end = minutes(to)
  const wallClock = wallClockIn(tz)
  if (start === undefined || end === undefined || start >= end || !wallClock) return undefined
  return ({ now }) => {
    const { day, minute } = wallClock(now)
    return days.includes(day) && start <= minute && minute < end ? undefined : 'constraint_time'
  }
}

function minutes(text: unknown): number | undefined {
  if (typeof text !== 'string' || !clockTime.test(text)) return undefined
  return Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
}

function wallClockIn(
  timeZone: string,
): ((now: number) => { day: string; minute: number }) | undefined {
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
