import { ServiceError } from '../../foundation/errors.ts'
import { isObject, type JsonObject, type JsonValue } from '../../foundation/json.ts'

/** An event of the log, with its sequence number. */
export interface ToldEvent {
  readonly sequence: number
  /** Null if erased. */
  readonly event: {
    readonly id: string
    /** RFC 3339. */
    readonly at: string
    readonly type: string
    readonly actor: string
    readonly facts: JsonObject
    readonly origin?: { readonly address: string | null; readonly request: string }
  } | null
}

/**
 * Reads an event that the service answered with.
 *
 * @throws ServiceError `internal` if a member is missing: the service is of another version.
 */
export function toldEvent<T extends { readonly event: JsonObject | null }>(
  line: T,
): Omit<T, 'event'> & Pick<ToldEvent, 'event'> {
  const { event } = line
  if (event === null) return { ...line, event }
  const { facts, origin } = event
  if (!isObject(facts)) throw unreadable()
  return {
    ...line,
    event: {
      id: textOf(event.id),
      at: textOf(event.at),
      type: textOf(event.type),
      actor: textOf(event.actor),
      facts,
      ...(isObject(origin) ? { origin: originOf(origin) } : {}),
    },
  }
}

const originOf = ({ address = null, request, ...others }: JsonObject) => ({
  ...others,
  address: address === null ? null : textOf(address),
  request: textOf(request),
})

function textOf(value: JsonValue | undefined): string {
  if (typeof value !== 'string') throw unreadable()
  return value
}

const unreadable = () =>
  new ServiceError(
    'internal',
    'the service returned an event that this version cannot read: use a command line of the service’s version',
  )

/** From 1 (informational) to 5 (critical), as OCSF counts. */
export type Severity = 1 | 2 | 3 | 4 | 5

const severities: Readonly<Record<string, Severity>> = {
  'break-glass.used': 5,
  'segment.closed': 4,
  'segment.reopened': 4,
  'service.restored': 4,
  'approval.refused': 3,
  'issuer.rotated': 3,
  'agent.key-rotated': 3,
  'person.left': 2,
  'agent.suspended': 2,
  'credential.revoked': 2,
}

export function severityOf({ event }: ToldEvent): Severity {
  if (event?.type === 'decision.made') return event.facts.decision === 'deny' ? 2 : 1
  return severities[event?.type ?? ''] ?? 1
}
