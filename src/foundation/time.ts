/** Milliseconds since the Unix epoch. Operations have no other source of time. */
export type Clock = () => number

export type Seconds = number
export type Milliseconds = number

declare const monotonic: unique symbol

/**
 * Milliseconds elapsed since some moment. All durations are measured with it: it never goes back,
 * so setting the wall clock prolongs nothing.
 */
export type MonotonicClock = Clock & { readonly [monotonic]: true }

/** @param read a source that may step back; the elapsed time does not. */
export function monotonicClock(read: () => Milliseconds): MonotonicClock {
  let last = read()
  let lost = 0
  const clock = () => {
    const now = read()
    if (now < last) lost += last - now
    last = now
    return now + lost
  }
  return clock as MonotonicClock
}

/** Tolerance for a clock that is behind ours; never applied to an expiry (permission-model.md, 2.6). */
export const maxClockSkewSeconds: Seconds = 60

/**
 * How long the record that something was done once outlives the thing itself. Clocks of two nodes,
 * or one clock before and after it was set, may differ by this much (permission-model.md, 7.5).
 */
export const replayMemory: Milliseconds = 3_600_000

const dateTimeStamp =
  /^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))$/

/**
 * Parses an XSD dateTimeStamp, which requires an offset.
 *
 * @returns milliseconds since the epoch, or undefined if the text is not a dateTimeStamp or names a
 *   day or time that does not exist (2024-02-30, 24:01:00).
 * @see https://www.w3.org/TR/xmlschema11-2/#dateTimeStamp
 */
export function parseTime(text: string): Milliseconds | undefined {
  if (text.length > 40 || !dateTimeStamp.test(text)) return undefined
  const at = Date.parse(text)
  const day = text.charCodeAt(8) * 10 + text.charCodeAt(9)
  // Date.parse turns 30 February into 1 March; only a day that exists survives the round trip.
  if (
    day > lastDayOfEveryMonth &&
    new Date(`${text.slice(0, 10)}T00:00Z`).toISOString().slice(0, 10) !== text.slice(0, 10)
  )
    return undefined
  return Number.isNaN(at) ? undefined : at
}

const zero = 0x30
const lastDayOfEveryMonth = zero * 11 + 28

/** A dateTimeStamp in UTC with whole seconds: `2026-11-22T09:00:00Z`. */
export function formatTime(at: Milliseconds): string {
  const day = Math.floor(at / dayLength)
  // Nearly all times written are of today.
  if (day !== lastDay.day) lastDay = { day, text: new Date(at).toISOString().slice(0, 11) }
  const seconds = Math.floor((at - day * dayLength) / 1000)
  const minutes = Math.floor(seconds / 60)
  return `${lastDay.text}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}Z`
}

const dayLength = 86_400_000
let lastDay = { day: Number.NaN, text: '' }
const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`)
