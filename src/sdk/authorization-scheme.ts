import { fromBase64url, fromUtf8, toBase64url, utf8 } from '../foundation/encoding.ts'
import { isObject, type JsonObject, parseJson } from '../foundation/json.ts'
import type { ChallengeToAnswer } from './decider.ts'

/**
 * How an agent presents to a peer over HTTP (RFC 9110, 11): the peer answers 401 with a challenge in
 * `WWW-Authenticate`, and the agent repeats its request with a presentation in `Authorization`.
 *
 *     WWW-Authenticate: Procura challenge="…", domain="did:…"
 *     Authorization: Procura <base64url of the presentation as JSON>
 */
export const scheme = 'Procura'

/** States for what purpose the agent acts, where the peer does not fix the purpose itself. */
export const purposeHeader = 'procura-purpose'

/** Node refuses requests whose headers together exceed 16 kB. */
export const maxPresentationLength = 12_000

export const writeChallenge = ({ challenge, domain }: ChallengeToAnswer): string =>
  `${scheme} challenge="${challenge}", domain="${domain}"`

/** @returns undefined if the header holds no challenge of this scheme. */
export function readChallenge(header: string | null): ChallengeToAnswer | undefined {
  const [, challenge, domain] =
    /(?:^|,)\s*Procura\s+challenge="([^"]+)",\s*domain="([^"]+)"/i.exec(header ?? '') ?? []
  return challenge && domain ? { challenge, domain } : undefined
}

/** @throws RangeError if the presentation is too long for a header. */
export function writePresentation(presentation: JsonObject): string {
  const text = toBase64url(utf8(JSON.stringify(presentation)))
  if (text.length > maxPresentationLength)
    throw new RangeError(
      `the presentation takes ${text.length} of ${maxPresentationLength} characters: present fewer credentials, or a shorter chain`,
    )
  return `${scheme} ${text}`
}

/** @returns undefined if the header holds no well-formed presentation of this scheme. */
export function readPresentation(header: string | undefined): JsonObject | undefined {
  const [name, text, ...more] = (header ?? '').split(' ')
  if (name?.toLowerCase() !== scheme.toLowerCase() || !text || more.length > 0) return undefined
  if (text.length > maxPresentationLength) return undefined
  const bytes = fromBase64url(text)
  try {
    const json = bytes && parseJson(fromUtf8(bytes))
    return json !== undefined && isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}
