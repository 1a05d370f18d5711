import { sign, verify } from 'node:crypto'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { nodeCompression } from '../src/adapters/crypto/node-compression.ts'
import { generateKeyPair, nodeSigner } from '../src/adapters/crypto/node-signer.ts'
import { loadSodium } from '../src/adapters/crypto/sodium.ts'
import { secureWithDataIntegrity } from '../src/credential/data-integrity.ts'
import { didKey, makeDidKey } from '../src/did/methods/key.ts'
import { makeResolver } from '../src/did/resolve.ts'
import type { Did } from '../src/did/syntax.ts'
import { makeBudget } from '../src/foundation/budget.ts'
import { makeCache } from '../src/foundation/cache.ts'
import type { JsonObject } from '../src/foundation/json.ts'
import { refuse } from '../src/foundation/refusal.ts'
import { formatTime, monotonicClock } from '../src/foundation/time.ts'
import type { KeyKind } from '../src/keys/algorithm.ts'
import { fromJwk, toMultikey } from '../src/keys/public-key.ts'
import type { AssessmentNeeds } from '../src/operations/deciding/assess-request.ts'
import type { LocalRules } from '../src/permission/local-rules.ts'
import { noLocalRules } from '../src/permission/no-local-rules.ts'
import { makeChallenge } from '../src/presentation/challenge.ts'
import { createPresentation } from '../src/presentation/create-presentation.ts'
import { makeNewestLists } from '../src/status/newest-lists.ts'
import { listLength } from '../src/status/status-store.ts'

/** A key pair in all forms that the measurements need. */
export function makeParty(kind: KeyKind = 'Ed25519') {
  const { publicKey, privateKey } = generateKeyPair(kind)
  const key = fromJwk(publicKey.export({ format: 'jwk' }) as Record<string, string>)!
  const did = didKey(key)
  return {
    publicKey,
    privateKey,
    did,
    verificationMethod: `${did}#${toMultikey(key)}`,
    signer: nodeSigner(key, privateKey),
  }
}
export type Party = ReturnType<typeof makeParty>

export const listUrl = 'https://iam.acme.example/status/5f0e1d2c-0000-4000-8000-000000000000'
export const resource = 'https://crm.acme.example/v1/customers/'

/** A task permission of typical size, its members in the order in which the service writes them. */
export function permissionDocument(
  issuer: Party,
  holder: Party,
  audience: string,
  now: number,
  depth = 0,
): JsonObject {
  return {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
    credentialStatus: ['revocation', 'suspension'].map((statusPurpose, i) => ({
      id: `${listUrl}#${4211 + i}`,
      statusListCredential: listUrl,
      statusListIndex: String(4211 + i),
      statusPurpose,
      type: 'BitstringStatusListEntry',
    })),
    credentialSubject: {
      id: holder.did,
      permission: {
        audience: [audience],
        ...(depth === 0 ? {} : { delegation: { remainingDepth: depth } }),
        grants: [
          {
            actions: ['read'],
            constraints: [{ max: 60, type: 'risk' }],
            id: 'g1',
            locations: [resource],
            type: 'http-api',
          },
        ],
        principal: { id: issuer.did, owner: 'urn:acme:person:8f21' },
        task: {
          endsOn: ['completed', 'failed'],
          id: 'urn:uuid:3f1d9f0e-7a59-4f4e-8a2b-5a5b7d1c9e77',
          purpose: 'monthly-report',
        },
        version: 1,
      },
    },
    id: `urn:uuid:${crypto.randomUUID()}`,
    issuer: issuer.did,
    type: ['VerifiableCredential', 'TaskPermissionCredential'],
    validFrom: formatTime(now),
    validUntil: formatTime(now + 3_600_000),
  }
}

export const secure = (document: JsonObject, { verificationMethod, signer }: Party, now: number) =>
  secureWithDataIntegrity(
    document,
    { verificationMethod, proofPurpose: 'assertionMethod', created: now },
    signer,
    nodeCrypto,
  )

const clock = monotonicClock(() => performance.now())
const bounds = { entries: 1_000, bytes: 50_000_000 } as const

/** Each request has its own budget, as in a server. */
export const perRequest = (needs: Omit<AssessmentNeeds, 'budget'>): AssessmentNeeds => ({
  ...needs,
  budget: makeBudget(),
})

/** A verifier with its status list in memory, with or without memory of credentials. */
export function makeVerifierNeeds(
  issuer: Party,
  remember: boolean,
  rules: LocalRules = noLocalRules,
): Omit<AssessmentNeeds, 'budget'> {
  const foreignLists = makeCache<never>(clock, { ...bounds, lifetime: 3_600_000 })
  const list = {
    form: 'bitstring',
    size: 0,
    url: listUrl,
    issuer: issuer.did,
    purposes: ['revocation', 'suspension'],
    bits: new Uint8Array(listLength / 8),
    madeAt: Date.now(),
    staleAt: Date.now() + 3_600_000,
  }
  foreignLists.set(listUrl, list as never)
  return {
    clock: Date.now,
    crypto: nodeCrypto,
    compression: nodeCompression,
    fetch: async () => refuse('did_unreachable'),
    resolveDid: makeResolver({ key: makeDidKey() }),
    isTrusted: (did) => did === issuer.did,
    ownStatus: (entries) => entries.map(() => 'foreign' as const),
    preparedDelegation: () => 'foreign',
    newestLists: makeNewestLists(Date.now),
    foreignLists,
    foreignSchemas: makeCache(clock, { ...bounds, lifetime: 3_600_000 }),
    // The same kind of cache for both, as in a service: entries that expire at once are never
    // found.
    authenticCredentials: makeCache(clock, { ...bounds, lifetime: remember ? 3_600_000 : 0 }),
    rules,
    settings: {
      ownDid: 'did:none:none',
      publicUrl: '',
      challengeKeys: [nodeCrypto.randomBytes(32)],
    },
  }
}

/**
 * As many messages as the measured work has, so that neither side sees one message again and again.
 */
export const variety = 64

/**
 * The units of the ratios: one raw verification and one raw signature of 64 bytes, with imported
 * keys.
 */
export function rawWork({ publicKey, privateKey }: Party) {
  const messages = Array.from({ length: variety }, () => nodeCrypto.randomBytes(64))
  const signatures = messages.map((message) => sign(null, message, privateKey))
  let v = 0
  let s = 0
  return {
    V: () => verify(null, messages[v % variety]!, publicKey, signatures[v++ % variety]!),
    S: () => sign(null, messages[s++ % variety]!, privateKey),
  }
}

/** One verification by libsodium, of what `rawWork` verifies. */
export async function sodiumWork({ publicKey, privateKey }: Party): Promise<() => unknown> {
  const check = await loadSodium()
  if (!check) throw new Error('sodium-native is not installed: npm ci')
  const key = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url')
  const messages = Array.from({ length: variety }, () => nodeCrypto.randomBytes(64))
  const signatures = messages.map((message) => sign(null, message, privateKey))
  let i = 0
  return () => check(signatures[i % variety]!, messages[i++ % variety]!, key)
}

/** Does the same work with several things in turn. */
export function inTurn<T>(things: readonly T[], work: (thing: T) => unknown): () => unknown {
  let i = 0
  return () => work(things[i++ % things.length]!)
}

/** A presentation of credentials, in answer to a challenge. */
export async function presentTo(
  { settings }: Pick<AssessmentNeeds, 'settings'>,
  { did, verificationMethod, signer }: Party,
  credentials: readonly JsonObject[],
  audience: Did,
  now: number,
): Promise<JsonObject> {
  const challenge = await makeChallenge(
    { caller: 'service', audience },
    now + 600_000,
    settings.challengeKeys[0],
    nodeCrypto,
  )
  const options = {
    holder: did,
    verificationMethod,
    challenge,
    domain: audience,
    created: now,
    form: 'data-integrity',
  } as const
  return createPresentation(credentials, options, signer, nodeCrypto)
}
