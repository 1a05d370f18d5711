import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { parseDidDocument } from '../../src/did/document.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import { isObject, type JsonObject, type JsonValue } from '../../src/foundation/json.ts'
import { makeMemory } from '../../src/foundation/memory.ts'
import { isRefusal, reasons, refuse } from '../../src/foundation/refusal.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { decideStandalone } from '../../src/operations/deciding/decide-standalone.ts'
import { makeStandaloneNeeds } from '../../src/operations/deciding/standalone-needs.ts'
import { verifyCredential } from '../../src/operations/verifying/verify-credential.ts'
import { parsePermission } from '../../src/permission/parse-permission.ts'
import { makeChallenge } from '../../src/presentation/challenge.ts'
import { makeNewestLists } from '../../src/status/newest-lists.ts'
import { parseStatusEntry } from '../../src/status/status-entry.ts'
import { now, party, secure } from '../parties.ts'
import { readCustomers } from '../world.ts'

const [issuer, holder] = [party(), party()]
const audience = 'did:web:ledger.acme.example'
const clock = () => now
const needs = {
  ...makeStandaloneNeeds({
    clock,
    crypto: nodeCrypto,
    compression: nodeCompression,
    fetch: async () => refuse('did_unreachable'),
    allowedOrigins: new Set(),
    trustedIssuers: new Map([[issuer.did, ['TaskPermissionCredential']]]),
    challengeKey: new Uint8Array(32).fill(7),
    memory: makeMemory(monotonicClock(clock), 10_000_000),
    newestLists: makeNewestLists(clock),
  }),
  ownStatus: (entries: readonly { readonly purposes: readonly string[] }[]) =>
    entries.map(({ purposes }) => ({ issuer: issuer.did, purposes, set: [] })),
}

const permission: JsonObject = {
  version: 1,
  principal: { id: issuer.did },
  audience: [audience],
  task: { id: 'urn:t', purpose: 'monthly-report' },
  grants: readCustomers,
}
const statusEntry: JsonObject = {
  type: 'BitstringStatusListEntry',
  statusPurpose: 'revocation',
  statusListIndex: '1',
  statusListCredential: 'https://iam.acme.example/status/1',
}
const credential: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
  id: 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11',
  type: ['VerifiableCredential', 'TaskPermissionCredential'],
  issuer: issuer.did,
  validFrom: '2026-11-22T08:00:00Z',
  validUntil: '2026-11-22T10:00:00Z',
  credentialSubject: { id: holder.did, permission },
  credentialStatus: statusEntry,
}
const presentation: JsonObject = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiablePresentation'],
  holder: holder.did,
}

const foreign = 'FOREIGN'
const member = fc.record({
  place: fc.nat({ max: 40 }),
  name: fc.constantFrom(
    ...['refused', 'ok', 'decision', 'outcome', 'detail', 'reason', 'error', 'then', 'answer'],
    ...['trace', 'accepted', 'constructor', 'toJSON', '__proto__', 'writes', 'verified'],
  ),
  value: fc.constantFrom<JsonValue>(
    foreign,
    true,
    false,
    null,
    0,
    [foreign],
    { refused: foreign, detail: foreign },
    { decision: 'allow', ok: true },
    'revoked',
    'allow',
  ),
})
type Member = Parameters<Parameters<typeof member.map>[0]>[0]

/** A copy that has one member more, in one of its objects. */
function withMember<T extends JsonValue>(document: T, { place, name, value }: Member): T {
  const copy = structuredClone(document)
  const objects: JsonObject[] = []
  const collect = (json: JsonValue): void => {
    if (isObject(json)) objects.push(json)
    if (typeof json === 'object' && json !== null) Object.values(json).forEach(collect)
  }
  collect(copy)
  const object = objects[place % objects.length]!
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true })
  return copy
}

/** A refusal is from the closed list, and says nothing that came from outside. */
function expectOurs(refused: { readonly reason: string; readonly text: unknown }): void {
  expect(Object.keys(reasons)).toContain(refused.reason)
  expect(JSON.stringify(refused.text)).not.toContain(foreign)
}

const decide = async (shown: JsonObject, inPresentation: (json: JsonObject) => JsonObject) => {
  const challenge = await makeChallenge(
    { caller: 'service', audience },
    now + 60_000,
    needs.settings.challengeKeys[0],
    nodeCrypto,
  )
  const signed = await secureWithDataIntegrity(
    inPresentation({ ...presentation, verifiableCredential: [shown] }),
    {
      verificationMethod: holder.verificationMethod,
      proofPurpose: 'authentication',
      created: now,
      challenge,
      domain: audience,
    },
    holder.signer,
    nodeCrypto,
  )
  const { decision } = await decideStandalone(
    { ...needs, budget: makeBudget() },
    () => true,
    { actor: 'service', audiences: [audience] },
    {
      presentation: signed,
      invocation: {
        action: 'read',
        resource: 'db://crm/public/customers',
        purpose: 'monthly-report',
      },
      observed: {},
    },
  )
  return decision
}

test('an object that looks like a refusal is none, unless this software made it', () => {
  const made = refuse('revoked')

  expect([
    isRefusal(made),
    isRefusal({ ...made }),
    isRefusal(structuredClone({ refused: 'revoked', detail: '' })),
    isRefusal(Object.create(made)),
    isRefusal(JSON.parse(JSON.stringify(made))),
  ]).toEqual([true, false, false, false, false])
  expect(JSON.parse(JSON.stringify(made))).toEqual({ refused: 'revoked', detail: made.detail })
})

test('a document without such members is good: the property below is not empty', async () => {
  const signed = await secure(credential, issuer)

  expect(await decide(signed, (json) => json)).toMatchObject({ decision: 'allow' })
})

test('a member named like one of our answers changes no verdict, at any level of what an issuer signed', async () => {
  await fc.assert(
    fc.asyncProperty(member, async (added) => {
      const signed = await secure(withMember(credential, added), issuer)

      const verdict = await verifyCredential({ ...needs, budget: makeBudget() }, signed)
      const decision = await decide(signed, (json) => json)

      for (const refusal of [verdict.refusal, verdict.caution])
        if (refusal) expectOurs({ reason: refusal.refused, text: refusal })
      expect(['allow', 'deny']).toContain(decision.decision)
      if (decision.decision === 'deny') expectOurs({ reason: decision.reason, text: decision })
      else expect(decision.trace.every(({ outcome }) => outcome === 'passed')).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('nor at any level of what a holder signed, or of a proof', async () => {
  const signed = await secure(credential, issuer)
  await fc.assert(
    fc.asyncProperty(member, fc.boolean(), async (added, isInProof) => {
      const decision = isInProof
        ? await decide(withMember(signed, added), (json) => json)
        : await decide(signed, (json) => withMember(json, added))

      expect(['allow', 'deny']).toContain(decision.decision)
      if (decision.decision === 'deny') expectOurs({ reason: decision.reason, text: decision })
    }),
    { numRuns: 300 },
  )
})

test('nor in a permission, a status entry or a DID document that is read', () => {
  const did = 'did:web:acme.example'
  const document: JsonObject = {
    '@context': ['https://www.w3.org/ns/did/v1'],
    id: did,
    verificationMethod: [
      {
        id: `${did}#1`,
        type: 'Multikey',
        controller: did,
        publicKeyMultibase: issuer.did.slice('did:key:'.length),
      },
    ],
    assertionMethod: [`${did}#1`],
  }
  fc.assert(
    fc.property(member, (added) => {
      for (const read of [
        parsePermission(withMember(permission, added)),
        parseStatusEntry(withMember(statusEntry, added)),
        parseDidDocument(withMember(document, added), did),
      ])
        if (isRefusal(read)) expectOurs({ reason: read.refused, text: read })
    }),
    { numRuns: 500 },
  )
})
