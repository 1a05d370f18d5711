import { type Issuer, listMechanism } from '../../credential/issuer.ts'
import { signToken } from '../../credential/jose.ts'
import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import { toBase64url } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import { setBit, setBitstringValue, setTokenValue } from '../../status/bit-string.ts'
import type { PublishedList } from '../../status/capabilities.ts'
import { type EncodedList, encodeList } from '../../status/encoded-list.ts'
import { makePermutation } from '../../status/permutation.ts'
import type { StatusEntry } from '../../status/status-entry.ts'
import { type ListToPublish, makeStatusList, timeToLiveSeconds } from '../../status/status-list.ts'
import { bitsFor, listBits, listLength, type OwnList } from '../../status/status-store.ts'
import { makeTokenStatusList, ownTokenSize, tokenStatus } from '../../status/token-status-list.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'compression'
  | 'status'
  | 'issuers'
  | 'secureCredential'
  | 'identities'
  | 'publishedLists'
  | 'settings'
>

/**
 * Half of the time to live, so that a verifier can rely on a list for at least half of that time
 * after fetching it.
 */
const maxAge = (timeToLiveSeconds.default * 1000) / 2

export const statusListUrl = (publicUrl: string, id: Id): string => `${publicUrl}/status/${id}`

/** A Bitstring Status List credential, or the Token Status List of the same entries. */
export type ListForm = StatusEntry['form']

/**
 * Returns the signed list as of now. It is made again when an entry or the issuer's key has
 * changed, or it has grown old.
 */
export async function publishStatusList(
  needs: Needs,
  id: Id,
  form: ListForm = 'bitstring',
): Promise<PublishedList> {
  const key = form === 'token' ? `token ${id}` : id
  try {
    return await publishNow(needs, id, form, key)
  } catch (error) {
    // The last list is signed and dated, so it still serves while the database is unreachable.
    const last = needs.publishedLists.get(key)
    const isGone = error instanceof ServiceError && error.code === 'storage_unreachable'
    if (isGone && last && needs.clock() - last.madeAt < maxAge) return last
    throw error
  }
}

async function publishNow(
  needs: Needs,
  id: Id,
  form: ListForm,
  key: string,
): Promise<PublishedList> {
  const list = await needs.status.list(id)
  // The token form carries both purposes, under the name of the revocation list.
  if (!list || (form === 'token' && list.purpose !== 'revocation'))
    throw new ServiceError('not_found', 'there is no such status list')
  // The token form changes with either list.
  const suspensions = form === 'token' ? await suspensionsBeside(needs, list) : undefined
  const issuer = await needs.issuers.find(list.issuerId)
  if (!issuer) throw new ServiceError('internal', 'the status list has no issuer')
  // A list that a removed key signed is void, however young it is.
  const { verificationMethod } = await needs.identities.signer(issuer.did)
  const version = `${list.version + (suspensions?.version ?? 0)} ${verificationMethod}`
  const known = needs.publishedLists.get(key)
  if (known && known.version === version && needs.clock() - known.madeAt < maxAge) return known
  const madeAt = needs.clock()
  const about = { url: statusListUrl(needs.settings.publicUrl, id), issuer: issuer.did, madeAt }
  // The version was read before the entries and before signing. If one of them or the key changed
  // in between, the next request makes the list again.
  const made = suspensions
    ? await makeToken(needs, list, suspensions, about)
    : await makeCredential(needs, list, issuer, about, known?.encoded)
  const digest = await needs.crypto.sha256(made.body)
  const published = { version, madeAt, ...made, etag: `"${toBase64url(digest.slice(0, 16))}"` }
  needs.publishedLists.set(key, published)
  return published
}

type About = Pick<ListToPublish, 'url' | 'issuer' | 'madeAt'>

async function makeCredential(
  needs: Needs,
  list: OwnList,
  issuer: Issuer,
  about: About,
  before: EncodedList | undefined,
): Promise<Pick<PublishedList, 'json' | 'body' | 'encoded'>> {
  const encoded = await encodeList(await readBits(needs, list), needs.compression, before)
  const document = makeStatusList({ ...about, purpose: list.purpose, encodedList: encoded.text })
  const json = await needs.secureCredential(issuer, document, listMechanism(issuer))
  return { json, body: JSON.stringify(json), encoded }
}

/** The suspension list of the same slots. */
async function suspensionsBeside({ status }: Needs, list: OwnList): Promise<OwnList> {
  const lists = await status.listsOf(list.issuerId, list.volume * listLength)
  return lists.find(({ purpose }) => purpose === 'suspension')!
}

async function makeToken(
  needs: Needs,
  list: OwnList,
  suspensions: OwnList,
  about: About,
): Promise<Pick<PublishedList, 'json' | 'body' | 'encoded'>> {
  const { status, crypto, compression, identities } = needs
  const { position } = await makePermutation(listBits, list.seed, crypto)
  const bytes = new Uint8Array((listLength * ownTokenSize) / 8)
  const revoked = new Set(await status.setSlots(list))
  for (const slot of revoked)
    setTokenValue(bytes, position(slot), ownTokenSize, tokenStatus.invalid)
  for (const slot of await status.setSlots(suspensions))
    if (!revoked.has(slot))
      setTokenValue(bytes, position(slot), ownTokenSize, tokenStatus.suspended)
  const claims = await makeTokenStatusList({ ...about, bytes }, compression)
  const { signer, verificationMethod } = await identities.signer(about.issuer as Did)
  const body = await signToken(claims, 'statuslist+jwt', verificationMethod, signer)
  return { json: claims, body, encoded: undefined }
}

async function readBits(
  { status, crypto }: Pick<Needs, 'status' | 'crypto'>,
  list: OwnList,
): Promise<Uint8Array> {
  const { position } = await makePermutation(listBits, list.seed, crypto)
  if (list.purpose === 'message') {
    const size = bitsFor(list.messages.length)
    const values = new Uint8Array((listLength * size) / 8)
    for (const [slot, value] of await status.messages(list))
      setBitstringValue(values, position(slot), size, value)
    return values
  }
  const bits = new Uint8Array(listLength / 8)
  for (const slot of await status.setSlots(list)) setBit(bits, position(slot))
  return bits
}
