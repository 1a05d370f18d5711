import { isArray, isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import { bitsFor, statusPurposes } from './status-store.ts'

/** `revocation` and `suspension` deny; the others inform. */
export const entryPurposes = [...statusPurposes, 'refresh', 'message'] as const
export type EntryPurpose = (typeof entryPurposes)[number]

/** The status entry of a credential, in a Bitstring or Token Status List. */
export interface StatusEntry {
  readonly form: 'bitstring' | 'token'
  /** The purposes of the list. A token list covers revocation and suspension. */
  readonly purposes: readonly EntryPurpose[]
  readonly index: number
  /** Bits per entry: 1 to 8. A token list states it itself. */
  readonly size: number
  /** The meaning of each value of a `message`. */
  readonly messages: ReadonlyMap<number, string>
  /** URL of the status list. */
  readonly list: string
  /** Origin of the list's URL: scheme, host and port. */
  readonly origin: string
}

const url = /^https?:\/\/[^\s/]+\/\S*$/
const decimal = /^(?:0|[1-9]\d{0,15})$/
const hexadecimal = /^0x[0-9a-fA-F]{1,2}$/

/**
 * Parses an entry of `credentialStatus`. A status of an unsupported type denies: it may be the one
 * that matters.
 *
 * @see https://www.w3.org/TR/vc-bitstring-status-list/#bitstringstatuslistentry
 */
export function parseStatusEntry(json: JsonObject): StatusEntry | Refusal {
  const { type, statusPurpose, statusListIndex: index, statusSize = 1 } = json
  if (type !== 'BitstringStatusListEntry') return refuse('status_unsupported')
  if (typeof index !== 'string' || !decimal.test(index) || !Number.isSafeInteger(Number(index)))
    return refuse('status_malformed', 'statusListIndex must be a string with a decimal number')
  const address = parseAddress(json.statusListCredential)
  if (!address) return refuse('status_malformed', 'statusListCredential must be a URL')
  if (!isSize(statusSize))
    return refuse('status_malformed', 'statusSize must be an integer from 1 to 8')
  const messages = parseMessages(json.statusMessage)
  if (!messages) return refuse('status_malformed', 'statusMessage is malformed')
  if (!isPurpose(statusPurpose)) return refuse('status_unsupported')
  // A list that denies has two values: a third could mean anything.
  if (statusSize > 1 && statusPurpose !== 'message') return refuse('status_unsupported')
  if (statusPurpose === 'message' && !tellsOfAll(messages, 2 ** statusSize))
    return refuse('status_malformed', 'statusMessage must describe every value')
  return {
    form: 'bitstring',
    purposes: [statusPurpose],
    index: Number(index),
    size: statusSize,
    messages,
    ...address,
  }
}

/**
 * Parses the `status` claim of a token.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-oauth-status-list/
 */
export function parseTokenStatus(status: JsonValue): StatusEntry | Refusal {
  const reference = isObject(status) ? status.status_list : undefined
  if (!isObject(status) || !isObject(reference) || Object.keys(status).length > 1)
    return refuse('status_unsupported')
  const { idx, uri } = reference
  const address = parseAddress(uri)
  if (typeof idx !== 'number' || !Number.isSafeInteger(idx) || idx < 0 || !address)
    return refuse('status_malformed', 'status_list must have idx and uri')
  return {
    form: 'token',
    purposes: statusPurposes,
    index: idx,
    size: 0,
    messages: new Map(),
    ...address,
  }
}

/** An issuer's credentials refer to the same lists, so each URL is parsed once. */
const knownOrigins = new Map<string, string>()
const maxOrigins = 4096

function parseAddress(
  list: JsonValue | undefined,
): Pick<StatusEntry, 'list' | 'origin'> | undefined {
  if (typeof list !== 'string') return undefined
  const known = knownOrigins.get(list)
  if (known !== undefined) return { list, origin: known }
  const address = list.length <= maxLength && url.test(list) ? URL.parse(list) : null
  if (!address) return undefined
  if (knownOrigins.size >= maxOrigins) knownOrigins.clear()
  if (list.length <= maxKnownLength) knownOrigins.set(list, address.origin)
  return { list, origin: address.origin }
}

const maxKnownLength = 512
/** The key of everything remembered about a list. */
const maxLength = 2_048

function parseMessages(value: JsonValue | undefined): ReadonlyMap<number, string> | undefined {
  if (value === undefined) return new Map()
  if (!isArray(value) || value.length > 256) return undefined
  const messages = new Map<number, string>()
  for (const item of value) {
    if (!isObject(item) || typeof item.message !== 'string') return undefined
    if (typeof item.status !== 'string' || !hexadecimal.test(item.status)) return undefined
    messages.set(Number(item.status), item.message)
  }
  return messages.size === value.length ? messages : undefined
}

/** Whether there is exactly one message for every value. */
const tellsOfAll = (messages: ReadonlyMap<number, string>, values: number): boolean =>
  messages.size === values && [...messages.keys()].every((value) => value < values)

const isSize = (value: JsonValue): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 8

const isPurpose = (value: JsonValue | undefined): value is EntryPurpose =>
  entryPurposes.includes(value as EntryPurpose)

/** Writes an entry of one of our own lists. */
export const makeStatusEntry = ({
  purpose,
  index,
  list,
  messages,
}: {
  readonly purpose: EntryPurpose
  readonly index: number
  readonly list: string
  /** For a message list: the meaning of each value. */
  readonly messages: readonly string[]
}): JsonObject => ({
  id: `${list}#${index}`,
  statusListCredential: list,
  statusListIndex: String(index),
  ...(messages.length === 0
    ? {}
    : {
        statusMessage: messages.map((message, value) => ({
          message,
          status: `0x${value.toString(16)}`,
        })),
      }),
  statusPurpose: purpose,
  ...(messages.length === 0 ? {} : { statusSize: bitsFor(messages.length) }),
  type: 'BitstringStatusListEntry',
})
