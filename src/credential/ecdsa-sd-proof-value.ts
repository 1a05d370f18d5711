import {
  concatBytes,
  fromMultibase64url,
  toBase64url,
  toMultibase64url,
} from '../foundation/encoding.ts'
import { packageMissing } from '../foundation/optional-package.ts'

/**
 * The `proofValue` of ecdsa-sd-2023: CBOR after three bytes that distinguish the two kinds, in
 * base64url.
 *
 * @see https://www.w3.org/TR/vc-di-ecdsa/#selective-disclosure-functions
 */
export interface BaseProofValue {
  /**
   * The issuer's signature over the proof's options, the key below, and the mandatory statements.
   */
  readonly baseSignature: Uint8Array
  /** Multikey bytes of the P-256 key that signed the other statements individually. */
  readonly publicKey: Uint8Array
  /** Key for the labels of blank nodes: 32 bytes. */
  readonly hmacKey: Uint8Array
  readonly signatures: readonly Uint8Array[]
  readonly mandatoryPointers: readonly string[]
}

export interface DerivedProofValue {
  readonly baseSignature: Uint8Array
  readonly publicKey: Uint8Array
  readonly signatures: readonly Uint8Array[]
  /** From canonical labels (`_:c14n0`) to those that were signed. */
  readonly labels: ReadonlyMap<string, string>
  /** Positions of the mandatory statements. */
  readonly mandatoryIndexes: readonly number[]
}

const basePrefix = Uint8Array.of(0xd9, 0x5d, 0x00)
const derivedPrefix = Uint8Array.of(0xd9, 0x5d, 0x01)
const maxLength = 262_144
/** Each costs one signature verification. */
const maxStatements = 512

export const writeBaseProofValue = async (value: BaseProofValue): Promise<string> =>
  toMultibase64url(
    concatBytes(
      basePrefix,
      (await cbor()).encode([
        value.baseSignature,
        value.publicKey,
        value.hmacKey,
        value.signatures,
        value.mandatoryPointers,
      ]),
    ),
  )

export async function writeDerivedProofValue(value: DerivedProofValue): Promise<string> {
  const labels = new Map(
    [...value.labels].map(([canonical, label]) => [
      Number(canonical.slice('_:c14n'.length)),
      fromMultibase64url(label.slice(2))!,
    ]),
  )
  const parts = [
    value.baseSignature,
    value.publicKey,
    value.signatures,
    labels,
    value.mandatoryIndexes,
  ]
  return toMultibase64url(concatBytes(derivedPrefix, (await cbor()).encode(parts)))
}

export async function readBaseProofValue(text: string): Promise<BaseProofValue | undefined> {
  const parts = await readParts(text, basePrefix)
  if (!parts) return undefined
  const [baseSignature, publicKey, hmacKey, signatures, mandatoryPointers] = parts
  return isBytes(baseSignature, 64) &&
    isBytes(publicKey, 35) &&
    isBytes(hmacKey, 32) &&
    areSignatures(signatures) &&
    Array.isArray(mandatoryPointers) &&
    mandatoryPointers.every((pointer) => typeof pointer === 'string')
    ? { baseSignature, publicKey, hmacKey, signatures, mandatoryPointers }
    : undefined
}

export async function readDerivedProofValue(text: string): Promise<DerivedProofValue | undefined> {
  const parts = await readParts(text, derivedPrefix)
  if (!parts) return undefined
  const [baseSignature, publicKey, signatures, given, mandatoryIndexes] = parts
  const labels = readLabels(given)
  return isBytes(baseSignature, 64) &&
    isBytes(publicKey, 35) &&
    areSignatures(signatures) &&
    labels &&
    areIndexes(mandatoryIndexes)
    ? { baseSignature, publicKey, signatures, labels, mandatoryIndexes }
    : undefined
}

/** Loaded with the first such proof; most processes never see one. */
const cbor = () => import('cborg').catch(packageMissing('cborg'))

async function readParts(
  text: string,
  prefix: Uint8Array,
): Promise<readonly unknown[] | undefined> {
  const bytes = text.length <= maxLength ? fromMultibase64url(text) : undefined
  if (!bytes || !prefix.every((byte, i) => bytes[i] === byte)) return undefined
  const { decode } = await cbor()
  try {
    const parts: unknown = decode(bytes.subarray(prefix.length), {
      allowIndefinite: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
      // Some encoders write byte strings as tagged typed arrays (RFC 8746).
      tags: { 64: (decodeInner: () => unknown) => decodeInner() },
    } as never)
    return Array.isArray(parts) && parts.length === 5 ? parts : undefined
  } catch {
    return undefined
  }
}

function readLabels(value: unknown): ReadonlyMap<string, string> | undefined {
  if (!(value instanceof Map) || value.size > maxStatements) return undefined
  const labels = new Map<string, string>()
  for (const [index, bytes] of value) {
    if (!Number.isSafeInteger(index) || index < 0 || !isBytes(bytes, 32)) return undefined
    labels.set(`_:c14n${index}`, `_:u${toBase64url(bytes)}`)
  }
  return new Set(labels.values()).size === labels.size ? labels : undefined
}

const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length

const areSignatures = (value: unknown): value is readonly Uint8Array[] =>
  Array.isArray(value) && value.length <= maxStatements && value.every((item) => isBytes(item, 64))

const areIndexes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length <= 4 * maxStatements &&
  new Set(value).size === value.length &&
  value.every((item) => Number.isSafeInteger(item) && item >= 0)
