import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'
import type { GrantTypeName } from '../permission/grant-type.ts'
import type { Grant } from '../permission/permission.ts'
import { type GrantPattern, matchesAct, touchesAny } from './grant-pattern.ts'

/** One of two duties. Whoever has one of the roles, or holds one of the grants, has it. */
export interface Side {
  readonly name: string
  readonly grants?: readonly GrantPattern[] | undefined
  readonly roles?: readonly string[] | undefined
}

/**
 * Two duties that nobody has both of. Without `transaction` it is enough to hold both; with it,
 * somebody may hold both, and does one of them at most for each value of that argument.
 */
export interface SeparationRule {
  readonly sides: readonly [Side, Side]
  /** Of whom both are kept apart: of each agent, or of the people behind them. */
  readonly party: 'agent' | 'person'
  /** JSON pointer (RFC 6901) into the arguments of an act. */
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

/** Controls, invisible format characters, line breaks, and every space but U+0020. */
const unseen = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u

/**
 * Whether a text names a transaction in its normal form: composed (NFC), no space at its ends, and
 * nothing in it that cannot be seen. Names are compared byte for byte: if `P-2` and `P-2 ` were two,
 * whoever did one side of a transaction could do the other by spelling its name another way.
 *
 * @see permission-model.md, 7.11
 */
export const isTransaction = (text: string): boolean =>
  text !== '' && text === text.trim() && text === text.normalize('NFC') && !unseen.test(text)

/** A side that somebody has, for as long as a credential lives. */
export interface Duty {
  /** As `name@version`: another version has other sides. */
  readonly rule: string
  /** `agent:` and a DID, or `person:` and the id of the first record of that human being. */
  readonly party: string
  readonly side: SideIndex
  /** Id of the credential, as it stands in it. */
  readonly credentialId: string
  readonly validUntil: Milliseconds
}

/** A side that somebody did, of one transaction. */
export interface Act {
  /** Name of the rule: what was done is done under its next version too. */
  readonly rule: string
  readonly transactionKey: Uint8Array
  readonly party: string
  readonly side: SideIndex
  readonly expiresAt: Milliseconds
}

/** How long it is known who did what in a transaction. */
export const actMemory: Milliseconds = 400 * 86_400_000

/** One party that has both sides. */
export interface Violation {
  readonly party: string
  /** Ids of live credentials, for each side. */
  readonly credentials: readonly [readonly string[], readonly string[]]
}

export interface DutyStore {
  /** Whether one of the parties has this side by a credential that is live. */
  isHeld(
    rule: string,
    parties: readonly string[],
    side: SideIndex,
    now: Milliseconds,
  ): Promise<boolean>
  /** Whether one of the parties did this side of this transaction. */
  isDone(
    rule: string,
    parties: readonly string[],
    side: SideIndex,
    transactionKey: Uint8Array,
  ): Promise<boolean>
  /** Fails the whole commit with `duties_separate` if the party has the other side at that moment. */
  take(duty: Duty, now: Milliseconds): readonly Write[]
  /** Takes the side, whether or not the party has the other. */
  note(duty: Duty): readonly Write[]
  /** Fails the whole commit with `acts_side` if the party did the other side. */
  do(act: Act): Write
  /** What one party has and did is another's from now on: two records turned out to be of one human being. */
  merge(from: string, to: string): readonly Write[]
  /** Parties that did both sides of a transaction before `merge` made one of them, in their order. */
  didBoth(rule: string, limit: number): Promise<readonly string[]>
  /** Parties that have both sides by live credentials, in their order. */
  violations(rule: string, now: Milliseconds, limit: number): Promise<readonly Violation[]>
  scan(rule: string): Promise<DutyScan | undefined>
  /** Scans that are not done, in the order of rules. */
  openScans(): Promise<readonly DutyScan[]>
  setScan(scan: DutyScan): Write
  /** What was known of a version that is out of force. */
  forget(rule: string): readonly Write[]
  deleteExpired(mark: Milliseconds): Promise<void>
}

/** How far the permissions that were there before a rule have been looked at. */
export interface DutyScan {
  /** As `name@version`. */
  readonly rule: string
  readonly lookedUntil: Id | null
  readonly isDone: boolean
}
