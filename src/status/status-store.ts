import type { Write } from '../foundation/database.ts'
import type { Id } from '../foundation/id.ts'
import type { Milliseconds } from '../foundation/time.ts'

export const statusPurposes = ['revocation', 'suspension'] as const
export type StatusPurpose = (typeof statusPurposes)[number]
/** Of our own lists: an issuer with messages has a third, which tells and denies nothing. */
export type ListPurpose = StatusPurpose | 'message'

/** Entries of one list: the standard's minimum. An issuer grows by opening new lists. */
export const listBits = 17
export const listLength = 2 ** listBits

/** One of our own lists. It covers the slots `volume × 131,072` … of its issuer. */
export interface OwnList {
  readonly id: Id
  readonly issuerId: Id
  readonly purpose: ListPurpose
  /** Of a list of messages: what each value means, as many as its bits can say. */
  readonly messages: readonly string[]
  readonly volume: number
  readonly seed: Uint8Array
  /** Grows with every change of an entry. */
  readonly version: number
}

/** Why a bit is set. It stays set while any cause stands. */
export interface StatusCause {
  readonly cause: string
  readonly since: Milliseconds
}

/** What is known of one slot. */
export interface SlotStatus {
  readonly set: readonly StatusPurpose[]
  /** 0 unless another was set. */
  readonly message: number
}

/** Bits of an entry that has so many values. */
export const bitsFor = (values: number): number => Math.log2(values)

export interface StatusStore {
  /**
   * Takes `count` slots of an issuer that nobody ever had, durably, and opens the lists that they
   * fall into. A slot taken and not used is lost: it is never given again.
   */
  reserve(issuerId: Id, count: number): Promise<number>
  list(id: Id): Promise<OwnList | undefined>
  /** The lists of the volume a slot falls into, one a purpose. */
  listsOf(issuerId: Id, slot: number): Promise<readonly OwnList[]>
  /** Slots within the list, counted from its first, that have a cause. */
  setSlots(list: OwnList): Promise<readonly number[]>
  causes(issuerId: Id, purpose: StatusPurpose, slot: number): Promise<readonly StatusCause[]>

  /** Of slots of one issuer, in their order. */
  slots(issuerId: Id, slots: readonly number[]): Promise<readonly SlotStatus[]>

  /** Values of a list of messages that are not 0, by slots within the list. */
  messages(list: OwnList): Promise<readonly (readonly [slot: number, value: number])[]>
  setMessage(issuerId: Id, slot: number, value: number, at: Milliseconds): readonly Write[]

  /** Every list there is. */
  all(): Promise<readonly OwnList[]>
  /**
   * Slots within the list, counted from its first, of which nobody can say that they are still good
   * once what happened lately is forgotten: all but those of credentials that are known to have
   * expired. A slot that seems unused may have been used since.
   */
  unknownSlots(list: OwnList, now: Milliseconds): Promise<readonly number[]>
  /** Adds a cause to each of these slots of a list. */
  setAll(list: OwnList, slots: readonly number[], cause: string, at: Milliseconds): readonly Write[]
  /** Lets every issuer go on with a list that nobody has seen, and makes the version of every list a new one. */
  seal(): readonly Write[]

  /** Adds a cause; adding one that stands changes nothing. */
  addCause(
    issuerId: Id,
    purpose: StatusPurpose,
    slot: number,
    cause: string,
    at: Milliseconds,
  ): readonly Write[]
  /** Takes a cause away. There is none such for revocation. */
  removeSuspension(issuerId: Id, slot: number, cause: string): readonly Write[]
  /** The same for all unexpired credentials that an agent holds, or that were issued under a task. */
  addCauseToAll(
    of: CredentialsOf,
    purpose: StatusPurpose,
    cause: string,
    at: Milliseconds,
  ): readonly Write[]
  removeSuspensionOfAll(of: CredentialsOf, cause: string): readonly Write[]
}

export type CredentialsOf =
  | { readonly agentId: Id }
  /** What an agent holds in a form that is bound to its key. */
  | { readonly boundTo: Id }
  | { readonly taskId: Id }
  /** What an agent holds, and what was delegated from that, however far. */
  | { readonly below: Id }
  /** Of the agents that live in it. */
  | { readonly segment: string }
