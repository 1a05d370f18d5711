import { visible, visibleJson } from '../foundation/control-characters.ts'

/** Prints for people, or one JSON value for programs. */
export interface Output {
  readonly json: boolean
  /**
   * `lines` say it to a person; `value` is the whole for a program. Whatever is in a line that cannot
   * be seen is shown as an escape, an end of line too: what others named must not speak to a terminal.
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

/** Name and value in two columns; what is absent is left out. */
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
  // Escaped before they are measured, so that columns stand where they should.
  const cells = [header, ...rows.map((row) => row.map((cell) => visible(String(cell ?? ''))))]
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
}
