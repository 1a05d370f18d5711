/**
 * Characters that move, hide or reorder what stands around them instead of being seen: controls (C0,
 * DEL, C1), line and paragraph separators, marks of writing direction, what has no width, tags, and
 * lone surrogates. A name with one of these can write over a terminal, forge a row, or read backwards.
 */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu

const escaped = (found: string): string =>
  Array.from(
    { length: found.length },
    (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')

/** A text of somebody else's as one line that shows all that is in it: what cannot be seen, as `\u001b`. */
export const visible = (text: string): string => text.replaceAll(unseen, escaped)

/** JSON on one line, of the same value, in which nothing is unseen: JSON.stringify leaves most of it. */
export const visibleJson = (value: unknown): string => visible(JSON.stringify(value))

/** One line of text: no control characters, and no other end of a line. PostgreSQL stores no NUL. */
export const oneLine = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/
