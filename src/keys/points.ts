import { fromHex, toHex } from '../foundation/encoding.ts'

const hexOf = (value: bigint): string => value.toString(16).padStart(64, '0')
const littleEndian = (bytes: Uint8Array): string => toHex(bytes.toReversed())

/** 2^255 - 19 as big-endian hexadecimal, so that text order is numeric order. */
const fieldPrime = hexOf(2n ** 255n - 19n)
/** L, the order of the base point (RFC 8032, 5.1). */
const groupOrder = hexOf(2n ** 252n + 27742317777372353535851937790883648493n)

/**
 * y coordinates of the eight points of small order: 1, 2, 4 and 8. A signature under such a key can
 * hold for any message, and runtimes differ on whether they accept it.
 */
const smallOrder = new Set([
  hexOf(1n),
  hexOf(2n ** 255n - 20n),
  hexOf(0n),
  '7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7',
  '05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826',
])

/**
 * Whether 32 bytes canonically encode a y coordinate that is not of a point of small order. Whether
 * such a point exists on the curve is left to signature verification.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8032#section-5.1.3
 */
export function isSafeEd25519Point(bytes: Uint8Array): boolean {
  if (bytes.length !== 32) return false
  const last = bytes[31]! & 0x7f
  // Nearly all points return here: only a y near 0 or p, or of a point of order 8, needs the full
  // comparison.
  if (last !== 0 && last !== 0x7f && last !== 0x7a && last !== 0x05) return true
  // A copy: `slice` of a Buffer would share the signature's memory.
  const y = Uint8Array.from(bytes)
  y[31] = last
  const text = littleEndian(y)
  return text < fieldPrime && !smallOrder.has(text)
}

/**
 * Whether S of an Ed25519 signature is below the group order (RFC 8032, 5.1.7), which rules out a
 * second spelling.
 */
export function isCanonicalEd25519Scalar(bytes: Uint8Array): boolean {
  const top = bytes[31]!
  if (top < 0x10) return true
  return top === 0x10 && littleEndian(bytes) < groupOrder
}

/** A curve y² = x³ - 3x + b over a field whose prime is 3 modulo 4 (SP 800-186, 3.2.1). */
interface Curve {
  readonly bytes: number
  readonly prime: bigint
  readonly b: bigint
  /** Order of the base point, big-endian. */
  readonly order: Uint8Array
}

const curves: Readonly<Record<'P-256' | 'P-384', Curve>> = {
  'P-256': {
    bytes: 32,
    prime: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
    order: fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')!,
  },
  'P-384': {
    bytes: 48,
    prime: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
    order: fromHex(
      'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    )!,
  },
}

/**
 * The affine coordinates of a compressed point (SEC 1, 2.3.4); undefined if no such point is on the
 * curve.
 */
export function decompressPoint(
  curve: keyof typeof curves,
  bytes: Uint8Array,
): { x: Uint8Array; y: Uint8Array } | undefined {
  const { bytes: length, prime, b } = curves[curve]
  if (bytes.length !== length + 1 || (bytes[0] !== 2 && bytes[0] !== 3)) return undefined
  const x = BigInt(`0x${toHex(bytes.subarray(1))}`)
  if (x >= prime) return undefined
  const square = ((((x * x - 3n) * x + b) % prime) + prime) % prime
  // p = 3 mod 4, so square^((p+1)/4) is a root of every square.
  const root = power(square, (prime + 1n) / 4n, prime)
  if ((root * root) % prime !== square) return undefined
  const y = (root & 1n) === BigInt(bytes[0]! & 1) ? root : prime - root
  return { x: bytes.slice(1), y: fromHex(y.toString(16).padStart(2 * length, '0'))! }
}

function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % prime
    if (bit === '1') result = (result * base) % prime
  }
  return result
}

/** Whether r and s of an ECDSA signature both lie in 1 … n-1 (FIPS 186-5, 6.4.2). */
export function isValidEcdsaSignature(curve: keyof typeof curves, signature: Uint8Array): boolean {
  const { bytes: length, order } = curves[curve]
  if (signature.length !== 2 * length) return false
  return [0, length].every((start) => {
    let isZero = true
    for (let i = 0; i < length; i++) if (signature[start + i] !== 0) isZero = false
    return !isZero && isBelow(signature, start, order)
  })
}

/** Whether the bytes at an offset, as many as the bound has, are a smaller big-endian number. */
function isBelow(bytes: Uint8Array, start: number, bound: Uint8Array): boolean {
  for (let i = 0; i < bound.length; i++)
    if (bytes[start + i] !== bound[i]) return bytes[start + i]! < bound[i]!
  return false
}
