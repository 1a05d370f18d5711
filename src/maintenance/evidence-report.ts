import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Control,
  type EvidenceSection,
  evidenceSections,
  frameworks,
} from '../audit/controls.ts'
import type { ToldEvent } from '../audit/formats/told-event.ts'
import { visibleJson } from '../foundation/control-characters.ts'
import { ServiceError } from '../foundation/errors.ts'
import type { Milliseconds } from '../foundation/time.ts'

/** An event of the log in the service's form. */
export interface LoggedLine {
  readonly sequence: number
  readonly commitment: string
  readonly salt: string | null
  readonly event: ToldEvent['event']
}

/** Where a report gets its contents. */
export interface ReportSource {
  /** Checkpoint and verifier key of the log. */
  readonly head: { readonly checkpoint: string; readonly verifierKey: string }
  /** A page of the log from a position on. */
  readonly read: (
    from: number,
  ) => Promise<{ readonly events: readonly LoggedLine[]; readonly next: number | null }>
  readonly documents: () => Promise<object>
  readonly posture: () => Promise<object>
}

export interface ReportRequest {
  readonly framework: string
  readonly from: Milliseconds
  /** Exclusive. */
  readonly to: Milliseconds
  /** Created; must not exist. */
  readonly folder: string
  readonly onProgress?: ((events: number, of: number) => void) | undefined
}

export interface WrittenReport {
  readonly folder: string
  readonly files: readonly string[]
  readonly events: number
  readonly controls: readonly (Control & { readonly events: number })[]
}

/**
 * Writes the evidence for a framework: for each control its events, with the documents in force and
 * the posture now; the log with the content of those events, which `procura audit verify` verifies;
 * and the checksums of all files.
 *
 * @throws ServiceError `configuration_invalid`.
 */
export async function writeReport(
  source: ReportSource,
  { framework, from, to, folder, onProgress }: ReportRequest,
): Promise<WrittenReport> {
  const known = frameworks[framework]
  if (!known)
    throw new ServiceError(
      'configuration_invalid',
      `a report is for one of ${Object.keys(frameworks).join(', ')}`,
    )
  if (existsSync(folder))
    throw new ServiceError('configuration_invalid', `${folder} already exists`)
  mkdirSync(join(folder, 'evidence'), { recursive: true, mode: 0o700 })
  const sections = [...new Set(known.controls.flatMap(({ evidence }) => evidence))]
  const lines = await gather(source, { from, to, sections, onProgress })
  const files: string[] = []
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 })
    files.push(name)
  }
  const counts = new Map<EvidenceSection, number>()
  for (const section of sections) {
    const types: readonly string[] = evidenceSections[section]
    const own = lines.filter(({ event }) => event && types.includes(event.type))
    counts.set(section, own.length)
    write(`evidence/${section}.jsonl`, jsonLines(own))
  }
  write('log.jsonl', jsonLines([source.head, ...lines]))
  write('documents.json', `${JSON.stringify(await source.documents(), null, 2)}\n`)
  write('posture.json', `${JSON.stringify(await source.posture(), null, 2)}\n`)
  const controls = known.controls.map((control) => ({
    ...control,
    events: control.evidence.reduce((sum, section) => sum + (counts.get(section) ?? 0), 0),
  }))
  const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  write(
    'controls.json',
    `${JSON.stringify({ framework: known.name, ...period, controls }, null, 2)}\n`,
  )
  write('README.md', describe(known.name, period, controls, counts))
  writeFileSync(join(folder, 'SHA256SUMS'), checksums(folder, files), { mode: 0o600 })
  return { folder, files: [...files, 'SHA256SUMS'], events: lines.length, controls }
}

/** The whole log, but only with the content of events that are evidence in the period. */
async function gather(
  { head, read }: ReportSource,
  wanted: Pick<ReportRequest, 'from' | 'to' | 'onProgress'> & {
    readonly sections: readonly EvidenceSection[]
  },
): Promise<readonly LoggedLine[]> {
  const types = new Set<string>(wanted.sections.flatMap((section) => evidenceSections[section]))
  const size = Number(head.checkpoint.split('\n')[1])
  const lines: LoggedLine[] = []
  for (let from: number | null = 0; from !== null && from < size; ) {
    const { events, next } = await read(from)
    for (const line of events) {
      if (line.sequence >= size) break
      const at = line.event ? Date.parse(line.event.at) : 0
      const isWanted =
        line.event && at >= wanted.from && at < wanted.to && types.has(line.event.type)
      lines.push(isWanted ? line : { ...line, salt: null, event: null })
    }
    wanted.onProgress?.(lines.length, size)
    from = next
  }
  return lines
}

const jsonLines = (values: readonly unknown[]): string =>
  values.map((value) => `${visibleJson(value)}\n`).join('')

/** In the format of `sha256sum -c`. */
const checksums = (folder: string, files: readonly string[]): string =>
  files
    .map((name) => {
      const digest = createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')
      return `${digest}  ${name}\n`
    })
    .join('')

const describe = (
  name: string,
  { from, to }: { readonly from: string; readonly to: string },
  controls: WrittenReport['controls'],
  counts: ReadonlyMap<EvidenceSection, number>,
): string => `# Evidence for ${name}

From ${from} up to, and not with, ${to}. This folder tells what the service recorded; whether that
meets a control is for an auditor to judge.

| Control | What it asks for, in our words | Evidence | Events |
|---|---|---|---|
${controls
  .map(({ id, title, evidence, also = [], events }) => {
    const links = [
      ...evidence.map(
        (section) => `[${section}](evidence/${section}.jsonl) (${counts.get(section)})`,
      ),
      ...also.map((document) => `[${document}](${document}.json)`),
    ]
    return `| ${id} | ${title} | ${links.join(', ')} | ${events} |`
  })
  .join('\n')}

Check it without the service:

\`\`\`sh
sha256sum -c SHA256SUMS
procura audit verify --log log.jsonl --key '<the verifier key that you trust>'
\`\`\`

\`log.jsonl\` is the whole log with the content of this evidence alone: each event is what the signed
checkpoint in its first line committed to, and none is left out between.
`
