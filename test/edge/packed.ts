import { deflateSync, gzipSync } from 'node:zlib'
import type { Random } from './cases.ts'
import type { Case } from './verdicts.ts'

interface PackedCase {
  /** What it is, if it is told apart: a name that begins with "good" is unpacked, others are refused. */
  readonly name?: string
  readonly one: Case
}

const content = Buffer.from('status '.repeat(500))
/** Longer than what is read in one go, and than what is unpacked on the calling thread. */
const long = Buffer.alloc(90_000, 'abcdefgh')
const zeros = Buffer.alloc(3)

/** Streams as they should be, with something behind them, cut short, altered, and of other kinds. */
export function packedCases(random: Random): readonly PackedCase[] {
  const of = (format: 'gunzip' | 'inflate', name: string, packed: Buffer): PackedCase => ({
    name: `${name}, ${format}`,
    one: { kind: 'packed', format, packed: packed.toString('hex') },
  })
  const cases = (['gunzip', 'inflate'] as const).flatMap((format) => {
    const pack = format === 'gunzip' ? gzipSync : deflateSync
    const [whole, other, none] = [pack(content), pack('other'), pack('')]
    const altered = Buffer.from(whole)
    altered[altered.length - 1]! ^= 1
    const named = [
      ['good', whole],
      ['good and long', pack(long)],
      ['good and empty', none],
      ['two streams', Buffer.concat([whole, other])],
      ['an empty stream first', Buffer.concat([none, whole])],
      ['an empty stream behind', Buffer.concat([whole, none])],
      ['zeros behind', Buffer.concat([whole, zeros])],
      ['one zero behind', Buffer.concat([whole, zeros.subarray(1, 2)])],
      ['junk behind', Buffer.concat([whole, Buffer.from('junk')])],
      ['half a header behind', Buffer.concat([whole, whole.subarray(0, 1)])],
      ['junk behind what is long', Buffer.concat([pack(long), Buffer.alloc(70_000, 'x')])],
      ['zeros before', Buffer.concat([zeros, whole])],
      ['cut in its check', whole.subarray(0, -1)],
      ['without its check', whole.subarray(0, format === 'gunzip' ? -8 : -4)],
      ['cut in the middle', whole.subarray(0, whole.length / 2)],
      ['a header alone', whole.subarray(0, 2)],
      ['nothing', Buffer.alloc(0)],
      ['another check', altered],
      ['more than is allowed', pack(Buffer.alloc(100_001))],
      ['the other format', format === 'gunzip' ? deflateSync(content) : gzipSync(content)],
      ['not packed', content],
    ] as const
    return named.map(([name, packed]) => of(format, name, packed))
  })
  const dictionary = deflateSync(content, { dictionary: Buffer.from('status ') })
  const flags = (value: number) => {
    const packed = gzipSync(content)
    packed[3] = value
    return packed
  }
  const special = [
    of('inflate', 'a preset dictionary', dictionary),
    of('gunzip', 'reserved flags', flags(0x80)),
    of('gunzip', 'a name that is not there', flags(0x08)),
  ]
  const mutations = [...cases, ...special].flatMap(({ one }) =>
    one.kind === 'packed' && one.packed.length < 2_000
      ? Array.from({ length: 40 }, () => ({ one: mutated(one, random) }))
      : [],
  )
  // Behind the header a name that is none may end in sound data: whether it does is for both to say alike.
  return [...cases, ...special.slice(0, 2), { one: special[2]!.one }, ...mutations]
}

function mutated(one: Case & { readonly kind: 'packed' }, random: Random): Case {
  const bytes = Buffer.from(one.packed, 'hex')
  if (bytes.length === 0) return one
  bytes[random(bytes.length)]! ^= 1 << random(8)
  return { ...one, packed: bytes.toString('hex') }
}
