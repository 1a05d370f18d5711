import type { Authentic, Credential } from '../credential/credential.ts'
import { after, type MaybePromise } from '../maybe-promise.ts'
import { isRefusal, type Refusal, refuse } from '../refusal.ts'
import type { Seconds } from '../time.ts'
import { type ForeignListNeeds, foreignList } from './foreign-list.ts'
import { parseStatusEntry, type StatusEntry } from './status-entry.ts'
import { readList, type StatusList } from './status-list.ts'

export interface OwnEntry {
  readonly issuer: string
  readonly purpose: string
  readonly set: boolean
}

/** What our own storage says of an entry: 'foreign' if the list is not ours, undefined if it is and there is no such list or index. */
export type OwnAnswer = OwnEntry | 'foreign' | undefined

export interface StatusNeeds extends ForeignListNeeds {
  /** Reads all entries of one credential from the primary store, in their order. */
  readonly ownStatus: (entries: readonly StatusEntry[]) => MaybePromise<readonly OwnAnswer[]>
}

/** Neither revoked nor suspended, as of `ageSeconds` ago. */
export interface GoodStatus {
  readonly ageSeconds: Seconds
  readonly purposes: readonly string[]
}

/**
 * Checks every status entry of a credential whose signature was checked: a list is never fetched
 * for a stranger. Any bit that is set denies, and so does any entry that cannot be read.
 *
 * @param root of a delegated credential the first of its chain, whose issuer's lists it must use.
 */
export function judgeStatus(
  credential: Authentic<Credential>,
  needs: StatusNeeds,
  root: Authentic<Credential> = credential,
): MaybePromise<GoodStatus | Refusal> {
  const entries = entriesOf(credential)
  if (isRefusal(entries)) return entries
  if (root !== credential && !areListsOf(root, entries)) return refuse('status_not_of_root')
  return after(needs.ownStatus(entries), (own) =>
    after(judgeEntries(entries, own, root.issuer, needs), (age) =>
      isRefusal(age) ? age : { ageSeconds: age, purposes: entries.map(({ purpose }) => purpose) },
    ),
  )
}

/** The age of the oldest answer, or the first that denies. */
const judgeEntries = (
  entries: readonly StatusEntry[],
  own: readonly OwnAnswer[],
  issuer: string,
  needs: StatusNeeds,
): MaybePromise<Seconds | Refusal> =>
  entries.reduce<MaybePromise<Seconds | Refusal>>(
    (before, entry, i) =>
      after(before, (oldest) =>
        isRefusal(oldest)
          ? oldest
          : after(judgeEntry(entry, own[i], issuer, needs), (age) =>
              isRefusal(age) ? age : Math.max(oldest, age),
            ),
      ),
    0,
  )

/**
 * A delegated credential says itself where its lists lie, and whoever signed it is no issuer that we
 * trust: nothing is fetched from where the root has no list. Whose a list is, the list says.
 */
function areListsOf(root: Credential, entries: readonly StatusEntry[]): boolean {
  const own = entriesOf(root)
  return entries.every(
    ({ origin }) => !isRefusal(own) && own.some((entry) => entry.origin === origin),
  )
}

const readEntries = new WeakMap<Credential, readonly StatusEntry[] | Refusal>()

/** Read once for as long as the credential is remembered. One that cannot be read refuses all. */
function entriesOf(credential: Credential): readonly StatusEntry[] | Refusal {
  const known = readEntries.get(credential)
  if (known) return known
  const parsed = credential.status.map(parseStatusEntry)
  const entries = parsed.find(isRefusal) ?? (parsed as readonly StatusEntry[])
  readEntries.set(credential, entries)
  return entries
}

function judgeEntry(
  entry: StatusEntry,
  own: OwnAnswer,
  issuer: string,
  needs: StatusNeeds,
): MaybePromise<Seconds | Refusal> {
  if (own === 'foreign')
    return after(foreignList(entry.list, needs), (list) => judgeForeign(list, entry, issuer, needs))
  return own
    ? judgeOwn(own, entry, issuer)
    : refuse('status_index_range', 'no such status list, or no such index in it')
}

function judgeOwn(own: OwnEntry, entry: StatusEntry, issuer: string): Seconds | Refusal {
  if (own.issuer !== issuer) return refuse('status_unavailable', 'the list is of another issuer')
  if (own.purpose !== entry.purpose)
    return refuse('status_malformed', 'the list has another purpose than the entry')
  return own.set ? refusalFor(entry) : 0
}

function judgeForeign(
  list: StatusList | Refusal,
  entry: StatusEntry,
  issuer: string,
  { clock }: StatusNeeds,
): Seconds | Refusal {
  if (isRefusal(list)) return list
  if (list.issuer !== issuer) return refuse('status_unavailable', 'the list is of another issuer')
  const set = readList(list, entry.purpose, entry.index)
  if (isRefusal(set)) return set
  return set ? refusalFor(entry) : Math.max(0, Math.round((clock() - list.madeAt) / 1000))
}

const refusalFor = (entry: StatusEntry): Refusal =>
  refuse(entry.purpose === 'revocation' ? 'revoked' : 'suspended')
