import type { Did } from '../did/syntax.ts'
import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { PageRequest } from '../foundation/page.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { KeyKind } from '../keys/algorithm.ts'
import { type CryptosuiteName, cryptosuiteNames, cryptosuites } from './cryptosuite.ts'

export const securingMechanisms = [...cryptosuiteNames, 'vc+jwt', 'vc+sd-jwt', 'dc+sd-jwt'] as const
export type SecuringMechanism = (typeof securingMechanisms)[number]

/** The kinds of key that a mechanism signs with; the first is the default. */
export const keyKindsOf: Readonly<Record<SecuringMechanism, readonly KeyKind[]>> = {
  ...(Object.fromEntries(
    Object.entries(cryptosuites).map(([name, { keys }]) => [name, keys]),
  ) as unknown as Record<CryptosuiteName, readonly KeyKind[]>),
  'vc+jwt': ['Ed25519', 'P-256', 'P-384'],
  'vc+sd-jwt': ['Ed25519', 'P-256', 'P-384'],
  'dc+sd-jwt': ['Ed25519', 'P-256', 'P-384'],
}

/** Documents that must be complete are not secured in a way that lets a holder omit parts. */
const whole: Partial<Record<SecuringMechanism, SecuringMechanism>> = {
  'ecdsa-sd-2023': 'ecdsa-rdfc-2019',
  'vc+sd-jwt': 'vc+jwt',
  'dc+sd-jwt': 'vc+jwt',
}

/** How an issuer secures its status lists … */
export const listMechanism = ({ mechanism }: Pick<Issuer, 'mechanism'>): SecuringMechanism =>
  whole[mechanism] ?? mechanism

/** … its task permissions, of which only one form allows omissions … */
export const permissionMechanism = (issuer: Pick<Issuer, 'mechanism'>): SecuringMechanism =>
  issuer.mechanism === 'dc+sd-jwt' ? 'dc+sd-jwt' : listMechanism(issuer)

/** … and other credentials, for which the IETF's form lacks the VC Data Model's members. */
export const credentialMechanism = ({ mechanism }: Pick<Issuer, 'mechanism'>): SecuringMechanism =>
  mechanism === 'dc+sd-jwt' ? 'vc+sd-jwt' : mechanism

/** An issuer has one DID, one current key, and one securing mechanism. */
export interface Issuer {
  readonly id: Id
  /** Part of its URL: lower-case letters, digits and hyphens. */
  readonly name: string
  readonly did: Did
  readonly keyKind: KeyKind
  readonly mechanism: SecuringMechanism
  /**
   * Meanings of the values of the status `message`, in order: 2, 4, 8 … of them; null if there are
   * none.
   */
  readonly statusMessages: readonly string[] | null
  readonly state: 'active' | 'retired'
  readonly createdAt: Milliseconds
}

export interface IssuerStore {
  find(id: Id): Promise<Issuer | undefined>
  findByName(name: string): Promise<Issuer | undefined>
  findByDid(did: Did): Promise<Issuer | undefined>
  list(page: PageRequest): Promise<readonly Issuer[]>
  add(issuer: Issuer): Write
  retire(id: Id): readonly Write[]
  /** Fails the whole commit with `issuer_active` unless the issuer is active at that moment. */
  mustBeActive(id: Id): Write
}

/** Issuers whose credentials of certain types are accepted besides our own. */
export interface TrustedIssuer {
  readonly id: Id
  readonly did: Did
  readonly credentialType: string
  readonly createdAt: Milliseconds
}

export interface TrustedIssuerStore {
  list(page: PageRequest): Promise<readonly TrustedIssuer[]>
  find(id: Id): Promise<TrustedIssuer | undefined>
  isTrusted(did: Did, credentialType: string): Promise<boolean>
  add(trusted: TrustedIssuer): Write
  remove(id: Id): Write
}
