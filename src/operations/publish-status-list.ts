import { wholeMechanism } from '../credential/issuer.ts'
import type { Deps, PublishedList } from '../deps.ts'
import { toBase64url, utf8 } from '../encoding.ts'
import { ServiceError } from '../errors.ts'
import type { Id } from '../id.ts'
import { setBit } from '../status/bit-string.ts'
import { makePermutation } from '../status/permutation.ts'
import { makeStatusList, timeToLiveSeconds } from '../status/status-list.ts'
import { listBits, listLength, type OwnList } from '../status/status-store.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'compression'
  | 'status'
  | 'issuers'
  | 'secureCredential'
  | 'publishedLists'
  | 'settings'
>

/** Half the time to live: whoever fetches a list can rely on it for at least as long again. */
const maxAge = (timeToLiveSeconds.default * 1000) / 2

export const statusListUrl = (publicUrl: string, id: Id): string => `${publicUrl}/status/${id}`

/** The signed list as of now: made again when an entry has changed, or when it has grown old. */
export async function publishStatusList(needs: Needs, id: Id): Promise<PublishedList> {
  try {
    return await publishNow(needs, id)
  } catch (error) {
    // Signed and dated, the last one is as good as it says, also while the database is gone.
    const last = needs.publishedLists.get(id)
    const isGone = error instanceof ServiceError && error.code === 'storage_unreachable'
    if (isGone && last && needs.clock() - last.madeAt < maxAge) return last
    throw error
  }
}

async function publishNow(needs: Needs, id: Id): Promise<PublishedList> {
  const list = await needs.status.list(id)
  if (!list) throw new ServiceError('not_found', 'there is no such status list')
  const known = needs.publishedLists.get(id)
  if (known && known.version === list.version && needs.clock() - known.madeAt < maxAge) return known
  const issuer = await needs.issuers.find(list.issuerId)
  if (!issuer) throw new ServiceError('internal', 'the status list has no issuer')
  const madeAt = needs.clock()
  const url = statusListUrl(needs.settings.publicUrl, id)
  // The version was read before the entries: a change between the two makes the list again next time.
  const bits = await readBits(needs, list)
  const document = await makeStatusList(
    { url, issuer: issuer.did, purpose: list.purpose, bits, madeAt },
    needs.compression,
  )
  const json = await needs.secureCredential(issuer, document, wholeMechanism(issuer))
  const digest = await needs.crypto.sha256(utf8(JSON.stringify(json)))
  const published = {
    version: list.version,
    madeAt,
    json,
    etag: `"${toBase64url(digest.slice(0, 16))}"`,
  }
  needs.publishedLists.set(id, published)
  return published
}

async function readBits(
  { status, crypto }: Pick<Needs, 'status' | 'crypto'>,
  list: OwnList,
): Promise<Uint8Array> {
  const bits = new Uint8Array(listLength / 8)
  const { position } = await makePermutation(listBits, list.seed, crypto)
  for (const slot of await status.setSlots(list)) setBit(bits, position(slot))
  return bits
}
