import type { ParsedCredential } from '../credential/credential.ts'
import { flawOfValidity } from '../credential/validity.ts'
import type { Budget } from '../foundation/budget.ts'
import { fromMultibase64url } from '../foundation/encoding.ts'
import { isArray, isStrings, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import { formatTime, type Milliseconds, type Seconds } from '../foundation/time.ts'
import { credentialsV2 } from '../linked-data/context-urls.ts'
import { bitstringValue, type Compression, tokenValue } from './bit-string.ts'
import { inflateList } from './inflate-list.ts'
import type { StatusEntry } from './status-entry.ts'
import { listLength } from './status-store.ts'

/** How long our own lists may be relied on, and bounds for what foreign lists state. */
export const timeToLiveSeconds = { default: 60, floor: 1, ceiling: 3600 } as const satisfies Record<
  string,
  Seconds
>

/** Our lists expire a day after they are made; newer ones have been published long before. */
const listLifetime: Milliseconds = 86_400_000

export interface ListToPublish {
  readonly url: string
  readonly issuer: string
  readonly purpose: string
  readonly encodedList: string
  readonly madeAt: Milliseconds
}

/** @see https://www.w3.org/TR/vc-bitstring-status-list/#bitstringstatuslistcredential */
export function makeStatusList(list: ListToPublish): JsonObject {
  // In canonical order, which is the fastest to write.
  return {
    '@context': [credentialsV2],
    credentialSubject: {
      encodedList: list.encodedList,
      id: `${list.url}#list`,
      statusPurpose: list.purpose,
      ttl: timeToLiveSeconds.default * 1000,
      type: 'BitstringStatusList',
    },
    id: list.url,
    issuer: list.issuer,
    type: ['VerifiableCredential', 'BitstringStatusListCredential'],
    validFrom: formatTime(list.madeAt),
    validUntil: formatTime(list.madeAt + listLifetime),
  }
}

/** An authenticated status list, fresh until `staleAt`. */
export interface StatusList {
  readonly form: StatusEntry['form']
  readonly url: string
  readonly issuer: string
  readonly purposes: readonly string[]
  /** Bits per entry if the list states it; otherwise the entry does. */
  readonly size: number
  readonly bits: Uint8Array
  readonly madeAt: Milliseconds
  readonly staleAt: Milliseconds
}

/**
 * gzip compresses to a thousandth at best, so a text too long for the largest list is not tried.
 */
const maxEncodedLength = 16_777_216

/** Parses a status list credential fetched from `url`. */
export async function parseStatusList(
  credential: ParsedCredential,
  url: string,
  now: Milliseconds,
  compression: Pick<Compression, 'gunzip'>,
  budget: Budget,
): Promise<StatusList | Refusal> {
  const bad = (detail: string) => refuse('status_malformed', detail)
  const [subject, ...others] = credential.subjects
  if (
    !credential.types.includes('BitstringStatusListCredential') ||
    subject?.type !== 'BitstringStatusList' ||
    others.length > 0
  )
    return bad('it is not a Bitstring Status List credential')
  if (credential.id !== url) return bad('the list is for another URL')
  if (credential.validFrom === undefined)
    return refuse('status_unavailable', 'the list does not state when it was made')
  if (isRefusal(flawOfValidity(credential, now)))
    return refuse('status_unavailable', 'the list is not valid at this time')
  const purposes = isArray(subject.statusPurpose) ? subject.statusPurpose : [subject.statusPurpose]
  const { encodedList } = subject
  if (
    !isStrings(purposes) ||
    typeof encodedList !== 'string' ||
    encodedList.length > maxEncodedLength
  )
    return bad('statusPurpose or encodedList is malformed')
  const packed = fromMultibase64url(encodedList)
  const bits = packed && (await inflateList(packed, compression.gunzip, budget))
  if (isRefusal(bits)) return bits
  if (!bits) return bad('encodedList is not gzip of at most 12.5 MB in base64url')
  if (bits.length * 8 < listLength) return refuse('status_list_length')
  const staleAt = Math.min(
    credential.validFrom + timeToLive(subject.ttl),
    credential.validUntil ?? Number.POSITIVE_INFINITY,
  )
  return {
    form: 'bitstring',
    url,
    issuer: credential.issuer,
    purposes,
    size: 0,
    bits,
    madeAt: credential.validFrom,
    staleAt,
  }
}

/** `ttl` is in milliseconds; it is clamped to our bounds. */
export function timeToLive(ttl: JsonValue | undefined): Milliseconds {
  const given = typeof ttl === 'number' ? ttl : timeToLiveSeconds.default * 1000
  return Math.min(Math.max(given, timeToLiveSeconds.floor * 1000), timeToLiveSeconds.ceiling * 1000)
}

/** The value of an entry in its list; 0 means nothing is set. */
export function readList(list: StatusList, entry: StatusEntry): number | Refusal {
  if (entry.purposes.some((purpose) => !list.purposes.includes(purpose)))
    return refuse('status_malformed', 'the list has another purpose than the entry')
  if (list.form === 'bitstring' && list.bits.length * 8 < listLength * entry.size)
    return refuse('status_list_length')
  const value =
    list.form === 'token'
      ? tokenValue(list.bits, entry.index, list.size)
      : bitstringValue(list.bits, entry.index, entry.size)
  return value ?? refuse('status_index_range')
}
