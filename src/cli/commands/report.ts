import { Argument, type Command } from 'commander'
import { toldEvent } from '../../audit/formats/told-event.ts'
import { writeReport } from '../../maintenance/evidence-report.ts'
import { type Client, read } from '../../sdk/index.ts'
import { table } from '../output.ts'
import { sessionOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** Evidence for auditors. */
export function reportCommands(program: Command): void {
  program
    .command('report')
    .description('write the evidence for a framework to a folder, with checksums and proofs')
    .addArgument(new Argument('<framework>').choices(['soc2', 'gdpr', 'hipaa', 'iso27001']))
    .requiredOption('--from <date>', 'for example 2026-07-01')
    .requiredOption('--to <date>', 'exclusive')
    .option('--out <folder>', 'created; default: <framework>-<from>-<to>')
    .action(
      async (
        framework: string,
        { from, to, out }: { from: string; to: string; out?: string },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const report = await writeReport(
          {
            head: await read(client.audit.checkpoint.$get()),
            read: async (from) => {
              const page = await read(client.audit.$get({ query: { from, limit: 1000 } }))
              return { ...page, events: page.events.map(toldEvent) }
            },
            documents: () => documentsOf(client),
            posture: () => read(client.posture.$get()),
          },
          {
            framework,
            from: dateOf(from),
            to: dateOf(to),
            folder: out ?? `${framework}-${from}-${to}`,
            onProgress: (events, size) => {
              if (process.stderr.isTTY) process.stderr.write(`\r${events} of ${size} events`)
            },
          },
        )
        const rows = report.controls.map(({ id, title, events }) => [id, title, String(events)])
        output.show(report, [
          ...table(['control', 'its title', 'events'], rows),
          `${report.files.length} files in ${report.folder}`,
        ])
      },
    )
}

function dateOf(text: string): number {
  const at = Date.parse(text)
  if (!/^\d{4}-\d{2}-\d{2}/.test(text) || Number.isNaN(at))
    throw new UsageError(`${text} is not a date: write it as 2026-07-01`)
  return at
}

const documentsOf = async (client: Client) => {
  const query = { limit: 500 }
  return {
    entitlements: (await read(client.entitlements.$get({ query }))).items,
    approvalRules: (await read(client['approval-rules'].$get({ query }))).items,
    separationRules: (await read(client['separation-rules'].$get({ query }))).items,
    segments: (await read(client.segments.$get({ query }))).items,
    doors: (await read(client.doors.$get({ query }))).items,
    policies: (await read(client.policies.$get({ query }))).items,
  }
}
