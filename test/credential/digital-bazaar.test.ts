import { DataIntegrityProof } from '@digitalbazaar/data-integrity'
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey'
import { cryptosuite as ecdsaRdfc } from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey'
import { cryptosuite as eddsaRdfc } from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
import * as vc from '@digitalbazaar/vc'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import type { KeyKind } from '../../src/keys/algorithm.ts'
import { documentLoader } from '../digital-bazaar.ts'
import { badge, now, party, verdict } from '../parties.ts'

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
