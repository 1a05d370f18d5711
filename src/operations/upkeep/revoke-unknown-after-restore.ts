import {
  authenticateCredential,
  parseSecuredCredential,
} from '../../credential/authenticate-credential.ts'
import type { Deps } from '../../deps.ts'
import { makeBudget } from '../../foundation/budget.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { newId } from '../../foundation/id.ts'
import type { JsonValue } from '../../foundation/json.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { bitAt } from '../../status/bit-string.ts'
import { makePermutation } from '../../status/permutation.ts'
import { parseStatusList } from '../../status/status-list.ts'
import { listBits, listLength, type OwnList } from '../../status/status-store.ts'
import type { Change } from '../common/change.ts'
import { statusListUrl } from '../issuing/publish-status-list.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'compression'
  | 'resolveDid'
  | 'audit'
  | 'issuers'
  | 'status'
  | 'requests'
  | 'sessions'
  | 'settings'
>

export interface SealReport {
  readonly sealedLists: number
  /** Lists whose entries are known from a newer signed list. */
  readonly renewedLists: number
  /** Entries revoked because nothing proves them good. */
  readonly revoked: number
  /** Entries that a newer signed list shows as set. */
  readonly learned: number
}

/** The restored database does not know what was revoked after the backup. */
const cause = 'restored'

/**
 * Makes a database restored from a backup safe to serve. Its status lists take no new entries, so
 * that none is assigned twice. Entries not known to be good are revoked, unless a list signed after
 * the backup shows them. Challenges and sessions from before are void, and grants with limits
 * counted before are denied.
 *
 * @param newer signed status lists of this service, as fetched by anyone.
 * @throws ServiceError `request_unprocessable` for a list that is not ours, not signed, or older
 *   than the database.
 */
export async function revokeUnknownAfterRestore(
  needs: Needs,
  newer: readonly JsonValue[],
): Promise<Change<SealReport>> {
  const now = needs.clock()
  const known = new Map<string, { readonly madeAt: number; readonly slots: readonly number[] }>()
  for (const json of newer) {
    const { list, madeAt, slots } = await readNewer(needs, json)
    const older = known.get(list.id)
    if (!older || older.madeAt < madeAt) known.set(list.id, { madeAt, slots })
  }
  const lists = (await needs.status.all()).filter(({ purpose }) => purpose !== 'message')
  const counts = { sealedLists: lists.length, renewedLists: known.size, revoked: 0, learned: 0 }
  const writes = []
  for (const list of lists) {
    const told = known.get(list.id)
    // A revocation list alone does not show suspensions: an entry counts as known only if all its
    // lists are given.
    const isKnown = lists
      .filter(({ issuerId, volume }) => issuerId === list.issuerId && volume === list.volume)
      .every(({ id }) => known.has(id))
    if (told) {
      const already = new Set(await needs.status.setSlots(list))
      const fresh = told.slots.filter((slot) => !already.has(slot))
      counts.learned += fresh.length
      writes.push(...needs.status.setAll(list, fresh, cause, now))
    }
    if (!isKnown && list.purpose === 'revocation') {
      const unknown = await needs.status.unknownSlots(list, now)
      counts.revoked += unknown.length
      writes.push(...needs.status.setAll(list, unknown, cause, now))
    }
  }
  const id = newId(now, needs.crypto.randomBytes)
  return {
    writes: [
      ...writes,
      ...needs.status.seal(),
      needs.sessions.endAll(now),
      needs.requests.restored(id, now),
    ],
    events: [{ type: 'service.restored', actor: 'service', facts: { restoration: id, ...counts } }],
    answer: counts,
  }
}

/** Reads the slots that are set in a list that this service signed. */
async function readNewer(
  needs: Needs,
  json: JsonValue,
): Promise<{ readonly list: OwnList; readonly madeAt: number; readonly slots: readonly number[] }> {
  const budget = makeBudget()
  const parsed = parseSecuredCredential(json)
  if (isRefusal(parsed)) throw wrong(parsed.detail)
  const list = (await needs.status.all()).find(
    ({ id }) => statusListUrl(needs.settings.publicUrl, id) === parsed.id,
  )
  const issuer = list && (await needs.issuers.find(list.issuerId))
  if (!list || issuer?.did !== parsed.issuer) throw wrong('it is not a list of this service')
  if (list.purpose === 'message') throw wrong('messages deny nothing: leave this list out')
  const authentic = await authenticateCredential({ ...needs, budget }, parsed)
  if (isRefusal(authentic)) throw wrong(`its signature is not accepted: ${authentic.detail}`)
  // Read as of the time it was made; its expiry makes it no less true.
  const madeAt = authentic.validFrom ?? 0
  const read = await parseStatusList(authentic, parsed.id!, madeAt, needs.compression, budget)
  if (isRefusal(read)) throw wrong(read.detail)
  const lastWritten = (await needs.audit.latest())?.at ?? 0
  // Lists are dated in whole seconds.
  if (madeAt + 1000 <= lastWritten) throw wrong('it is older than the backup')
  const { position } = await makePermutation(listBits, list.seed, needs.crypto)
  const slots = Array.from({ length: listLength }, (_, slot) => slot).filter((slot) =>
    bitAt(read.bits, position(slot)),
  )
  const set = new Set(slots)
  const lost = (await needs.status.setSlots(list)).find((slot) => !set.has(slot))
  if (lost !== undefined && list.purpose === 'revocation')
    throw wrong('it is older than the backup: it lacks an entry that the database has set')
  return { list, madeAt, slots }
}

const wrong = (detail: string) =>
  new ServiceError('request_unprocessable', `a newer status list cannot be used: ${detail}`)
