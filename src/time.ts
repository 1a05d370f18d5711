/** Milliseconds since the Unix epoch. The only source of time an operation may use. */
export type Clock = () => number

export type Seconds = number
export type Milliseconds = number

/** Tolerance for a clock that is behind ours; never applied to an expiry (permission-model.md, 2.6). */
export const maxClockSkewSeconds: Seconds = 60

const dateTimeStamp =
  /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/**
 * Reads an XSD dateTimeStamp, whose offset is required.
 *
 * @returns milliseconds since the epoch, or undefined if the text is no dateTimeStamp or names a
 *   day or time that does not exist (2024-02-30, 24:01:00).
 * @see https://www.w3.org/TR/xmlschema11-2/#dateTimeStamp
 */
export function parseTime(text: string): Milliseconds | undefined {
  const match = dateTimeStamp.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as number[]
  const fraction = match[7] ? Math.floor(Number(`0${match[7]}`) * 1000) : 0
  const offset = offsetMinutes(match[8] as string)
  if (offset === undefined || hour! > 23 || minute! > 59 || second! > 59) return undefined
  const midnight = Date.UTC(year!, month! - 1, day!)
  const date = new Date(midnight)
  if (date.getUTCMonth() !== month! - 1 || date.getUTCDate() !== day || year! < 100)
    return undefined
  return midnight + ((hour! * 60 + minute! - offset) * 60 + second!) * 1000 + fraction
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(4, 6))
  if (hours > 14 || minutes > 59 || (hours === 14 && minutes > 0)) return undefined
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes)
}

/** A dateTimeStamp in UTC with whole seconds: `2026-11-22T09:00:00Z`. */
export function formatTime(at: Milliseconds): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}
