import { visible } from '../../foundation/control-characters.ts'
import { severityOf, type ToldEvent } from './told-event.ts'

const escapeHeader = (text: string) => visible(text).replaceAll(/[\\|]/g, '\\$&')
/**
 * The format has escapes for line ends only. Other control characters are written as in JSON, so
 * that undoing CEF's escapes yields `\u001b` as text.
 */
const escapeValue = (text: string) =>
  text
    .split(/([\r\n])/)
    .map((part) =>
      part === '\r' ? '\\r' : part === '\n' ? '\\n' : visible(part).replaceAll(/[\\=]/g, '\\$&'),
    )
    .join('')

/** CEF severity ranges from 0 to 10. */
const cefSeverity = [0, 1, 3, 5, 8, 10]

/**
 * One event in the Common Event Format, version 0.
 *
 * @see https://www.microfocus.com/documentation/arcsight/arcsight-smartconnectors/pdfdoc/common-event-format-v25/common-event-format-v25.pdf
 */
export function toCef(told: ToldEvent, version: string): string {
  const { sequence, event } = told
  const type = event?.type ?? 'erased'
  const header = ['CEF:0', 'Procura', 'Procura', version, type, type.replaceAll(/[.-]/g, ' ')]
  const extension: Readonly<Record<string, string | undefined>> = {
    rt: event ? String(Date.parse(event.at)) : undefined,
    externalId: event?.id,
    cn1: String(sequence),
    cn1Label: 'sequence',
    suser: event?.actor,
    src: event?.origin?.address ?? undefined,
    act: event?.facts.decision === undefined ? undefined : String(event.facts.decision),
    reason: typeof event?.facts.reason === 'string' ? event.facts.reason : undefined,
    cs1: event ? JSON.stringify(event.facts) : undefined,
    cs1Label: event ? 'facts' : undefined,
  }
  const pairs = Object.entries(extension).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${escapeValue(value)}`],
  )
  return `${header.map(escapeHeader).join('|')}|${cefSeverity[severityOf(told)]}|${pairs.join(' ')}`
}
