import { parseProofs } from '../../src/credential/proof.ts'
import { verifyProofs } from '../../src/credential/verify-proofs.ts'
import { makeDidKey } from '../../src/did/methods/key.ts'
import { makeResolver } from '../../src/did/resolve.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import { canonicalize } from '../../src/foundation/canonical.ts'
import { fromBase64url, fromHex, toHex, utf8 } from '../../src/foundation/encoding.ts'
import { type JsonObject, parseJson } from '../../src/foundation/json.ts'
import { isRefusal, refuse } from '../../src/foundation/refusal.ts'
import type { KeyKind } from '../../src/keys/algorithm.ts'
import { publicKey } from '../../src/keys/public-key.ts'
import { type CryptoProvider, verifySignature } from '../../src/keys/signature.ts'
import {
  type AssessmentNeeds,
  assessRequest,
} from '../../src/operations/deciding/assess-request.ts'
import { decisionOf } from '../../src/operations/deciding/assessment.ts'
import { verifyCredential } from '../../src/operations/verifying/verify-credential.ts'
import { time } from '../../src/permission/constraints/time.ts'
import { noLocalRules } from '../../src/permission/no-local-rules.ts'
import { type Compression, tokenValue } from '../../src/status/bit-string.ts'
import { makeNewestLists } from '../../src/status/newest-lists.ts'
import { smallCache } from '../small-cache.ts'

/** Something to judge. Documents come as text, so that every runtime reads them itself. */
export type Case =
  | {
      readonly kind: 'signature'
      readonly keyKind: KeyKind
      readonly key: string
      readonly message: string
      readonly signature: string
    }
  | { readonly kind: 'canonical'; readonly text: string }
  | { readonly kind: 'credential'; readonly text: string }
  /** Credentials of one request, which share its budget. */
  | { readonly kind: 'batch'; readonly texts: readonly string[] }
  /** The proofs of a document, whoever it says issued it. */
  | { readonly kind: 'proofs'; readonly text: string }
  /** Entries of a Token Status List: `lst`, with `bits` for each. */
  | {
      readonly kind: 'entries'
      readonly lst: string
      readonly bits: number
      readonly at: readonly number[]
    }
  /** What a stream unpacks to; `packed` in hexadecimal. */
  | { readonly kind: 'packed'; readonly format: 'gunzip' | 'inflate'; readonly packed: string }
  /** Whether a time constraint may name this zone. */
  | { readonly kind: 'zone'; readonly tz: string }
  /** Canonical JSON of values that are not all safe integers. */
  | { readonly kind: 'jcs'; readonly text: string }
  | { readonly kind: 'presentation'; readonly text: string; readonly audience: string }

/** The clock stands still, so that both runtimes judge at the same moment. */
export const now = Date.parse('2026-11-22T12:00:00Z')
export const challengeKey = new Uint8Array(32).fill(9)

/** The same judge on every runtime: what differs is the cryptography. Each verdict is text, to be compared. */
export function makeJudge(crypto: CryptoProvider, compression: Compression, issuer: string) {
  const unbudgeted: Omit<AssessmentNeeds, 'budget'> = {
    clock: () => now,
    crypto,
    compression,
    fetch: async () => refuse('did_unreachable'),
    resolveDid: makeResolver({ key: makeDidKey() }),
    isTrusted: (did) => did === issuer,
    preparedDelegation: () => 'foreign',
    newestLists: makeNewestLists(Date.now),
    ownStatus: (entries) =>
      entries.map(({ purposes, index }) => ({
        issuer,
        purposes,
        set: index % 5 === 0 ? purposes : [],
      })),
    foreignLists: smallCache(() => now),
    foreignSchemas: smallCache(() => now),
    authenticCredentials: smallCache(() => now),
    rules: noLocalRules,
    settings: { ownDid: 'did:none:none', publicUrl: '', challengeKeys: [challengeKey] },
  }
  const judge = async (one: Case): Promise<string> => {
    if (one.kind === 'signature') {
      const [key, message, signature] = [one.key, one.message, one.signature].map(fromHex)
      const sound = key && publicKey(one.keyKind, key)
      if (!sound) return 'no key'
      return String(await verifySignature(crypto, sound, message!, signature!))
    }
    if (one.kind === 'entries') {
      const bytes = await compression.inflate(fromBase64url(one.lst)!, 12_500_000)
      return JSON.stringify(one.at.map((index) => tokenValue(bytes!, index, one.bits)))
    }
    if (one.kind === 'zone') {
      const hours = time.read({
        type: 'time',
        days: ['mon'],
        from: '08:00',
        to: '18:00',
        tz: one.tz,
      } as never)
      return String(hours !== undefined)
    }
    if (one.kind === 'packed') {
      const bytes = await compression[one.format](fromHex(one.packed)!, 100_000)
      return bytes ? toHex(await crypto.sha256(bytes)) : 'refused'
    }
    if (one.kind === 'jcs') return toHex(utf8(canonicalize(JSON.parse(one.text))))
    if (one.kind === 'batch') return judgeBatch(one.texts)
    const json = parseJson(one.text)
    const needs = { ...unbudgeted, budget: makeBudget() }
    if (one.kind === 'proofs') return judgeProofs(json as JsonObject)
    if (one.kind === 'canonical') return toHex(await crypto.sha256(canonicalize(json)))
    if (one.kind === 'credential') return JSON.stringify(await verifyCredential(needs, json))
    const invocation = { action: 'read', resource: 'db://crm/public/customers', purpose: 'report' }
    const request = { presentation: json, invocation, observed: { risk: 10 } }
    const caller = { actor: 'service', audiences: [one.audience as never] } as const
    return JSON.stringify(decisionOf(await assessRequest(needs, caller, request), invocation, ''))
  }
  const judgeBatch = async (texts: readonly string[]): Promise<string> => {
    const needs = { ...unbudgeted, budget: makeBudget() }
    const verdicts: object[] = []
    for (const text of texts) verdicts.push(await verifyCredential(needs, parseJson(text)))
    return JSON.stringify(verdicts)
  }
  const judgeProofs = async ({ proof, ...document }: JsonObject): Promise<string> => {
    const proofs = parseProofs(proof)
    if (isRefusal(proofs)) return proofs.refused
    const signer = proofs[0]!.verificationMethod.split('#')[0]!
    const needs = { ...unbudgeted, budget: makeBudget() }
    const flaw = await verifyProofs(needs, {
      document,
      proofs,
      relationship: 'assertionMethod',
      controller: signer,
    })
    return flaw?.refused ?? 'authentic'
  }
  return async (one: Case): Promise<string> => {
    try {
      return await judge(one)
    } catch (error) {
      const {
        name,
        code = '',
        detail = '',
      } = error as { name: string; code?: string; detail?: string }
      return `${name} ${code} ${detail}`
    }
  }
}
