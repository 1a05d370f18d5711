/**
 * The two encodings of an ECDSA signature. OpenSSL uses DER; for r and s side by side, node:crypto
 * looks up the curve size each time, which takes a quarter of the verification.
 */

/**
 * r and s side by side, each as long as the order, to DER as in SEC 1 (C.5).
 *
 * @param signature 64 bytes or 96.
 */
export function toDer(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const [r, s] = [integerStart(signature, 0, half), integerStart(signature, half, 2 * half)]
  const length = half - r.at + r.pad + (2 * half - s.at) + s.pad + 4
  const der = new Uint8Array(length + 2)
  der[0] = 0x30
  der[1] = length
  const next = putInteger(der, 2, signature.subarray(r.at, half), r.pad)
  putInteger(der, next, signature.subarray(s.at), s.pad)
  return der
}

/** Start of an integer without leading zeros, and whether it needs one to stay positive. */
function integerStart(bytes: Uint8Array, start: number, end: number) {
  let at = start
  while (at < end - 1 && bytes[at] === 0) at++
  return { at, pad: bytes[at]! >> 7 }
}

function putInteger(der: Uint8Array, at: number, value: Uint8Array, pad: number): number {
  der[at] = 0x02
  der[at + 1] = value.length + pad
  der.set(value, at + 2 + pad)
  return at + 2 + pad + value.length
}

/**
 * The reverse, for signatures made by OpenSSL.
 *
 * @param half length of r and of s: 32 or 48.
 */
export function fromDer(der: Uint8Array, half: number): Uint8Array {
  const signature = new Uint8Array(2 * half)
  let at = 2
  for (const end of [half, 2 * half]) {
    const length = der[at + 1]!
    const value = der.subarray(at + 2, at + 2 + length)
    const digits = value[0] === 0 ? value.subarray(1) : value
    signature.set(digits, end - digits.length)
    at += 2 + length
  }
  return signature
}
