const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const zeroCharacter = alphabet.charCodeAt(0)

/** Value of every ASCII character; 255 for characters outside the alphabet. */
const digits = new Uint8Array(128).fill(255)
for (const [value, character] of [...alphabet].entries()) digits[character.charCodeAt(0)] = value

/**
 * Processes four digits at a time into three-byte limbs: 58^4 times a limb is still a safe integer.
 */
const digitsAtOnce = 4
const limbSize = 2 ** 24
const perLimb = 1 / limbSize
const maxLength = 512
/** The reverse: three bytes at a time, into groups of four digits. */
const bytesAtOnce = 3
const groupSize = 58 ** digitsAtOnce
const groups = new Float64Array(Math.ceil((maxLength * 8) / 2 / Math.log2(groupSize)) + 1)
const limbs = new Float64Array(Math.ceil((maxLength * Math.log2(58)) / 24))

/**
 * Decodes base58-btc, which every did:key and proof uses. Libraries work digit by digit, which
 * takes as long as hashing the document.
 *
 * @returns undefined for a character outside the alphabet, or more than 512 characters.
 * @see https://datatracker.ietf.org/doc/html/draft-msporny-base58-03
 */
export function decodeBase58(text: string): Uint8Array | undefined {
  const { length } = text
  if (length > maxLength) return undefined
  let zeros = 0
  while (text.charCodeAt(zeros) === zeroCharacter) zeros++
  let used = 0
  for (let at = zeros; at < length; ) {
    let factor = 1
    let carry = 0
    for (const end = Math.min(at + digitsAtOnce, length); at < end; at++) {
      const character = text.charCodeAt(at)
      const digit = character < 128 ? digits[character]! : 255
      if (digit === 255) return undefined
      carry = carry * 58 + digit
      factor *= 58
    }
    for (let i = 0; i < used; i++) {
      const product = limbs[i]! * factor + carry
      carry = Math.floor(product * perLimb)
      limbs[i] = product - carry * limbSize
    }
    if (carry > 0) limbs[used++] = carry
  }
  return toBytes(zeros, used)
}

/** Encodes base58-btc. @throws RangeError for more than 256 bytes. */
export function encodeBase58(bytes: Uint8Array): string {
  if (bytes.length > maxLength / 2) throw new RangeError('too many bytes for base58')
  let zeros = 0
  while (bytes[zeros] === 0) zeros++
  let used = 0
  for (let at = zeros; at < bytes.length; ) {
    let factor = 1
    let carry = 0
    for (const end = Math.min(at + bytesAtOnce, bytes.length); at < end; at++) {
      carry = carry * 256 + bytes[at]!
      factor *= 256
    }
    for (let i = 0; i < used; i++) {
      const product = groups[i]! * factor + carry
      carry = Math.floor(product / groupSize)
      groups[i] = product - carry * groupSize
    }
    for (; carry > 0; carry = Math.floor(carry / groupSize)) groups[used++] = carry % groupSize
  }
  let text = ''
  for (let i = 0; i < used; i++) {
    let group = groups[i]!
    for (let j = 0; j < digitsAtOnce && (i < used - 1 || group > 0); j++) {
      text = alphabet[group % 58]! + text
      group = Math.floor(group / 58)
    }
  }
  return '1'.repeat(zeros) + text
}

/**
 * The limbs, least significant first, as bytes, most significant first, after the leading zeros.
 */
function toBytes(zeros: number, used: number): Uint8Array {
  const top = used > 0 ? limbs[used - 1]! : 0
  const significant = used * 3 - (top < 2 ** 8 ? 2 : top < 2 ** 16 ? 1 : 0)
  const bytes = new Uint8Array(zeros + (used > 0 ? significant : 0))
  let at = bytes.length
  for (let i = 0; i < used; i++) {
    const limb = limbs[i]! | 0
    bytes[--at] = limb
    if (at > zeros) bytes[--at] = limb >> 8
    if (at > zeros) bytes[--at] = limb >> 16
  }
  return bytes
}
