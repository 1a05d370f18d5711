import { expect, test } from 'vitest'
import {
  clientAddress,
  countedAs,
  type Forwarding,
  readBlock,
} from '../../src/http/client-address.ts'

const proxies = ['127.0.0.1', '10.0.0.0/8', 'fd00::/64'].map((text) => readBlock(text)!)
const byForwardedFor: Forwarding = { proxies, header: 'x-forwarded-for' }
const byForwarded: Forwarding = { proxies, header: 'forwarded' }
const behind = (said: string, forwarding = byForwardedFor) =>
  clientAddress('127.0.0.1', said, forwarding)

test('I22 only a trusted proxy says for whom it asks', () => {
  const nobody: Forwarding = { proxies: [], header: 'x-forwarded-for' }

  expect([
    clientAddress('203.0.113.9', '198.51.100.1', byForwardedFor),
    clientAddress('127.0.0.1', '198.51.100.1', nobody),
    clientAddress('127.0.0.2', '198.51.100.1', byForwardedFor),
    clientAddress(undefined, '198.51.100.1', byForwardedFor),
    clientAddress('127.0.0.1', undefined, byForwardedFor),
  ]).toEqual(['203.0.113.9', '127.0.0.1', '127.0.0.2', undefined, '127.0.0.1'])
})

test('I22 the right-most address that is not our proxy counts: the client may have written what is to its left', () => {
  expect([
    behind('198.51.100.1'),
    behind('203.0.113.9, 198.51.100.1'),
    behind('203.0.113.9,198.51.100.1 , 10.1.2.3'),
    behind('not an address, 198.51.100.1'),
    // Who asks is a machine of ours.
    behind('10.1.2.3'),
    behind('10.9.9.9, 10.1.2.3'),
  ]).toEqual([
    '198.51.100.1',
    '198.51.100.1',
    '198.51.100.1',
    '198.51.100.1',
    '10.1.2.3',
    '10.9.9.9',
  ])
})

test('an entry that is no address ends the search: the proxy stands for its client', () => {
  const malformed = [
    '',
    ',',
    'unknown',
    '203.0.113.9, unknown',
    '203.0.113.9,',
    '012.0.0.1',
    '10.1',
    '0x7f.1',
    '2130706433',
    '1.2.3.4.5',
    '198.51.100.1:port',
    '198.51.100.1:123456',
    '[198.51.100.1]',
    '[2001:db8::1',
    '2001:db8::1]',
    '2001:db8::1%',
    '2001:db8::1%a%b',
    'x'.repeat(16_000),
  ]

  expect(malformed.map((said) => [said, behind(said)])).toEqual(
    malformed.map((said) => [said, '127.0.0.1']),
  )
  expect(behind('203.0.113.9, _hidden, 10.0.0.7')).toBe('10.0.0.7')
})

test('ports, brackets, zone ids and IPv4 in IPv6 form are read, and one address has one spelling', () => {
  expect([
    behind('198.51.100.1:4711'),
    behind('[2001:DB8:0:0::1]:4711'),
    behind('2001:db8::1'),
    behind('[2001:db8::1%eth0]'),
    behind('::ffff:198.51.100.1'),
    clientAddress('::ffff:127.0.0.1', '198.51.100.1', byForwardedFor),
    clientAddress('::ffff:198.51.100.1', undefined, byForwardedFor),
    clientAddress('fe80::1%eth0', undefined, byForwardedFor),
    clientAddress('fd00::2', '2001:db8::1', byForwardedFor),
  ]).toEqual([
    '198.51.100.1',
    '2001:db8::1',
    '2001:db8::1',
    '2001:db8::1',
    '198.51.100.1',
    '198.51.100.1',
    '198.51.100.1',
    'fe80::1',
    '2001:db8::1',
  ])
})

test('Forwarded (RFC 7239) is read by its grammar, where that is the configured header', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['for=198.51.100.1', '198.51.100.1'],
    ['For="[2001:db8::1]:4711";proto=https', '2001:db8::1'],
    ['for=203.0.113.9, for=198.51.100.1;by=10.0.0.1', '198.51.100.1'],
    ['for="a, b", proto=http; for="198.51.100.1:80"', '198.51.100.1'],
    ['for=198.51.100.1, for=10.0.0.1', '198.51.100.1'],
    // A host is whatever the client says.
    ['host=";for=203.0.113.9";for=198.51.100.1', '198.51.100.1'],
    ['host="\\";for=203.0.113.9";for=198.51.100.1', '198.51.100.1'],
    // A client leaves a quote open, and the proxy's own closes it.
    ['for=203.0.113.9;x=", for="[2001:db8::1]"', '127.0.0.1'],
    ['for=203.0.113.9;x=", for=198.51.100.1', '127.0.0.1'],
    ['for=203.0.113.9;for=198.51.100.1', '127.0.0.1'],
    ['for=198.51.100.1, by=10.0.0.1', '127.0.0.1'],
    ['for=_hidden', '127.0.0.1'],
    ['198.51.100.1', '127.0.0.1'],
    ['', '127.0.0.1'],
  ]

  expect(cases.map(([said]) => [said, behind(said, byForwarded)])).toEqual(cases)
})

test('proxies are named by address or block; blocks of everybody or nobody are refused', () => {
  const named = ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', '128.0.0.0/1']
  const refused = [
    '0.0.0.0/0',
    '::/0',
    '10.0.0.0/33',
    'fd00::/129',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '::ffff:10.0.0.0/104',
    '10.1',
    'proxy.example',
    '',
  ]

  expect(named.map((text) => readBlock(text) !== undefined)).toEqual(named.map(() => true))
  expect(refused.map((text) => [text, readBlock(text)])).toEqual(
    refused.map((text) => [text, undefined]),
  )
})

test('I25 an IPv6 address counts together with its /64, which one client may hold', () => {
  expect(
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1', '2001:db8:1:3::1', '198.51.100.1'].map(countedAs),
  ).toEqual(['2001:db8:1:2::/64', '2001:db8:1:2::/64', '2001:db8:1:3::/64', '198.51.100.1'])
})
