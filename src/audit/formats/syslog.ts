import { visible, visibleJson } from '../../foundation/control-characters.ts'
import { severityOf, type ToldEvent } from './told-event.ts'

/** "log audit" of RFC 5424, table 1. */
const facility = 13
/** Severities of RFC 5424, table 2: informational, notice, warning, error, critical. */
const syslogSeverity = [6, 6, 5, 4, 3, 2]

const nothing = '-'
const printable = (text: string, length: number): string =>
  text.replaceAll(/[^\x21-\x7e]/g, '_').slice(0, length) || nothing
const escapeValue = (text: string) => visible(text).replaceAll(/[\\"\]]/g, '\\$&')

/**
 * One event as an RFC 5424 message. The message is JSON; the structured data holds what rules match
 * on.
 *
 * @param host of the log: the origin of its checkpoints.
 */
export function toSyslog(told: ToldEvent, host: string): string {
  const { sequence, event } = told
  const priority = facility * 8 + syslogSeverity[severityOf(told)]!
  const header = [
    `<${priority}>1`,
    event?.at ?? nothing,
    printable(host, 255),
    'procura',
    nothing,
    printable(event?.type ?? 'erased', 32),
  ]
  const data = event
    ? `[audit@32473 sequence="${sequence}" id="${escapeValue(event.id)}" actor="${escapeValue(event.actor)}"]`
    : `[audit@32473 sequence="${sequence}"]`
  return `${header.join(' ')} ${data} ${event ? visibleJson(event) : ''}`.trimEnd()
}

/**
 * A message in a stream, preceded by its length in octets. @see
 * https://www.rfc-editor.org/rfc/rfc5425#section-4.3
 */
export const frame = (message: string): string =>
  `${new TextEncoder().encode(message).length} ${message}`
