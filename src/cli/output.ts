import { visible, visibleJson } from '../foundation/control-characters.ts'

/** Prints for people, or one JSON value for programs. */
export interface Output {
  readonly json: boolean
  /**
   * `lines` are for people; `value` is the whole for programs. Invisible characters in a line,
   * including line ends, are escaped: names chosen by others must not control the terminal.
   */
  show(value: unknown, lines: readonly string[]): void
}

export const makeOutput = (json: boolean, write: (line: string) => void = console.log): Output => ({
  json,
  show(value, lines) {
    if (json) write(visibleJson(value))
    else for (const line of lines) write(visible(line))
  },
})

/** A document on several lines. */
export const prettyJson = (value: unknown): readonly string[] =>
  JSON.stringify(value, null, 2).split('\n')

/** Names and values in two columns; absent values are left out. */
export function fields(record: Readonly<Record<string, unknown>>): readonly string[] {
  const given = Object.entries(record).filter(([, value]) => value !== null && value !== undefined)
  const width = Math.max(0, ...given.map(([name]) => name.length))
  return given.map(
    ([name, value]) =>
      `${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
}

/** Rows under a header, each column as wide as its widest cell. */
export function table(
  header: readonly string[],
  rows: readonly (readonly unknown[])[],
): readonly string[] {
  // Escaped before they are measured, so that the columns line up.
  const cells = [header, ...rows.map((row) => row.map((cell) => visible(String(cell ?? ''))))]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
