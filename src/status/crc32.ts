/** CRC-32 of gzip (RFC 1952, 8), and the CRC of two joined pieces from the CRC of each. */
const polynomial = 0xedb88320

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ polynomial : value >>> 1
  return value
})

export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return ~crc >>> 0
}

/** @param length of the second piece, in bytes. */
export const combineCrc32 = (first: number, second: number, length: number): number =>
  (apply(zerosOperator(length), first) ^ second) >>> 0

/**
 * The effect of this many zero bytes on a CRC, as a matrix over GF(2): column i is the image of bit
 * i.
 */
type Operator = Uint32Array

const operators = new Map<number, Operator>()
const maxOperators = 64

function zerosOperator(length: number): Operator {
  const known = operators.get(length)
  if (known) return known
  // One zero bit; squared three times, one zero byte; then squared along the bits of the length.
  let power: Operator = Uint32Array.from({ length: 32 }, (_, bit) =>
    bit === 0 ? polynomial : 2 ** (bit - 1),
  )
  for (let i = 0; i < 3; i++) power = multiply(power, power)
  let operator: Operator = Uint32Array.from({ length: 32 }, (_, bit) => 2 ** bit)
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) operator = multiply(power, operator)
    power = multiply(power, power)
  }
  if (operators.size >= maxOperators) operators.clear()
  operators.set(length, operator)
  return operator
}

const multiply = (left: Operator, right: Operator): Operator =>
  right.map((column) => apply(left, column))

function apply(operator: Operator, vector: number): number {
  let sum = 0
  for (let bit = 0, left = vector; left !== 0; bit++, left >>>= 1)
    if (left & 1) sum ^= operator[bit]!
  return sum >>> 0
}
