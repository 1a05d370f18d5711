import type { JsonObject, JsonValue } from '../json.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { type StatusPurpose, statusPurposes } from './status-store.ts'

/** An entry of `credentialStatus`, read. @see https://www.w3.org/TR/vc-bitstring-status-list/#bitstringstatuslistentry */
export interface StatusEntry {
  readonly purpose: StatusPurpose
  readonly index: number
  /** URL of the status list credential. */
  readonly list: string
  /** Where the list lies: scheme, host and port of its URL. */
  readonly origin: string
}

const url = /^https?:\/\/[^\s/]+\/\S*$/
const decimal = /^(?:0|[1-9]\d{0,15})$/

/** A status of a kind that is not understood denies: it may be the one that matters. */
export function parseStatusEntry(json: JsonObject): StatusEntry | Refusal {
  const {
    type,
    statusPurpose,
    statusListIndex: index,
    statusListCredential: list,
    statusSize = 1,
  } = json
  if (type !== 'BitstringStatusListEntry') return refuse('status_unsupported')
  if (typeof index !== 'string' || !decimal.test(index) || !Number.isSafeInteger(Number(index)))
    return refuse('status_malformed', 'statusListIndex must be a decimal number in a string')
  const address = typeof list === 'string' && url.test(list) ? URL.parse(list) : null
  if (!address) return refuse('status_malformed', 'statusListCredential must be a URL')
  if (!isSize(statusSize))
    return refuse('status_malformed', 'statusSize must be a whole number from 1 to 8')
  if (statusSize !== 1 || !isPurpose(statusPurpose)) return refuse('status_unsupported')
  return {
    purpose: statusPurpose,
    index: Number(index),
    list: list as string,
    origin: address.origin,
  }
}

const isSize = (value: JsonValue): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 8

const isPurpose = (value: JsonValue | undefined): value is StatusPurpose =>
  statusPurposes.includes(value as StatusPurpose)

export const makeStatusEntry = ({
  purpose,
  index,
  list,
}: Omit<StatusEntry, 'origin'>): JsonObject => ({
  id: `${list}#${index}`,
  statusListCredential: list,
  statusListIndex: String(index),
  statusPurpose: purpose,
  type: 'BitstringStatusListEntry',
})
