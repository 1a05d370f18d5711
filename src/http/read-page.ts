import { utf8 } from '../foundation/encoding.ts'

/** Size of a page in bytes of JSON. An item that is larger comes alone. */
const maxBytes = 1_000_000
/** Rows that storage returns at once, so that a page of large ones is never in memory as a whole. */
const part = 100

/** A page, with the cursor of the next one if there may be one. */
export interface Page<S, C> {
  readonly items: S[]
  readonly next: C | null
}

/**
 * Reads a page of a list. It ends at its number of rows or at 1 MB, whatever comes first.
 *
 * @param read reads rows after a cursor, in the order of cursors.
 */
export async function readPage<T, S, C extends string | number>(
  { after, limit }: { readonly after?: C | undefined; readonly limit: number },
  read: (part: { readonly after?: C; readonly limit: number }) => Promise<readonly T[]>,
  show: (row: T) => S,
  cursorOf: (row: T) => C,
): Promise<Page<S, C>> {
  const items: S[] = []
  let bytes = 0
  let next = after
  while (items.length < limit) {
    const most = Math.min(part, limit - items.length)
    const rows = await read({ ...(next === undefined ? {} : { after: next }), limit: most })
    for (const row of rows) {
      const item = show(row)
      bytes += utf8(JSON.stringify(item)).length
      if (bytes > maxBytes && items.length > 0) return { items, next: next! }
      items.push(item)
      next = cursorOf(row)
    }
    if (rows.length < most) return { items, next: null }
  }
  return { items, next: next! }
}
