import {
  type InnerList,
  isInnerList,
  parseDictionary,
  serializeInnerList,
} from 'structured-headers'
import type { Budget } from '../foundation/budget.ts'
import { toBase64, utf8 } from '../foundation/encoding.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { type Clock, type Milliseconds, maxClockSkewSeconds } from '../foundation/time.ts'
import { algorithms } from '../keys/algorithm.ts'
import { type CryptoProvider, flawOfSignature, type Signer } from '../keys/signature.ts'
import type { ResolveDid } from './resolve.ts'
import { signingKey } from './signing-key.ts'
import { type Did, isDid } from './syntax.ts'

/** The signed parts of an HTTP request. */
export interface SignedRequest {
  readonly method: string
  /** The absolute URL as the caller addressed it. */
  readonly targetUri: string
  /** Empty if the request has no body. */
  readonly body: Uint8Array
}

/** The headers that carry a signature, as received. */
export interface SignatureHeaders {
  readonly signatureInput: string
  readonly signature: string
  readonly contentDigest: string | undefined
}

export interface SignedBy {
  readonly did: Did
  /** Random and used once; the service spends it. */
  readonly nonce: string
  /** When the request expires. It follows from `created`, and from no clock. */
  readonly expiresAt: Milliseconds
}

const label = 'procura'
const maxHeaderLength = 4096
const minNonceLength = 16

/**
 * Signs a request with a DID key: HTTP Message Signatures over method, target URI and, if there is
 * a body, its digest.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9421
 */
export async function signRequest(
  request: SignedRequest,
  { verificationMethod, signer }: { readonly verificationMethod: string; readonly signer: Signer },
  {
    clock,
    crypto,
  }: { readonly clock: Clock; readonly crypto: Pick<CryptoProvider, 'sha256' | 'randomBytes'> },
): Promise<Record<string, string>> {
  const covered = ['@method', '@target-uri', ...(request.body.length > 0 ? ['content-digest'] : [])]
  const input: InnerList = [
    covered.map((name) => [name, new Map()]),
    new Map<string, string | number>([
      ['created', Math.floor(clock() / 1000)],
      ['nonce', toBase64(crypto.randomBytes(18))],
      ['keyid', verificationMethod],
      ['alg', algorithms[signer.publicKey.kind].httpSignature],
      ['tag', label],
    ]),
  ]
  const contentDigest = request.body.length > 0 ? await digestOf(request.body, crypto) : undefined
  const signature = await signer.sign(signatureBase(request, input, contentDigest))
  return {
    'signature-input': `${label}=${serializeInnerList(input)}`,
    signature: `${label}=:${toBase64(signature)}:`,
    ...(contentDigest === undefined ? {} : { 'content-digest': contentDigest }),
  }
}

/** The parameters of a signature, not verified yet. */
export interface ClaimedSignature {
  readonly did: Did
  readonly keyId: string
  readonly nonce: string
  /** Seconds since the Unix epoch. */
  readonly created: number
  readonly input: InnerList
  readonly signature: Uint8Array
  readonly contentDigest: string | undefined
}

/**
 * Parses the signature headers, before the body is read. Anything malformed, outside its time, or
 * over other parts than method, target URI and body digest is refused at the cost of parsing.
 */
export function readSignature(
  headers: SignatureHeaders,
  now: Milliseconds,
): ClaimedSignature | Refusal {
  const parsed = readHeaders(headers)
  if (!parsed)
    return refuse(
      'proof_malformed',
      'Signature-Input and Signature must hold exactly one signature, named procura',
    )
  const { input, signature } = parsed
  const covered = input[0].map(([name]) => name as string)
  if (
    !isSame(covered.toSorted(), needed(covered.includes('content-digest'))) ||
    input[0].some(([, options]) => options.size > 0)
  )
    return notCovered(headers.contentDigest !== undefined)
  const parameters = input[1] as ReadonlyMap<string, unknown>
  const [created, expires] = [parameters.get('created'), parameters.get('expires')]
  if (typeof created !== 'number' || !Number.isInteger(created))
    return refuse('proof_malformed', 'created must be an integer number of seconds')
  if (Math.abs(now / 1000 - created) > maxClockSkewSeconds)
    return refuse('proof_expired', 'created must be within a minute of now')
  if (expires !== undefined && !(typeof expires === 'number' && now / 1000 < expires))
    return refuse('proof_expired', 'expires has passed')
  const [nonce, keyId] = [parameters.get('nonce'), parameters.get('keyid')]
  if (typeof nonce !== 'string' || nonce.length < minNonceLength || nonce.length > 128)
    return refuse('proof_malformed', 'nonce must be 16 to 128 characters')
  const did = typeof keyId === 'string' ? keyId.split('#', 1)[0] : undefined
  if (typeof keyId !== 'string' || !isDid(did))
    return refuse('did_invalid', 'keyid must be a DID URL')
  return { did, keyId, nonce, created, input, signature, contentDigest: headers.contentDigest }
}

/**
 * Verifies that the signature covers the whole request and is made by an authentication key of the
 * DID. Returns who signed.
 */
export async function verifyRequest(
  request: SignedRequest,
  { did, keyId, nonce, created, input, signature, contentDigest }: ClaimedSignature,
  needs: {
    readonly crypto: Pick<CryptoProvider, 'sha256' | 'verify'>
    readonly resolveDid: ResolveDid
    readonly budget: Budget
  },
): Promise<SignedBy | Refusal> {
  const hasBody = request.body.length > 0
  if (input[0].some(([name]) => name === 'content-digest') !== hasBody) return notCovered(hasBody)
  if (hasBody && contentDigest !== (await digestOf(request.body, needs.crypto)))
    return refuse('signature_invalid', 'Content-Digest is not the SHA-256 of the body')
  const key = await signingKey(keyId, 'authentication', did, needs)
  if (isRefusal(key)) return key
  const algorithm = (input[1] as ReadonlyMap<string, unknown>).get('alg')
  if (algorithm !== undefined && algorithm !== algorithms[key.kind].httpSignature)
    return refuse('proof_unsupported', 'alg does not match the key')
  const base = signatureBase(request, input, contentDigest)
  const expiresAt = (created + maxClockSkewSeconds) * 1000
  return (await flawOfSignature(needs, key, base, signature)) ?? { did, nonce, expiresAt }
}

/** The covered components, in alphabetical order. */
const needed = (hasBody: boolean): readonly string[] => [
  '@method',
  '@target-uri',
  ...(hasBody ? ['content-digest'] : []),
]

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i])

const notCovered = (hasBody: boolean): Refusal =>
  refuse(
    'proof_malformed',
    `the signature must cover ${needed(hasBody).join(', ')}, and nothing else`,
  )

function readHeaders({
  signatureInput,
  signature,
}: SignatureHeaders): { input: InnerList; signature: Uint8Array } | undefined {
  if (signatureInput.length > maxHeaderLength || signature.length > maxHeaderLength)
    return undefined
  try {
    const input = parseDictionary(signatureInput).get(label)
    const value = parseDictionary(signature).get(label)?.[0]
    if (!input || !isInnerList(input) || !(value instanceof ArrayBuffer)) return undefined
    return { input, signature: new Uint8Array(value) }
  } catch {
    return undefined
  }
}

/** @see https://www.rfc-editor.org/rfc/rfc9421#section-2.5 */
function signatureBase(
  { method, targetUri }: SignedRequest,
  input: InnerList,
  contentDigest: string | undefined,
): Uint8Array {
  const values: Readonly<Record<string, string>> = {
    '@method': method.toUpperCase(),
    '@target-uri': targetUri,
    'content-digest': contentDigest ?? '',
  }
  const lines = input[0].map(([name]) => `"${name}": ${values[name as string]}`)
  return utf8([...lines, `"@signature-params": ${serializeInnerList(input)}`].join('\n'))
}

/** @see https://www.rfc-editor.org/rfc/rfc9530 */
const digestOf = async (
  body: Uint8Array,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<string> => `sha-256=:${toBase64(await crypto.sha256(body))}:`
