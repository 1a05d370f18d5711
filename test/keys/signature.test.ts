import { createHash, createPublicKey, verify as openSslVerify } from 'node:crypto'
import { Point } from '@noble/ed25519'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { generatePrivateJwk, signerFromJwk } from '../../src/adapters/crypto/node-signer.ts'
import { loadSodium } from '../../src/adapters/crypto/sodium.ts'
import { concatBytes, toMultibase58 } from '../../src/foundation/encoding.ts'
import { isSafeEd25519Point } from '../../src/keys/points.ts'
import { fromJwk, fromMultikey, publicKey, toJwk, toMultikey } from '../../src/keys/public-key.ts'
import { type CryptoProvider, verifySignature } from '../../src/keys/signature.ts'
import { haveVectors, vectorJson } from '../vectors.ts'

const signer = () => signerFromJwk(generatePrivateJwk('Ed25519'))
const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))
const sodium = (await loadSodium())!
/** Who checks signatures on Node: the one where the other is not installed. */
const checkers = {
  OpenSSL: {
    verify: (key, data, signature) =>
      openSslVerify(
        null,
        data,
        createPublicKey({ key: { ...toJwk(key) }, format: 'jwk' }),
        signature,
      ),
  },
  libsodium: { verify: (key, data, signature) => sodium(signature, data, key.bytes) },
} as const satisfies Record<string, Pick<CryptoProvider, 'verify'>>
const checkerNames = Object.keys(checkers) as (keyof typeof checkers)[]

const verifyBy =
  (name: keyof typeof checkers) => (key: Uint8Array, message: Uint8Array, signature: Uint8Array) =>
    verifySignature(checkers[name], { kind: 'Ed25519', bytes: key }, message, signature)

test.skipIf(!haveVectors).each(checkerNames)(
  'A28 A29 A30 of ed25519-speccheck only the case that a strict verifier accepts is accepted, by %s',
  (name) => {
    const verify = verifyBy(name)
    const cases = vectorJson('ed25519-speccheck/cases.json') as {
      message: string
      pub_key: string
      signature: string
    }[]

    const accepted = cases.flatMap(({ message, pub_key, signature }, i) =>
      verify(bytes(pub_key), bytes(message), bytes(signature)) ? [i] : [],
    )

    expect(accepted).toEqual([3])
  },
)

test('a good signature verifies and is not modified, even in a Buffer', async () => {
  const { publicKey: key, sign } = signer()
  for (let i = 0; i < 500; i++) {
    const message = Uint8Array.of(i & 255, i >> 8)
    const signature = Buffer.from(await sign(message))
    const before = signature.toString('hex')

    expect(await verifySignature(nodeCrypto, key, message, signature)).toBe(true)
    expect(signature.toString('hex')).toBe(before)
  }
})

test.skipIf(!haveVectors).each(checkerNames)(
  'A27 A32 Wycheproof Ed25519: every verdict is the published one, by %s',
  (name) => {
    const verify = verifyBy(name)
    const { testGroups } = vectorJson('wycheproof/ed25519_test.json')
    const wrong = testGroups.flatMap((group: any) =>
      group.tests
        .filter(
          ({ msg, sig, result }: any) =>
            verify(bytes(group.publicKey.pk), bytes(msg), bytes(sig)) !== (result === 'valid'),
        )
        .map(({ tcId }: any) => tcId),
    )

    expect(wrong).toEqual([])
  },
)

test.skipIf(!haveVectors)(
  'A24 A25 Wycheproof P-256 in P1363 form: every verdict is the published one',
  () => {
    const { testGroups } = vectorJson('wycheproof/ecdsa_secp256r1_sha256_p1363_test.json')
    const wrong = testGroups.flatMap((group: any) => {
      const point = bytes(group.publicKey.uncompressed)
      const key = publicKey(
        'P-256',
        concatBytes(Uint8Array.of(2 + (point[64]! & 1)), point.slice(1, 33)),
      )!
      return group.tests
        .filter(
          ({ msg, sig, result }: any) =>
            verifySignature(nodeCrypto, key, bytes(msg), bytes(sig)) !== (result === 'valid'),
        )
        .map(({ tcId }: any) => tcId)
    })

    expect(wrong).toEqual([])
  },
)

test.skipIf(!haveVectors)('A28 A29 A30 what a laxer runtime would accept never reaches it', () => {
  const lax = { verify: () => true }
  const cases = vectorJson('ed25519-speccheck/cases.json') as {
    message: string
    pub_key: string
    signature: string
  }[]
  const reached = cases.flatMap(({ message, pub_key, signature }, i) =>
    verifySignature(
      lax,
      { kind: 'Ed25519', bytes: bytes(pub_key) },
      bytes(message),
      bytes(signature),
    )
      ? [i]
      : [],
  )
  const p256 = { kind: 'P-256', bytes: new Uint8Array(33).fill(2) } as const
  const order = bytes('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
  const one = new Uint8Array(32).fill(0, 0, 31)
  one[31] = 1
  const pairs = [
    [new Uint8Array(32), one],
    [one, new Uint8Array(32)],
    [order, one],
    [one, order],
    [one, one],
  ] as const

  // 3 is good; 4 and 5 hold only cofactored, which no runtime of ours computes.
  expect(reached).toEqual([3, 4, 5])
  expect(pairs.map(([r, s]) => verifySignature(lax, p256, one, concatBytes(r, s)))).toEqual([
    false,
    false,
    false,
    false,
    true,
  ])
  expect(verifySignature(lax, p256, one, new Uint8Array(63).fill(1))).toBe(false)
})

const smallOrderPoints = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]

test('A29 OpenSSL and libsodium judge a key or point with a small-order part alike', () => {
  const number = (little: Uint8Array) =>
    BigInt(`0x${Buffer.from(little).reverse().toString('hex')}`)
  const order = 2n ** 252n + 27742317777372353535851937790883648493n
  const scalar = () => (number(nodeCrypto.randomBytes(64)) % (order - 1n)) + 1n
  const eighth = Point.fromBytes(bytes(smallOrderPoints[4]!))
  const shifted = (point: Point, by: number) =>
    Array.from({ length: by }).reduce<Point>((sum) => sum.add(eighth), point)
  const met: Record<string, number> = {}
  for (let i = 0; i < 192; i++) {
    const [secret, nonce] = [scalar(), scalar()]
    const key = shifted(Point.BASE.multiply(secret), i % 8).toBytes()
    const point = shifted(Point.BASE.multiply(nonce), (i >> 3) % 8).toBytes()
    const message = nodeCrypto.randomBytes(32)
    const hash = createHash('sha512').update(point).update(key).update(message).digest()
    const s = (nonce + (number(hash) % order) * secret) % order
    const end = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()
    const [one, other] = checkerNames.map((name) =>
      verifyBy(name)(key, message, concatBytes(point, end)),
    )
    const both = one === other ? `both ${one}` : `OpenSSL ${one}, libsodium ${other}`
    met[both] = (met[both] ?? 0) + 1
  }

  // By both a point and its sum with one of small order are two points: each such signature holds by chance, or not.
  expect(Object.keys(met).sort()).toEqual(['both false', 'both true'])
})

test('A33 a key of small order, in a non-canonical form, or of a wrong length is refused', () => {
  const bad = [
    ...smallOrderPoints.map(bytes),
    bytes('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
    bytes('eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'),
    new Uint8Array(31).fill(7),
    new Uint8Array(33).fill(7),
  ]

  expect(bad.map((key) => publicKey('Ed25519', key))).toEqual(bad.map(() => undefined))
})

test('the points of small order are those that noble computes', () => {
  const points = smallOrderPoints.map((hex) => Point.fromBytes(bytes(hex)))
  const keys = Array.from({ length: 50 }, () => signer().publicKey.bytes)

  expect(
    points.every((point) => point.isSmallOrder() && !isSafeEd25519Point(point.toBytes())),
  ).toBe(true)
  expect(keys.every((key) => !Point.fromBytes(key).isSmallOrder() && isSafeEd25519Point(key))).toBe(
    true,
  )
})

test('D14 a Multikey of another codec, another base, another length, or of a private key is refused', () => {
  const key = nodeCrypto.randomBytes(32)
  const bad = [
    [0xec, 0x01], // X25519
    [0x00, 0x13], // Ed25519 private
    [0x80, 0x26], // Ed25519 private, as varint
    [0xed, 0x81, 0x00], // a prefix that is not minimal
    [0xed],
  ].map((prefix) => toMultibase58(concatBytes(Uint8Array.from(prefix), key)))
  const good = toMultikey({ kind: 'Ed25519', bytes: key })

  expect([...bad, good.slice(1), `u${good.slice(1)}`, `${good}0`, ''].map(fromMultikey)).toEqual(
    Array(9).fill(undefined),
  )
  expect(fromMultikey(good)).toEqual({ kind: 'Ed25519', bytes: key })
})

test('A41 A42 a JWK with private members, for another use, or of another algorithm is refused', () => {
  const { publicKey: key } = signer()
  const jwk = { ...toJwk(key) }
  const bad = [
    { d: jwk.x },
    { use: 'enc' },
    { key_ops: ['sign'] },
    { alg: 'ES256K' },
    { crv: 'P-384' },
    { x: `${jwk.x}=` },
    { y: jwk.x },
  ]

  expect(bad.map((change) => fromJwk({ ...jwk, ...change }))).toEqual(bad.map(() => undefined))
  expect(fromJwk({ ...jwk, use: 'sig', key_ops: ['verify'], alg: 'EdDSA' })).toEqual(key)
})
