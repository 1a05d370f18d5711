import { base58 } from '@scure/base'
import canonicalizePeer from 'canonicalize'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalize, withoutMember } from '../src/foundation/canonical.ts'
import {
  fromBase64url,
  fromMultibase58,
  toBase64url,
  toMultibase58,
} from '../src/foundation/encoding.ts'
import { idBytes, idText } from '../src/foundation/id.ts'
import { isSameJson, type JsonValue, parseJson } from '../src/foundation/json.ts'
import { formatTime, parseTime } from '../src/foundation/time.ts'
import { haveVectors, vectorNames, vectorText } from './vectors.ts'

const refused = (text: string | Uint8Array) => {
  try {
    return parseJson(text)
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('A11 A12 A36 B31 B32 B36 anything but strict JSON is refused', () => {
  const utf16 = new Uint8Array(Buffer.from('{"a":1}', 'utf16le'))
  const cases = [
    '{"a":1,"a":2}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"b":[{"a":1,"a":1}]}}',
    '{"__proto__":{"admin":true}}',
    '{"constructor":1}',
    '{"prototype":1}',
    '{"a":1e400}',
    '{"a":NaN}',
    '{"a":-0}',
    '{"a":1.0}',
    '{"a":1E30}',
    '{"a":1e-7}',
    '{"a":0.1}',
    '{"a":9007199254740993}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":1}x',
    '{"a":"\\ud800"}',
    '{"\\udc00":1}',
    '\ufeff{"a":1}',
    '{"a":"unended',
    '{"a":"\u0001"}',
    "{'a':1}",
    '',
    '[1,]',
    `${'['.repeat(65)}${']'.repeat(65)}`,
  ]

  expect([...cases.map(refused), refused(utf16), refused(Uint8Array.of(0x22, 0xff, 0x22))]).toEqual(
    Array(cases.length + 2).fill('request_malformed'),
  )
  expect(refused('['.repeat(500_000))).toBe('request_malformed')
  expect(refused(`"${'x'.repeat(2_000_000)}"`)).toBe('request_too_large')
  expect(refused(`[${Array(32_769).fill('{"a":1}')}]`)).toBe('request_too_large')
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('strict JSON is read as JSON.parse reads it', () => {
  const plain = fc
    .jsonValue({ noUnicodeString: false })
    .filter(
      (value) =>
        !/[.eE](?=[^"]*(?:"[^"]*"[^"]*)*$)|-0/.test(JSON.stringify(value)) &&
        !/__proto__|constructor|prototype/.test(JSON.stringify(value)),
    )
  fc.assert(
    fc.property(plain, fc.integer({ min: 0, max: 4 }), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      if (!Number.isSafeInteger(value) && typeof value === 'number') return
      let expected: unknown
      try {
        expected = parseJson(text)
      } catch {
        return
      }
      expect(expected).toEqual(JSON.parse(text))
    }),
  )
  expect(
    parseJson('{"a":[1,-2,0,9007199254740991],"b":{"a":"x\\"y\\\\"},"c":[true,false,null]}'),
  ).toEqual({
    a: [1, -2, 0, 9007199254740991],
    b: { a: 'x"y\\' },
    c: [true, false, null],
  })
})

test.skipIf(!haveVectors)(
  'B33 RFC 8785: every published example has its published canonical form',
  () => {
    const wrong = vectorNames('jcs/input').filter((name) => {
      const expected = vectorText(`jcs/outhex/${name.replace('.json', '.txt')}`).replaceAll(
        /\s+/g,
        '',
      )
      return (
        Buffer.from(canonicalize(JSON.parse(vectorText(`jcs/input/${name}`)))).toString('hex') !==
        expected
      )
    })

    expect(wrong).toEqual([])
  },
)

test('canonical forms agree with the reference library on every value, and never have a lone surrogate', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(canonicalize(value as JsonValue)).toBe(canonicalizePeer(value))
    }),
    { numRuns: 500 },
  )
  expect(() => canonicalize('\ud800')).toThrow(TypeError)
  expect(() => canonicalize({ '\udc00': 1 })).toThrow(TypeError)
  expect(() => canonicalize([Number.POSITIVE_INFINITY])).toThrow(TypeError)
})

test('the canonical form of a canonical text is the same, even if the text looks like an escape', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const ordered = JSON.parse(canonicalizePeer(value)!)
      expect(canonicalize(ordered)).toBe(canonicalizePeer(value))
    }),
    { numRuns: 500 },
  )
  expect(canonicalize({ a: '\\ud800', b: -0 })).toBe('{"a":"\\\\ud800","b":0}')
})

test('base58 is read and written as the reference library does', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(4), (bytes, zeros) => {
      bytes.fill(0, 0, zeros)
      expect(toMultibase58(bytes)).toBe(`z${base58.encode(bytes)}`)
      expect(fromMultibase58(`z${base58.encode(bytes)}`)).toEqual(
        bytes.length > 0 ? bytes : undefined,
      )
    }),
    { numRuns: 1000 },
  )
})

test('encodings are reversible, and have one spelling each', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(fromBase64url(toBase64url(bytes))).toEqual(bytes)
      if (bytes.length > 0) expect(fromMultibase58(toMultibase58(bytes))).toEqual(bytes)
      if (bytes.length === 16) expect(idBytes(idText(bytes))).toEqual(bytes)
    }),
  )
  expect(['AA==', 'A A', 'AB', 'A+', 'A/', 'A', 'AA\n', 'AA\t'].map(fromBase64url)).toEqual(
    Array(8).fill(undefined),
  )
  expect(
    ['z0', 'zO', 'zI', 'zl', 'z 1', 'u1', '1', `z${'1'.repeat(600)}`].map(fromMultibase58),
  ).toEqual(Array(8).fill(undefined))
})

test('B11 times are dateTimeStamps with an offset, on days that exist', () => {
  const bad = [
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-01-01T00:00:00',
    '2024-01-01',
    'Jan 1 2024',
    '1',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:60Z',
    '2024-01-01T00:00:00+14:01',
    '2024-01-01 00:00:00Z',
    '+12024-01-01T00:00:00Z',
    '2024-13-01T00:00:00Z',
  ]

  expect(bad.map(parseTime)).toEqual(bad.map(() => undefined))
  expect(
    [
      '2024-02-29T23:59:59Z',
      '2024-01-01T01:00:00+01:00',
      '2024-01-01T00:00:00.5-00:30',
      '2024-01-31T00:00:00Z',
    ].map(parseTime),
  ).toEqual([
    Date.UTC(2024, 1, 29, 23, 59, 59),
    Date.UTC(2024, 0, 1),
    Date.UTC(2024, 0, 1, 0, 30, 0, 500),
    Date.UTC(2024, 0, 31),
  ])
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4e12 }),
      (at) => parseTime(formatTime(at)) === Math.floor(at / 1000) * 1000,
    ),
  )
})

test('removing a member from a canonical text leaves the canonical text of the rest, or removes nothing', () => {
  const members = fc.dictionary(fc.string({ maxLength: 3 }), fc.jsonValue({ maxDepth: 2 }), {
    maxKeys: 4,
  })
  fc.assert(
    fc.property(members, members, fc.jsonValue({ maxDepth: 2 }), (others, inner, value) => {
      const nested = { ...inner, proof: value }
      for (const whole of [
        { ...others, proof: value },
        { ...others, nested, proof: value },
        { proof: value },
      ]) {
        const { proof: _, ...rest } = whole as Record<string, unknown>
        const cut = withoutMember(
          canonicalize(whole as never),
          'proof',
          canonicalize(value as never),
        )
        if (cut !== undefined) expect(cut).toBe(canonicalize(rest as never))
        else expect('nested' in whole || JSON.stringify(others).includes('proof')).toBe(true)
      }
    }),
  )
})

test('two values are the same JSON if and only if their canonical forms are equal', () => {
  const value = fc.jsonValue({ maxDepth: 3 })
  fc.assert(
    fc.property(value, value, (a, b) => {
      const turned = JSON.parse(JSON.stringify(a), (_, v) =>
        typeof v === 'object' && v && !Array.isArray(v)
          ? Object.fromEntries(Object.entries(v).reverse())
          : v,
      )
      expect(isSameJson(a as never, turned)).toBe(true)
      expect(isSameJson(a as never, b as never)).toBe(
        canonicalize(a as never) === canonicalize(b as never),
      )
    }),
  )
})
