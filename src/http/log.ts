import { visibleJson } from '../foundation/control-characters.ts'

/** Writes one line of JSON per event. Fields hold no token, key, claim, body or query. */
export type Log = (
  level: 'info' | 'warn' | 'error',
  message: string,
  fields?: Readonly<Record<string, string | number | boolean | null>>,
) => void

const levels = ['error', 'warn', 'info', 'silent'] as const
export type LogLevel = (typeof levels)[number]

/** @param write receives one line without its end. */
export function makeLog(level: LogLevel, now: () => number, write: (line: string) => void): Log {
  const shown = level === 'silent' ? [] : levels.slice(0, levels.indexOf(level) + 1)
  return (lineLevel, message, fields = {}) => {
    if (shown.includes(lineLevel))
      write(
        visibleJson({
          time: new Date(now()).toISOString(),
          level: lineLevel,
          message,
          ...fields,
        }),
      )
  }
}
