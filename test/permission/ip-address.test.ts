import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { expect, test } from 'vitest'
import {
  isInside,
  isPart,
  parseAddress,
  parseBlock,
} from '../../src/permission/constraints/ip-address.ts'

/** ipaddr.js reads `::1.2.3.4` as `::ffff:1.2.3.4`, which RFC 4291, 2.2 does not. */
const isReadDifferently = (text: string) => /^::\d+(?:\.\d+){3}/.test(text)
const address = fc.oneof(fc.ipV4(), fc.ipV6()).filter((text) => !isReadDifferently(text))
/** Addresses, and texts that are nearly addresses. */
const nearly = fc
  .tuple(
    address,
    fc.nat(40),
    fc.constantFrom('', ':', '::', '.', '0', 'f', 'g', '%', '1.2.3.4', '/'),
  )
  .map(([text, at, added]) => text.slice(0, at) + added + text.slice(at))
  .filter((text) => !isReadDifferently(text))
const block = fc.tuple(address, fc.nat(130)).map(([text, prefix]) => `${text}/${prefix}`)

const bytesOf = (text: string): string => ipaddr.parse(text).toByteArray().toString()
const ours = (text: string): string | undefined => {
  const bytes = parseAddress(text)?.digits.match(/.{8}/g)
  return bytes?.map((byte) => Number.parseInt(byte, 2)).toString()
}
/** Theirs also reads zones, and octal, hexadecimal and shortened IPv4. */
const theirs = (text: string): string | undefined => {
  const last = text.slice(text.lastIndexOf(':') + 1)
  const isUsual =
    !text.includes('%') &&
    ((text.includes(':') && !last.includes('.')) || ipaddr.IPv4.isValidFourPartDecimal(last))
  return isUsual && ipaddr.isValid(text) ? bytesOf(text) : undefined
}

test('an address is read as the library ipaddr.js reads it, and so is what is nearly an address', () => {
  fc.assert(
    fc.property(fc.oneof(address, nearly), (text) => {
      expect([text, ours(text)]).toEqual([text, theirs(text)])
    }),
    { numRuns: 5_000 },
  )
})

test('an address is inside the blocks that ipaddr.js says', () => {
  fc.assert(
    fc.property(address, block, (text, blockText) => {
      const parsed = parseBlock(blockText)
      expect(parsed !== undefined).toBe(ipaddr.isValidCIDR(blockText))
      if (!parsed) return
      const [base, prefix] = ipaddr.parseCIDR(blockText)
      const one = ipaddr.parse(text)
      const expected = one.kind() === base.kind() && one.match(base as ipaddr.IPv4, prefix)
      expect(isInside(parseAddress(text)!, parsed)).toBe(expected)
      // Most random addresses are in no block, so the block's own address is tried as well.
      expect(isInside(parseAddress(base.toString())!, parsed)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test('an IPv4-compatible IPv6 address is not an IPv4-mapped one', () => {
  const [compatible, mapped] = [ours('::1.2.3.4'), ours('::ffff:1.2.3.4')]

  expect(compatible).toBe('0,0,0,0,0,0,0,0,0,0,0,0,1,2,3,4')
  expect(mapped).toBe('0,0,0,0,0,0,0,0,0,0,255,255,1,2,3,4')
})

test.each([
  ['10.1.0.0/16', '10.0.0.0/8', true],
  ['10.0.0.0/8', '10.1.0.0/16', false],
  ['10.0.0.0/8', '10.200.1.1/8', true],
  ['11.0.0.0/8', '10.0.0.0/8', false],
  ['2001:db8:1::/48', '2001:db8::/32', true],
  ['::ffff:10.0.0.0/104', '10.0.0.0/8', false],
  ['0.0.0.0/0', '::/0', false],
])('whether %s is part of %s: %s', (inner, outer, expected) => {
  expect(isPart(parseBlock(inner)!, parseBlock(outer)!)).toBe(expected)
})

test.each([
  '10.0.0.0',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/-1',
  '10.0.0.0/',
  '/8',
  '10.0.0.0/8/8',
  '',
])('"%s" is no block', (text) => {
  expect(parseBlock(text)).toBeUndefined()
})
