import type { KeyKind } from '../keys/algorithm.ts'

/**
 * Data Integrity cryptosuites by name: the kinds of key, and the signed form. `sd` is RDF signed
 * statement by statement, so that a holder can omit some.
 */
export interface Cryptosuite {
  readonly keys: readonly KeyKind[]
  readonly form: 'jcs' | 'rdfc' | 'sd'
}

export const cryptosuites = {
  'eddsa-jcs-2022': { keys: ['Ed25519'], form: 'jcs' },
  'eddsa-rdfc-2022': { keys: ['Ed25519'], form: 'rdfc' },
  'ecdsa-jcs-2019': { keys: ['P-256', 'P-384'], form: 'jcs' },
  'ecdsa-rdfc-2019': { keys: ['P-256', 'P-384'], form: 'rdfc' },
  'ecdsa-sd-2023': { keys: ['P-256'], form: 'sd' },
} as const satisfies Record<string, Cryptosuite>

export type CryptosuiteName = keyof typeof cryptosuites

/** Proof types from before cryptosuites. They are verified, but not created. */
export const oldProofTypes = {
  Ed25519Signature2020: { keys: ['Ed25519'], form: 'rdfc' },
} as const satisfies Record<string, Cryptosuite>

/** How a proof was made, according to its own members. */
export function suiteOf(type: string, cryptosuite: unknown): Cryptosuite | undefined {
  if (type !== 'DataIntegrityProof')
    return cryptosuite === undefined && Object.hasOwn(oldProofTypes, type)
      ? oldProofTypes[type as keyof typeof oldProofTypes]
      : undefined
  return typeof cryptosuite === 'string' && Object.hasOwn(cryptosuites, cryptosuite)
    ? cryptosuites[cryptosuite as CryptosuiteName]
    : undefined
}

export const cryptosuiteNames = Object.keys(cryptosuites) as readonly CryptosuiteName[]

/** Default for presentations: canonical JSON is the fastest. */
export const defaultCryptosuite: Readonly<Record<KeyKind, CryptosuiteName>> = {
  Ed25519: 'eddsa-jcs-2022',
  'P-256': 'ecdsa-jcs-2019',
  'P-384': 'ecdsa-jcs-2019',
}

/** The hash follows from the size of the curve (vc-di-ecdsa, 3.1). */
export const digestFor = (kind: KeyKind): 'sha256' | 'sha384' =>
  kind === 'P-384' ? 'sha384' : 'sha256'
