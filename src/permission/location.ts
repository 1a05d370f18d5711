/**
 * A resource in its one spelling, for comparing as text. `path` is what a prefix may match.
 */
export type NormalLocation = string

const unreserved = /[A-Za-z0-9._~-]/
const databaseLocation = /^db:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?:\/[A-Za-z0-9_$-]+){0,2}\/?$/

/**
 * Normalizes an https URL: scheme and host in lower case, default port dropped, dot segments and
 * percent-encoding in their one form, the query dropped (it is not matched).
 *
 * @param fragment whether this type of resource has one ("the tool's name"): then it is required.
 * @returns undefined for userinfo, a fragment where there is none, an encoded slash or backslash, a
 *   `..` that remains, white space, control characters.
 * @see permission-model.md, 2.2
 */
export function normalizeHttpsUrl(
  text: string,
  fragment: 'none' | 'required',
): NormalLocation | undefined {
  // A URL parser silently drops tabs and turns backslashes into slashes: such spellings are refused.
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

/** Decodes what needs no encoding, and writes the rest in upper case (RFC 3986, 6.2.2). */
function normalizePercentEncoding(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined
  return path.replaceAll(/%[0-9A-Fa-f]{2}/g, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16))
    return unreserved.test(character) ? character : encoded.toUpperCase()
  })
}

/** `db://instance/schema/table`, or a prefix of it that ends in `/`. */
export function normalizeDatabaseLocation(text: string): NormalLocation | undefined {
  return databaseLocation.test(text) ? text : undefined
}

/** Exactly this location, or under it if it ends in `/`. */
export const covers = (granted: NormalLocation, asked: NormalLocation): boolean =>
  granted === asked || (granted.endsWith('/') && asked.startsWith(granted))
