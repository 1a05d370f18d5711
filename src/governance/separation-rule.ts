import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { GrantTypeName } from '../permission/grant-type.ts'
import type { Grant } from '../permission/permission.ts'
import { type GrantPattern, matchesAct, touchesAny } from './grant-pattern.ts'

/** One of two duties. A party has it through one of the roles, or by holding one of the grants. */
export interface Side {
  readonly name: string
  readonly grants?: readonly GrantPattern[] | undefined
  readonly roles?: readonly string[] | undefined
}

/**
 * Two duties that no party may have both of. Without `transaction`, a party may not hold both. With
 * it, a party may hold both, but perform only one for each value of that argument.
 */
export interface SeparationRule {
  readonly sides: readonly [Side, Side]
  /** The party: each agent, or the human beings behind the agents. */
  readonly party: 'agent' | 'person'
  /** JSON pointer (RFC 6901) to an argument of the act. */
  readonly transaction?: string | undefined
}

export const sides = [0, 1] as const
export type SideIndex = (typeof sides)[number]
export const otherSide = (side: SideIndex): SideIndex => (side === 0 ? 1 : 0)

export const sidesOfGrants = (
  rule: SeparationRule,
  grants: readonly Grant[],
): readonly SideIndex[] => sides.filter((side) => touchesAny(rule.sides[side].grants ?? [], grants))

export const sidesOfRoles = (
  rule: SeparationRule,
  roles: readonly string[],
): readonly SideIndex[] =>
  sides.filter((side) => rule.sides[side].roles?.some((role) => roles.includes(role)))

export const sidesOfAct = (
  rule: SeparationRule,
  type: GrantTypeName,
  action: string,
  resource: string,
): readonly SideIndex[] =>
  sides.filter((side) =>
    rule.sides[side].grants?.some((pattern) => matchesAct(pattern, type, action, resource)),
  )

/**
 * What leaves no mark: control and format characters, line breaks, every space except U+0020, what
 * Unicode lets a display ignore (fillers, joiners, selectors), and the blank Braille pattern.
 */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/u

/**
 * Whether a text names a transaction in normal form: composed (NFC), no outer spaces, no invisible
 * characters. Names are compared byte for byte: if `P-2` and `P-2 ` were two names, a party could
 * perform both duties of a transaction by spelling it in two ways.
 *
 * @see permission-model.md, 7.11
 */
export const isTransaction = (text: string): boolean =>
  text !== '' && text === text.trim() && text === text.normalize('NFC') && !unseen.test(text)

/** A duty that a party holds while a credential is live. */
export interface Duty {
  /** As `name@version`: another version has other duties. */
  readonly rule: string
  /** `agent:` and a DID, or `person:` and the id of the human being's first record. */
  readonly party: string
  readonly side: SideIndex
  /** DID of the credential's signer, which gave it its id. */
  readonly issuer: string
  /** The credential's own id. */
  readonly credentialId: string
  readonly validUntil: Milliseconds
}

/** A duty that a party performed in one transaction. */
export interface Act {
  /** Name of the rule, without version: an act counts under later versions too. */
  readonly rule: string
  readonly transactionKey: Uint8Array
  readonly party: string
  readonly side: SideIndex
  readonly expiresAt: Milliseconds
}

/** How long acts are remembered per transaction. */
export const actMemory: Milliseconds = 400 * 86_400_000

/** A party that has both duties. */
export interface Violation {
  readonly party: string
  /** Ids of live credentials, for each duty. */
  readonly credentials: readonly [readonly string[], readonly string[]]
}

export interface DutyStore {
  /** Whether one of the parties holds this duty by a live credential. */
  isHeld(
    rule: string,
    parties: readonly string[],
    side: SideIndex,
    now: Milliseconds,
  ): Promise<boolean>
  /** Whether one of the parties performed this duty in this transaction. */
  isDone(
    rule: string,
    parties: readonly string[],
    side: SideIndex,
    transactionKey: Uint8Array,
  ): Promise<boolean>
  /**
   * Fails the whole commit with `duties_separate` if the party has the other duty at that moment.
   */
  take(duty: Duty, now: Milliseconds): readonly Write[]
  /** Records the duty, whether or not the party has the other. */
  note(duty: Duty): readonly Write[]
  /** Fails the whole commit with `acts_side` if the party performed the other duty. */
  do(act: Act): Write
  /**
   * Moves the duties and acts of one party to another, when two records turn out to belong to one
   * human being.
   */
  merge(from: string, to: string): readonly Write[]
  /** Parties that performed both duties of a transaction before `merge` joined them, in order. */
  didBoth(rule: string, limit: number): Promise<readonly string[]>
  /** Parties that hold both duties by live credentials, in order. */
  violations(rule: string, now: Milliseconds, limit: number): Promise<readonly Violation[]>
  scan(rule: string): Promise<DutyScan | undefined>
  /** Unfinished scans, in the order of rules. */
  openScans(): Promise<readonly DutyScan[]>
  setScan(scan: DutyScan): Write
  /** Forgets the records of a version that is no longer in force. */
  forget(rule: string): readonly Write[]
  deleteExpired(mark: Milliseconds): Promise<void>
}

/** How far the permissions issued before a rule have been scanned. */
export interface DutyScan {
  /** As `name@version`. */
  readonly rule: string
  readonly lookedUntil: Id | null
  readonly isDone: boolean
}
