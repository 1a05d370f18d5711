/**
 * The endpoint of a service in a DID document, for a DID URL with `service` and perhaps
 * `relativeRef`. A relative reference stays within the endpoint's folder: `//evil.example/`,
 * `../..` or a scheme would turn our answer into an open redirect.
 *
 * @returns undefined if the endpoint is not an http or https URL, or the reference leaves it.
 * @see https://www.w3.org/TR/did-resolution/#dereferencing
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-5
 */
export function locationAt(endpoint: unknown, relativeRef = ''): string | undefined {
  const base = typeof endpoint === 'string' ? URL.parse(endpoint) : null
  if (!base || !/^https?:$/.test(base.protocol)) return undefined
  const target = URL.parse(relativeRef, base.href)
  if (!target || target.origin !== base.origin) return undefined
  if (target.username !== base.username || target.password !== base.password) return undefined
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf('/') + 1)
  // The other server may decode what is encoded here, so hidden slashes and dots are refused.
  if (/%(?:2f|5c|2e)/i.test(target.pathname)) return undefined
  return target.pathname.startsWith(folder) ? target.href : undefined
}

/**
 * The parameters of a DID URL; undefined if one occurs twice, because readers differ on which
 * counts.
 */
export function parametersOf(query: string): Readonly<Record<string, string>> | undefined {
  const given = [...new URLSearchParams(query)]
  const read = new Map(given)
  return read.size === given.length ? Object.fromEntries(read) : undefined
}
