import type { Authentic, ParsedCredential } from '../credential/credential.ts'
import { after, type MaybePromise } from '../foundation/maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Seconds } from '../foundation/time.ts'
import { type ForeignListNeeds, foreignList, ofAnotherIssuer } from './foreign-list.ts'
import {
  type EntryPurpose,
  parseStatusEntry,
  parseTokenStatus,
  type StatusEntry,
} from './status-entry.ts'
import { readList, type StatusList } from './status-list.ts'
import { tokenStatus } from './token-status-list.ts'

export interface OwnEntry {
  readonly issuer: string
  /** The purposes of its list. */
  readonly purposes: readonly string[]
  /** The purposes for which the entry is set. */
  readonly set: readonly string[]
  /** Value of its message; 0 by default. */
  readonly message?: number
}

/**
 * The status in our own storage: 'foreign' if the list is not ours; undefined if it is ours and has
 * no such list or index.
 */
export type OwnAnswer = OwnEntry | 'foreign' | undefined

export interface StatusNeeds extends ForeignListNeeds {
  /** Reads all entries of one credential from the primary store, in their order. */
  readonly ownStatus: (entries: readonly StatusEntry[]) => MaybePromise<readonly OwnAnswer[]>
}

/** Neither revoked nor suspended, as of `ageSeconds` ago. */
export interface GoodStatus {
  readonly ageSeconds: Seconds
  readonly purposes: readonly string[]
  /** Entries that deny nothing: a message, or that a newer credential exists. */
  readonly told: readonly ToldStatus[]
}

export interface ToldStatus {
  readonly purpose: EntryPurpose
  readonly value: number
  readonly message: string | undefined
}

/** Result of one entry. */
interface JudgedEntry {
  readonly age: Seconds
  readonly told?: ToldStatus
}

/**
 * Checks every status entry of a credential with a valid signature; no list is fetched for a
 * stranger. Any set bit denies, as does any entry that cannot be read.
 *
 * @param root of a delegated credential the first of its chain, whose issuer's lists it must use.
 */
export function judgeStatus(
  needs: StatusNeeds,
  credential: Authentic<ParsedCredential>,
  root: Authentic<ParsedCredential> = credential,
): MaybePromise<GoodStatus | Refusal> {
  const entries = entriesOf(credential)
  if (isRefusal(entries)) return entries
  if (root !== credential && !areListsOf(root, entries)) return refuse('status_not_of_root')
  return after(needs.ownStatus(entries), (own) =>
    after(judgeEntries(needs, entries, own, root.issuer), (judged) =>
      isRefusal(judged)
        ? judged
        : {
            ageSeconds: judged.reduce((oldest, { age }) => Math.max(oldest, age), 0),
            purposes: entries.flatMap(({ purposes }) => purposes),
            told: judged.flatMap(({ told }) => told ?? []),
          },
    ),
  )
}

/** The result of each entry, or the first that denies. */
const judgeEntries = (
  needs: StatusNeeds,
  entries: readonly StatusEntry[],
  own: readonly OwnAnswer[],
  issuer: string,
): MaybePromise<readonly JudgedEntry[] | Refusal> =>
  entries.reduce<MaybePromise<readonly JudgedEntry[] | Refusal>>(
    (before, entry, i) =>
      after(before, (judged) =>
        isRefusal(judged)
          ? judged
          : after(judgeEntry(needs, entry, own[i], issuer), (one) =>
              isRefusal(one) ? one : [...judged, one],
            ),
      ),
    [],
  )

/**
 * A delegated credential names its lists itself, and nobody trusts its signer as an issuer: nothing
 * is fetched from a place where the root has no list. The list's own signature shows whose it is.
 */
function areListsOf(root: ParsedCredential, entries: readonly StatusEntry[]): boolean {
  const own = entriesOf(root)
  return entries.every(
    ({ origin }) => !isRefusal(own) && own.some((entry) => entry.origin === origin),
  )
}

const readEntries = new WeakMap<ParsedCredential, readonly StatusEntry[] | Refusal>()

/** Parsed once for as long as the credential is remembered. One that cannot be read denies. */
function entriesOf(credential: ParsedCredential): readonly StatusEntry[] | Refusal {
  const known = readEntries.get(credential)
  if (known) return known
  const parsed = [
    ...credential.status.map(parseStatusEntry),
    ...(credential.tokenStatus === undefined ? [] : [parseTokenStatus(credential.tokenStatus)]),
  ]
  const entries = parsed.find(isRefusal) ?? (parsed as readonly StatusEntry[])
  readEntries.set(credential, entries)
  return entries
}

function judgeEntry(
  needs: StatusNeeds,
  entry: StatusEntry,
  own: OwnAnswer,
  issuer: string,
): MaybePromise<JudgedEntry | Refusal> {
  if (own === 'foreign')
    return after(foreignList(needs, entry, issuer), (list) =>
      judgeForeign(needs, list, entry, issuer),
    )
  return own
    ? judgeOwn(own, entry, issuer)
    : refuse('status_index_range', 'there is no such status list or index')
}

function judgeOwn(own: OwnEntry, entry: StatusEntry, issuer: string): JudgedEntry | Refusal {
  if (own.issuer !== issuer) return ofAnotherIssuer()
  if (entry.purposes.some((purpose) => !own.purposes.includes(purpose)))
    return refuse('status_malformed', 'the list has another purpose than the entry')
  const set = entry.purposes.find((purpose) => own.set.includes(purpose))
  if (set) return refusalFor(set)
  return entry.purposes[0] === 'message'
    ? { age: 0, told: tellOf(entry, own.message ?? 0) }
    : { age: 0 }
}

function judgeForeign(
  { clock }: StatusNeeds,
  list: StatusList | Refusal,
  entry: StatusEntry,
  issuer: string,
): JudgedEntry | Refusal {
  if (isRefusal(list)) return list
  if (list.issuer !== issuer) return ofAnotherIssuer()
  const value = readList(list, entry)
  if (isRefusal(value)) return value
  const age = Math.max(0, Math.round((clock() - list.madeAt) / 1000))
  if (list.form === 'token') return value === 0 ? { age } : refusalForToken(value)
  const purpose = entry.purposes[0]!
  if (purpose === 'revocation' || purpose === 'suspension')
    return value === 0 ? { age } : refusalFor(purpose)
  return value === 0 && purpose === 'refresh' ? { age } : { age, told: tellOf(entry, value) }
}

const tellOf = ({ purposes, messages }: StatusEntry, value: number): ToldStatus => ({
  purpose: purposes[0]!,
  value,
  message: messages.get(value),
})

const refusalFor = (purpose: EntryPurpose): Refusal =>
  refuse(purpose === 'revocation' ? 'revoked' : 'suspended')

function refusalForToken(value: number): Refusal {
  if (value === tokenStatus.invalid) return refuse('revoked')
  return refuse(value === tokenStatus.suspended ? 'suspended' : 'status_unsupported')
}
