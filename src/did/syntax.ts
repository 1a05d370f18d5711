/** A decentralized identifier (DID Core, 3.1). */
export type Did = `did:${string}`

export interface DidUrl {
  readonly did: Did
  readonly method: string
  /** What follows the method, up to a path, query or fragment. */
  readonly identifier: string
  readonly path: string
  readonly query: string
  readonly fragment: string
}

const maxLength = 2048
const didUrl =
  /^(did:([a-z0-9]+):((?:(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})*:)*(?:[A-Za-z0-9._-]|%[0-9A-Fa-f]{2})+))(\/[^?#\s]*)?(?:\?([^#\s]*))?(?:#([^#\s]*))?$/

/**
 * @returns undefined if the text is not a DID URL (DID Core 1.0, 3.2), or longer than 2,048
 *   characters.
 */
export function parseDidUrl(text: string): DidUrl | undefined {
  const match = text.length <= maxLength ? didUrl.exec(text) : null
  if (!match) return undefined
  const [, did, method, identifier, path = '', query = '', fragment = ''] = match
  return { did: did as Did, method: method!, identifier: identifier!, path, query, fragment }
}

const did = /^did:[a-z0-9]+:(?:[A-Za-z0-9._:-]|%[0-9A-Fa-f]{2})+(?<!:)$/

/** Whether the text is a DID without path, query or fragment. */
export const isDid = (text: unknown): text is Did =>
  typeof text === 'string' && text.length <= maxLength && did.test(text)
