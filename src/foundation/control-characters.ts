/**
 * Characters that move, hide or reorder their surroundings: controls (C0, DEL, C1), line and
 * paragraph separators, direction marks, zero-width characters, tags, and lone surrogates. A name
 * with one of these could overwrite a terminal, forge a row, or read backwards.
 */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu

const escaped = (found: string): string =>
  Array.from(
    { length: found.length },
    (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('')

/** Foreign text on one line, with invisible characters shown as `\u001b`. */
export const visible = (text: string): string => text.replaceAll(unseen, escaped)

/**
 * The same JSON value on one line, without invisible characters; JSON.stringify leaves most of
 * them.
 */
export const visibleJson = (value: unknown): string => visible(JSON.stringify(value))

/** One line of text without control characters or line separators. PostgreSQL stores no NUL. */
export const oneLine = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/
