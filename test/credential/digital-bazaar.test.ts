import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import type { KeyKind } from '../../src/keys/algorithm.ts'
import { authenticatePresentation } from '../../src/presentation/authenticate-presentation.ts'
import { createPresentation } from '../../src/presentation/create-presentation.ts'
import { parsePresentation } from '../../src/presentation/parse-presentation.ts'
import { documentLoader } from '../digital-bazaar.ts'
import { badge, needs, now, party, verdict } from '../parties.ts'

const suites = {
  'eddsa-rdfc-2022': { cryptosuite: eddsaRdfc, multikey: Ed25519Multikey },
  'ecdsa-rdfc-2019': { cryptosuite: ecdsaRdfc, multikey: EcdsaMultikey },
} as const

test.each([
  ['eddsa-rdfc-2022', 'Ed25519'],
  ['ecdsa-rdfc-2019', 'P-256'],
  ['ecdsa-rdfc-2019', 'P-384'],
] as const)(
  '%s with %s goes both ways between this project and @digitalbazaar/vc',
  async (name, kind: KeyKind) => {
    const { cryptosuite, multikey } = suites[name]
    const issuer = party(kind)
    const date = new Date(now)
    const document = badge(issuer, {
      credentialSubject: { id: issuer.did, name: 'Reader' },
      evidence: [
        { type: 'Evidence', name: 'one' },
        { type: 'Evidence', name: 'two' },
      ],
      '@context': [
        'https://www.w3.org/ns/credentials/v2',
        'https://www.w3.org/ns/credentials/examples/v2',
      ],
    })
    const pair = await multikey.fromJwk({
      jwk: { ...issuer.jwk },
      secretKey: true,
      id: issuer.verificationMethod,
      controller: issuer.did,
    })
    const theirs = await vc.issue({
      credential: structuredClone(document),
      suite: new DataIntegrityProof({ signer: pair.signer(), date, cryptosuite }),
      documentLoader,
    })
    const ours = await secureWithDataIntegrity(
      document,
      {
        verificationMethod: issuer.verificationMethod,
        proofPurpose: 'assertionMethod',
        created: now,
        cryptosuite: name,
      },
      issuer.signer,
      nodeCrypto,
    )
    const result = await vc.verifyCredential({
      credential: structuredClone(ours),
      suite: new DataIntegrityProof({ cryptosuite }),
      documentLoader,
      now: date,
    })

    expect(await verdict(theirs)).toBe('authentic')
    expect(await verdict({ ...theirs, evidence: [{ type: 'Evidence', name: 'one' }] })).toBe(
      'signature_invalid',
    )
    expect(result.error?.errors?.map(String) ?? []).toEqual([])
    expect(result.verified).toBe(true)
  },
)

test('presentations work both ways, with their credentials in graphs of their own', async () => {
  const [issuer, holder] = [party(), party()]
  const [challenge, domain] = ['c-1', 'https://verifier.example']
  const options = { challenge, domain, documentLoader }
  const credential = (await secureWithDataIntegrity(
    badge(issuer, { credentialSubject: { id: holder.did, name: 'Reader' } }),
    {
      verificationMethod: issuer.verificationMethod,
      proofPurpose: 'assertionMethod',
      created: now,
      cryptosuite: 'eddsa-rdfc-2022',
    },
    issuer.signer,
    nodeCrypto,
  )) as JsonObject
  const pair = await Ed25519Multikey.fromJwk({
    jwk: { ...holder.jwk },
    secretKey: true,
    id: holder.verificationMethod,
    controller: holder.did,
  })
  const theirs = await vc.signPresentation({
    presentation: await vc.createPresentation({
      verifiableCredential: [structuredClone(credential)],
      holder: holder.did,
      now: new Date(now),
    }),
    suite: new DataIntegrityProof({
      signer: pair.signer(),
      date: new Date(now),
      cryptosuite: eddsaRdfc,
    }),
    ...options,
  })
  const ours = await createPresentation(
    [credential],
    {
      holder: holder.did,
      verificationMethod: holder.verificationMethod,
      challenge,
      domain,
      created: now,
      form: 'data-integrity',
      cryptosuite: 'eddsa-rdfc-2022',
    },
    holder.signer,
    nodeCrypto,
  )
  const result = await vc.verify({
    presentation: structuredClone(ours),
    suite: new DataIntegrityProof({ cryptosuite: eddsaRdfc }),
    now: new Date(now),
    ...options,
  })
  const judge = async (presentation: JsonObject) => {
    const parsed = parsePresentation(presentation)
    if (isRefusal(parsed)) return parsed.refused
    const authentic = await authenticatePresentation(needs, parsed, { challenge, domain })
    if (isRefusal(authentic)) return authentic.refused
    return verdict(parsed.credentials[0]!.json)
  }
  const { holder: _, ...unnamed } = theirs

  expect(await judge(theirs)).toBe('authentic')
  expect(await judge(ours)).toBe('authentic')
  expect(await judge({ ...theirs, holder: issuer.did })).toBe('signer_mismatch')
  expect(await judge(unnamed)).toBe('signature_invalid')
  expect(result.error?.errors?.map(String) ?? []).toEqual([])
  expect(result.verified).toBe(true)
})
