import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { generatePrivateJwk, signerFromJwk } from '../../src/adapters/crypto/node-signer.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { deriveCredential } from '../../src/credential/ecdsa-sd-issue.ts'
import { envelop, signToken } from '../../src/credential/jose.ts'
import { securePermissionWithSdJwt } from '../../src/credential/sd-jwt-issue.ts'
import { didKey } from '../../src/did/methods/key.ts'
import type { Did } from '../../src/did/syntax.ts'
import { toHex, toMultibase58 } from '../../src/foundation/encoding.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import type { KeyKind } from '../../src/keys/algorithm.ts'
import { toMultikey } from '../../src/keys/public-key.ts'
import { makeChallenge } from '../../src/presentation/challenge.ts'
import { createPresentation } from '../../src/presentation/create-presentation.ts'
import { presentSdJwt } from '../../src/presentation/sd-jwt-presentation.ts'
import type { Grant } from '../../src/sdk/index.ts'
import { delegate } from '../../src/sdk/index.ts'
import { haveVectors, vectorJson, vectorNames, vectorText } from '../vectors.ts'
import { type Case, challengeKey, now } from './verdicts.ts'

/** A generator of numbers below a bound, the same for the same seed. */
export type Random = (bound: number) => number

/** xorshift32. */
export function seeded(seed: number): Random {
  let state = seed | 1
  return (bound) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % bound
  }
}
const pick = <T>(random: Random, items: readonly T[]): T => items[random(items.length)]!

function party(kind: KeyKind) {
  const signer = signerFromJwk(generatePrivateJwk(kind))
  const did = didKey(signer.publicKey)
  return { did, signer, verificationMethod: `${did}#${toMultikey(signer.publicKey)}` }
}

/** Good credentials and presentations, in every form and with every kind of key. */
export async function goodCases(): Promise<{ issuer: Did; cases: Case[] }> {
  const issuer = party('Ed25519')
  const cases: Case[] = []
  for (const by of [issuer, party('P-256')])
    for (const holder of [party('Ed25519'), party('P-256')])
      for (let i = 0; i < 4; i++) {
        const document = permission(by.did, holder.did, i)
        const options = {
          verificationMethod: by.verificationMethod,
          proofPurpose: 'assertionMethod',
          created: now,
        } as const
        const credentials: JsonObject[] = [
          await secureWithDataIntegrity(document, options, by.signer, nodeCrypto),
          envelop(await signToken(document, 'vc+jwt', by.verificationMethod, by.signer), 'vc+jwt'),
        ]
        for (const credential of credentials) {
          cases.push({ kind: 'credential', text: JSON.stringify(credential) })
          for (const form of ['data-integrity', 'vp+jwt'] as const)
            cases.push(await presented(holder, [credential], issuer.did, form))
        }
        // Other forms, each with what they need of the runtime.
        const suites =
          by === issuer ? (['eddsa-rdfc-2022'] as const) : (['ecdsa-rdfc-2019'] as const)
        for (const cryptosuite of suites) {
          const secured = await secureWithDataIntegrity(
            document,
            { ...options, cryptosuite },
            by.signer,
            nodeCrypto,
          )
          cases.push({ kind: 'credential', text: JSON.stringify(secured) })
          cases.push(await presented(holder, [secured], issuer.did, 'data-integrity'))
        }
        const sdJwt = await securePermissionWithSdJwt(
          document,
          holder.signer.publicKey,
          by.verificationMethod,
          by.signer,
          nodeCrypto,
        )
        cases.push({ kind: 'credential', text: JSON.stringify(sdJwt) })
        cases.push(await bound(holder, sdJwt, issuer.did))
        // And each given on, once narrowed and once as it is.
        const next = party('Ed25519')
        for (const parent of credentials) {
          const narrowed = [
            { ...grants[0]!, id: 'c1', from: 'g1', locations: ['db://crm/public/customers'] },
          ]
          for (const request of [{}, { grants: narrowed }]) {
            const child = await delegate(holder, parent, {
              subject: next.did,
              ...request,
              clock: () => now,
            })
            cases.push(await presented(next, [parent, child], issuer.did, 'data-integrity'))
          }
        }
      }
  const p256 = party('P-256')
  const whole = await secureWithDataIntegrity(
    {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiableCredential'],
      issuer: p256.did,
      credentialSubject: { id: p256.did, name: 'Name', description: 'Hidden' },
    },
    {
      verificationMethod: p256.verificationMethod,
      proofPurpose: 'assertionMethod',
      created: now,
      cryptosuite: 'ecdsa-sd-2023',
    },
    p256.signer,
    nodeCrypto,
  )
  const derived = await deriveCredential(whole, ['/credentialSubject/name'], nodeCrypto)
  cases.push({ kind: 'credential', text: JSON.stringify(derived) })
  return { issuer: issuer.did, cases }
}

/** Documents that take much to verify, one by one and together: their signatures are bad, which is looked at last. */
export function costlyCases(): Case[] {
  const { did, verificationMethod } = party('Ed25519')
  const credential = (subject: object): string =>
    JSON.stringify({
      '@context': [
        'https://www.w3.org/ns/credentials/v2',
        'https://www.w3.org/ns/credentials/examples/v2',
      ],
      type: ['VerifiableCredential'],
      issuer: did,
      credentialSubject: subject,
      proof: {
        type: 'DataIntegrityProof',
        cryptosuite: 'eddsa-rdfc-2022',
        verificationMethod,
        proofPurpose: 'assertionMethod',
        proofValue: toMultibase58(new Uint8Array(64)),
      },
    })
  const ring = (length: number) => ({
    r: Array.from({ length }, (_, i) => ({ id: `_:b${i}`, n: { id: `_:b${(i + 1) % length}` } })),
  })
  const repeated = {
    id: `urn:${'a'.repeat(300_000)}`,
    ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`t${i}`, i])),
  }
  const alike = { r: Array.from({ length: 60 }, () => ({ a: { b: 'x' } })) }
  return [
    ...[ring(100), ring(500), repeated, alike].map(
      (subject): Case => ({ kind: 'credential', text: credential(subject) }),
    ),
    { kind: 'batch', texts: Array(12).fill(credential(alike)) },
    { kind: 'batch', texts: [credential(ring(100)), credential({ a: 1 }), credential(alike)] },
  ]
}

/** An SD-JWT VC with its holder's key binding. */
async function bound(
  holder: ReturnType<typeof party>,
  credential: JsonObject,
  audience: Did,
): Promise<Case> {
  const binding = { caller: 'service', audience }
  const challenge = await makeChallenge(binding, now + 60_000, challengeKey, nodeCrypto)
  const options = { challenge, domain: audience, issuedAt: now / 1000 }
  const presentation = await presentSdJwt(credential, options, holder.signer, nodeCrypto)
  return { kind: 'presentation', text: JSON.stringify(presentation), audience }
}

async function presented(
  holder: ReturnType<typeof party>,
  credentials: readonly JsonObject[],
  audience: Did,
  form: 'data-integrity' | 'vp+jwt',
): Promise<Case> {
  const binding = { caller: 'service', audience }
  const challenge = await makeChallenge(binding, now + 60_000, challengeKey, nodeCrypto)
  const presentation = await createPresentation(
    credentials,
    { ...holder, holder: holder.did, challenge, domain: audience, created: now, form },
    holder.signer,
    nodeCrypto,
  )
  return { kind: 'presentation', text: JSON.stringify(presentation), audience }
}

const grants: readonly Grant[] = [
  {
    id: 'g1',
    type: 'database',
    locations: ['db://crm/public/customers'],
    actions: ['read'],
    constraints: [{ type: 'risk', max: 60 }],
  },
]

const permission = (issuer: Did, holder: Did, i: number): JsonObject => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
  id: `urn:uuid:00000000-0000-4000-8000-00000000000${i}`,
  type: ['VerifiableCredential', 'TaskPermissionCredential'],
  issuer,
  validFrom: '2026-11-22T11:00:00Z',
  validUntil: '2026-11-22T13:00:00Z',
  credentialSubject: {
    id: holder,
    permission: {
      version: 1,
      principal: { id: issuer, owner: 'urn:acme:person:1' },
      audience: [issuer],
      task: {
        id: 'urn:uuid:3f1d9f0e-7a59-4f4e-8a2b-5a5b7d1c9e77',
        purpose: 'report',
        endsOn: ['completed'],
      },
      delegation: { remainingDepth: 1 },
      grants,
    },
  },
  credentialStatus: {
    id: `https://iam.acme.example/status/1#${i + 1}`,
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: String(i + 1),
    statusListCredential: 'https://iam.acme.example/status/1',
  },
})

const oddValues = [
  'null',
  '[]',
  '{}',
  '""',
  '0',
  '-1',
  '-0',
  '1e400',
  '1.5',
  '9007199254740993',
  'true',
  '"\\ud800"',
  '"\\u0000"',
  '"é"',
  '"é"',
  '[[[[[]]]]]',
  '{"a":1,"a":2}',
  '{"__proto__":1}',
  '"2026-02-30T00:00:00Z"',
  '"did:key:z6Mk"',
  '"z"',
]
const oddCharacters = [
  '"',
  '{',
  '}',
  ',',
  ':',
  '\\',
  '\u0000',
  '\u2028',
  '\ufeff',
  ' ',
  'é',
  '𝄞',
  '1',
  '-',
  'A',
]

/** One change to a good document: of a value, a member, a character, or a signature. */
export function mutated(good: Case, random: Random): Case {
  if (!('text' in good)) return good
  const { text } = good
  const change = [
    () => replaceValue(text, random),
    () => dropMember(text, random),
    () => doubleMember(text, random),
    () => flipCharacter(text, random),
    () =>
      `${text.slice(0, random(text.length))}${pick(random, oddCharacters)}${text.slice(random(text.length))}`,
    () => weakKey(text, random),
  ]
  return { ...good, text: pick(random, change)() }
}

const values = /"[^"\\]*"(?!:)|\[[^[\]]*\]|-?\d+/g
const members = /"[^"\\]+":(?:"[^"\\]*"|\[[^[\]{}]*\]|-?\d+),?/g

function replaceValue(text: string, random: Random): string {
  const { index, 0: found } = pick(random, [...text.matchAll(values)])
  return `${text.slice(0, index)}${pick(random, oddValues)}${text.slice(index + found.length)}`
}

function dropMember(text: string, random: Random): string {
  const { index, 0: found } = pick(random, [...text.matchAll(members)])
  return `${text.slice(0, index)}${text.slice(index + found.length)}`.replaceAll(',}', '}')
}

function doubleMember(text: string, random: Random): string {
  const { index, 0: found } = pick(random, [...text.matchAll(members)])
  return `${text.slice(0, index)}${found.replace(/,?$/, ',')}${text.slice(index)}`
}

function flipCharacter(text: string, random: Random): string {
  const at = random(text.length)
  const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << random(6)))
  return `${text.slice(0, at)}${flipped}${text.slice(at + 1)}`
}

/** Points of small order and in non-canonical form, on which runtimes differ. */
const weakPoints = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
]
const groupOrder = 'edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010'
const hexBytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** Puts a weak key in the place of every key, or a weak signature in the place of one. */
function weakKey(text: string, random: Random): string {
  const point = pick(random, weakPoints)
  const multikey = toMultibase58(hexBytes(`ed01${point}`))
  if (random(2) === 0) return text.replaceAll(/z6Mk[1-9A-HJ-NP-Za-km-z]+/g, multikey)
  const scalar = pick(random, [
    '00'.repeat(32),
    groupOrder,
    `${'00'.repeat(31)}10`,
    'ff'.repeat(32),
  ])
  const signature = toMultibase58(hexBytes(`${point}${scalar}`))
  return text.replace(/"proofValue":"[^"]+"/, `"proofValue":"${signature}"`)
}

/** Every published vector that has something to judge. */
export function vectorCases(): Case[] {
  if (!haveVectors) return []
  const cases: Case[] = []
  for (const { message, pub_key: key, signature } of vectorJson('ed25519-speccheck/cases.json'))
    cases.push({ kind: 'signature', keyKind: 'Ed25519', key, message, signature })
  for (const group of vectorJson('wycheproof/ed25519_test.json').testGroups)
    for (const { msg, sig } of group.tests)
      cases.push({
        kind: 'signature',
        keyKind: 'Ed25519',
        key: group.publicKey.pk,
        message: msg,
        signature: sig,
      })
  for (const group of vectorJson('wycheproof/ecdsa_secp256r1_sha256_p1363_test.json').testGroups)
    for (const { msg, sig } of group.tests) {
      const point = hexBytes(group.publicKey.uncompressed)
      const key = `${point[64]! & 1 ? '03' : '02'}${toHex(point.slice(1, 33))}`
      cases.push({ kind: 'signature', keyKind: 'P-256', key, message: msg, signature: sig })
    }
  for (const name of vectorNames('jcs/input'))
    cases.push({ kind: 'canonical', text: vectorText(`jcs/input/${name}`) })
  for (const folder of [
    '',
    'eddsa-jcs-2022/',
    'eddsa-rdfc-2022/',
    'Ed25519Signature2020/',
    'proof-set-chain/',
  ])
    for (const name of vectorNames(`vc-di-eddsa/${folder}`).filter((file) =>
      file.endsWith('.json'),
    ))
      cases.push({ kind: 'credential', text: vectorText(`vc-di-eddsa/${folder}${name}`) })
  return cases
}
