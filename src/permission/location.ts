/** A normalized resource, to be compared as text. */
export type NormalLocation = string

const unreserved = /[A-Za-z0-9._~-]/
const databaseLocation =
  /^db:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?\/(?:[A-Za-z0-9_$-]+\/(?:[A-Za-z0-9_$-]+)?)?$/

/**
 * Normalizes an https URL: lower-case scheme and host, no default port, no dot segments, normal
 * percent-encoding, no query (which is not matched).
 *
 * @param fragment whether this type of resource has one ("the tool's name"), which is then
 *   required.
 * @returns undefined for userinfo, an unexpected fragment, an encoded slash or backslash, a
 *   remaining `..`, white space or control characters.
 * @see permission-model.md, 2.2
 */
export function normalizeHttpsUrl(
  text: string,
  fragment: 'none' | 'required',
): NormalLocation | undefined {
  // URL parsers silently drop tabs and turn backslashes into slashes, so such spellings are
  // refused.
  if (/[\s\\\u0000-\u001f\u007f]/.test(text) || !/^https:\/\/[^/]/i.test(text)) return undefined
  const url = URL.parse(text)
  if (!url || url.username || url.password || /%2f|%5c|%00/i.test(url.pathname)) return undefined
  if (text.includes('@') && /^https:\/\/[^/?#]*@/i.test(text)) return undefined
  const path = normalizePercentEncoding(url.pathname)
  if (path === undefined || path.split('/').includes('..')) return undefined
  if (fragment === 'none') return text.includes('#') ? undefined : `https://${url.host}${path}`
  const name = url.hash.slice(1)
  return /^[A-Za-z0-9._~-]+$/.test(name) ? `https://${url.host}${path}#${name}` : undefined
}

/**
 * Decodes unreserved characters, and writes all other encodings in upper case (RFC 3986, 6.2.2).
 */
function normalizePercentEncoding(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  return path.replaceAll(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return unreserved.test(character) ? character : encoded.toUpperCase()
  })
}

/**
 * `db://instance/schema/table`, or a prefix of it that ends in `/`. Each has one spelling, so that what
 * names a table also applies to every request for it.
 */
export function normalizeDatabaseLocation(text: string): NormalLocation | undefined {
  return databaseLocation.test(text) ? text : undefined
}

/** The same location, or one below it if it ends in `/`. */
export const covers = (granted: NormalLocation, asked: NormalLocation): boolean =>
  granted === asked || (granted.endsWith('/') && asked.startsWith(granted))
