import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { read } from '../../client/index.ts'
import type { JsonObject } from '../../json.ts'
import { exportedLog, logInFolder } from '../../runtimes/node/audit-log.ts'
import { table } from '../output.ts'
import { outputOf, sessionOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** The audit log: read it, keep its checkpoints, and check it offline. */
export function auditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit log')
  audit
    .command('list')
    .option('--from <sequence>', 'where to begin', Number, 0)
    .option('--limit <n>', 'how many', Number, 50)
    .option('--type <type>', 'for example credential.issued')
    .option('--agent <id>')
    .option('--credential <id>')
    .option('--task <id>')
    .action(async (options: Record<string, never>, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(client.audit.$get({ query: options }))
      const rows = page.events.map(({ sequence, event }) => [
        sequence,
        event.at,
        event.type,
        event.actor,
        JSON.stringify(event.facts),
      ])
      output.show(page, table(['#', 'at', 'type', 'actor', 'facts'], rows))
    })
  audit
    .command('checkpoint')
    .description(
      'fetch the newest signed checkpoint: keep it, and nobody can rewrite what it covers',
    )
    .option('--out <file>')
    .action(async ({ out }: { out?: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const latest = await read(client.audit.checkpoint.$get())
      if (out) writeFileSync(out, latest.checkpoint)
      output.show(latest, [latest.checkpoint, `verifier key: ${latest.verifierKey}`])
    })
  audit
    .command('export')
    .description(
      'write the whole log to a file, one event a line, with its checkpoint and key first',
    )
    .requiredOption('--out <file>')
    .action(async ({ out }: { out: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const head = await read(client.audit.checkpoint.$get())
      const size = Number(head.checkpoint.split('\n')[1])
      const lines: (typeof head | JsonObject)[] = [head]
      for (let from = 0; from < size; ) {
        const page = await read(client.audit.$get({ query: { from, limit: 1000 } }))
        lines.push(
          ...(page.events as unknown as JsonObject[]).filter(
            ({ sequence }) => (sequence as number) < size,
          ),
        )
        if (page.next === null) break
        from = page.next
        if (process.stderr.isTTY)
          process.stderr.write(`\r${Math.min(from, size)} of ${size} events`)
      }
      writeFileSync(out, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`, {
        mode: 0o600,
      })
      output.show({ file: out, events: size }, [`${size} events in ${out}`])
    })
  audit
    .command('verify')
    .description(
      'check the log offline, against its own and any older checkpoints; ends with 1 if it is not sound',
    )
    .option('--log <file>', 'a log that was exported')
    .option('--data <folder>', 'or the data folder of a service')
    .option('--checkpoint <file...>', 'older checkpoints that you kept', [])
    .option('--key <verifier key>', 'the key that you trust; else the one that comes with the log')
    .action(
      async (
        {
          log,
          data,
          checkpoint,
          key,
        }: { log?: string; data?: string; checkpoint: string[]; key?: string },
        command: Command,
      ) => {
        if ((log === undefined) === (data === undefined))
          throw new UsageError('name either --log or --data')
        const source = log === undefined ? logInFolder(data!) : exportedLog(log)
        const verdict = await source.verify(
          checkpoint.map((file) => readFileSync(file, 'utf8')),
          key,
        )
        const what = verdict.sound
          ? `sound: ${verdict.size} events of ${verdict.origin}`
          : `NOT SOUND: ${verdict.because}`
        outputOf(command).show(verdict, [
          checkpoint.length > 0 && verdict.sound
            ? `${what}, and it only grew since ${checkpoint.length} older checkpoint(s)`
            : what,
        ])
        if (!verdict.sound) process.exitCode = 1
      },
    )
}
