import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'

export const statusPurposes = ['revocation', 'suspension'] as const
export type StatusPurpose = (typeof statusPurposes)[number]
/**
 * Purposes of our own lists. An issuer with messages has a third list, which informs and denies
 * nothing.
 */
export type ListPurpose = StatusPurpose | 'message'

/** Entries per list: the standard's minimum. An issuer grows by opening new lists. */
export const listBits = 17
export const listLength = 2 ** listBits

/** One of our own lists. It covers the slots from `volume × 131,072` on of its issuer. */
export interface OwnList {
  readonly id: Id
  readonly issuerId: Id
  readonly purpose: ListPurpose
  /** For a message list: the meaning of each value, one for every value of its bits. */
  readonly messages: readonly string[]
  readonly volume: number
  readonly seed: Uint8Array
  /** Rises with every change of an entry. */
  readonly version: number
}

/** Every cause for which a bit is set. */
export const statusCauses = [
  'order',
  'agent',
  'task',
  'segment',
  'hand-over',
  'role',
  'review',
  'key-compromised',
  'restored',
] as const
export type StatusCauseName = (typeof statusCauses)[number]

/** Why a bit is set. It stays set while any cause remains. */
export interface StatusCause {
  readonly cause: StatusCauseName
  readonly since: Milliseconds
}

/** The status of one slot. */
export interface SlotStatus {
  readonly set: readonly StatusPurpose[]
  /** 0 unless another was set. */
  readonly message: number
}

/** Bits per entry for this many values. */
export const bitsFor = (values: number): number => Math.log2(values)

export interface StatusStore {
  /**
   * Durably takes `count` unused slots of an issuer, and opens their lists. A slot taken and not
   * used is lost: no slot is assigned twice.
   */
  reserve(issuerId: Id, count: number): Promise<number>
  list(id: Id): Promise<OwnList | undefined>
  /** The lists that a slot falls into, one per purpose. */
  listsOf(issuerId: Id, slot: number): Promise<readonly OwnList[]>
  /** Slots with a cause, counted from the list's first slot. */
  setSlots(list: OwnList): Promise<readonly number[]>
  causes(issuerId: Id, purpose: StatusPurpose, slot: number): Promise<readonly StatusCause[]>

  /** For slots of one issuer, in the given order. */
  slots(issuerId: Id, slots: readonly number[]): Promise<readonly SlotStatus[]>

  /** Values of a message list that are not 0, by slot within the list. */
  messages(list: OwnList): Promise<readonly (readonly [slot: number, value: number])[]>
  setMessage(issuerId: Id, slot: number, value: number, at: Milliseconds): readonly Write[]

  /** All lists. */
  all(): Promise<readonly OwnList[]>
  /**
   * Slots, counted from the list's first, whose state is unknown once recent events are lost: all
   * except those of credentials known to have expired. A slot that seems unused may have been used
   * since.
   */
  unknownSlots(list: OwnList, now: Milliseconds): Promise<readonly number[]>
  /** Adds a cause to each of these slots of a list. */
  setAll(
    list: OwnList,
    slots: readonly number[],
    cause: StatusCauseName,
    at: Milliseconds,
  ): readonly Write[]
  /** Makes every issuer continue with a new list, and raises the version of every list. */
  seal(): readonly Write[]

  /** Adds a cause. Adding it again changes nothing. */
  addCause(
    issuerId: Id,
    purpose: StatusPurpose,
    slot: number,
    cause: StatusCauseName,
    at: Milliseconds,
  ): readonly Write[]
  /** Removes a cause of suspension. Revocation cannot be removed. */
  removeSuspension(issuerId: Id, slot: number, cause: StatusCauseName): readonly Write[]
  /**
   * The same for all unexpired credentials that an agent holds, or that were issued under a task.
   * However many they are, they count from this commit on: `sweepOrders` adds the entries later.
   */
  addCauseToAll(
    of: CredentialsOf,
    purpose: StatusPurpose,
    cause: StatusCauseName,
    at: Milliseconds,
  ): readonly Write[]
  /** Many are lifted in parts, by `sweepOrders`. */
  removeSuspensionOfAll(
    of: CredentialsOf,
    cause: StatusCauseName,
    at: Milliseconds,
  ): readonly Write[]
  /**
   * Carries out the next part of what concerns many credentials.
   *
   * @returns 0 once nothing is left to do.
   */
  sweepOrders(): Promise<number>
}

export type CredentialsOf =
  | { readonly agentId: Id }
  /** What an agent holds in a form bound to its key. */
  | { readonly boundTo: Id }
  | { readonly taskId: Id }
  /** What an agent holds, and everything delegated from that. */
  | { readonly below: Id }
  /** What the agents of a segment hold. */
  | { readonly segment: string }
