import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { toldEvent } from '../../audit/formats/told-event.ts'
import {
  checkProofFile,
  exportedLog,
  logInFolder,
  witness,
  witnessRequest,
} from '../../maintenance/audit-log.ts'
import {
  fileSink,
  type StreamFormat,
  streamAudit,
  streamFormats,
  tlsSink,
} from '../../runtimes/node/audit-stream.ts'
import { writePrivateFile } from '../../runtimes/node/private-file.ts'
import { read } from '../../sdk/index.ts'
import { exportLog } from '../export-log.ts'
import { table } from '../output.ts'
import { outputOf, sessionOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** The audit log: read it, keep its checkpoints, and verify it offline. */
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
        ...(event
          ? [event.at, event.type, event.actor, JSON.stringify(event.facts)]
          : ['', 'erased', '', '']),
      ])
      output.show(page, table(['#', 'at', 'type', 'actor', 'facts'], rows))
    })
  audit
    .command('checkpoint')
    .description(
      'fetch the newest signed checkpoint; keep it, and nobody can rewrite what it covers',
    )
    .option('--out <file>')
    .action(async ({ out }: { out?: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const latest = await read(client.audit.checkpoint.$get())
      if (out) writeFileSync(out, latest.checkpoint)
      output.show(latest, [...latest.checkpoint.split('\n'), `verifier key: ${latest.verifierKey}`])
    })
  audit
    .command('export')
    .description(
      'write the whole log to a file, one event per line, with its checkpoint and key first; continues an interrupted export',
    )
    .requiredOption('--out <file>')
    .action(async ({ out }: { out: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const size = await exportLog(
        {
          checkpoint: () => read(client.audit.checkpoint.$get()),
          page: (from) => read(client.audit.$get({ query: { from, limit: 1000 } })),
        },
        out,
        (written, all) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${written} of ${all} events`)
        },
      )
      output.show({ file: out, events: size }, [`${size} events in ${out}`])
    })
  audit
    .command('stream')
    .description(
      'send the log to a SIEM, each event at least once; continues where the stream of this name stopped',
    )
    .requiredOption('--to <target>', 'a file, or tls://host:port for syslog over TLS')
    .addOption(
      new Option('--format <format>', 'format of the events')
        .choices(streamFormats)
        .default('ocsf'),
    )
    .option(
      '--name <stream>',
      'name of the stream, among those of the key’s holder: one for each collector',
      'siem',
    )
    .option(
      '--from <sequence>',
      'where a stream begins that has not been used yet; default: the first event',
      Number,
    )
    .option('--follow', 'keep sending as events arrive')
    .option('--ca <file>', 'certificate authorities of the target, PEM')
    .action(
      async (
        {
          to,
          format,
          name,
          from,
          follow = false,
          ca,
        }: {
          to: string
          format: StreamFormat
          name: string
          from?: number
          follow?: boolean
          ca?: string
        },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const target = /^tls:\/\/([^:/]+):(\d{1,5})$/.exec(to)
        if (!target && to.includes('://')) throw new UsageError('--to is a file or tls://host:port')
        const authorities = ca === undefined ? undefined : readFileSync(ca, 'utf8')
        const sink = target ? tlsSink(target[1]!, Number(target[2]), authorities) : fileSink(to)
        const stream = client.audit.streams[':name']
        const head = await read(client.audit.checkpoint.$get())
        const sent = await streamAudit({
          format,
          sink,
          position: {
            async read() {
              const { next } = await read(stream.$get({ param: { name } }))
              if (next > 0 || from === undefined) return next
              await this.move(0, from)
              return from
            },
            move: (from, next) => read(stream.$post({ param: { name }, json: { from, next } })),
          },
          follow,
          origin: head.checkpoint.split('/', 1)[0]!,
          read: async (from) => {
            const page = await read(client.audit.$get({ query: { from, limit: 1000 } }))
            return { ...page, events: page.events.map(toldEvent) }
          },
          onProgress: (sent) => {
            if (process.stderr.isTTY) process.stderr.write(`\r${sent} events sent`)
          },
        })
        await sink.close()
        output.show({ sent }, [`${sent} events sent to ${to}`])
      },
    )
  audit
    .command('witness')
    .description(
      'verify that the log only grew since the checkpoint in a file, and store the newest one there; exits with 1 if it did not',
    )
    .requiredOption('--checkpoint <file>', 'created if missing')
    .option(
      '--export <file>',
      'a file for the request to a C2SP witness: old size, proof and checkpoint',
    )
    .requiredOption('--key <verifier key>', 'a trusted key; procura audit checkpoint shows it')
    .action(
      async (
        {
          checkpoint: file,
          key,
          export: out,
        }: { checkpoint: string; key: string; export?: string },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const kept = existsSync(file) ? readFileSync(file, 'utf8') : undefined
        const from = kept === undefined ? 0 : Number(kept.split('\n')[1])
        const answer = await read(
          client.audit['consistency-proof'].$get({ query: { from: String(from) } }),
        )
        const verdict = await witness(kept, answer, key)
        if (verdict.sound) {
          if (out) writeFileSync(out, witnessRequest(from, answer))
          writeFileSync(file, answer.checkpoint)
        } else process.exitCode = 1
        output.show(verdict, [
          verdict.sound
            ? `sound: the log grew from ${from} to ${verdict.size} events; ${file} has the newest checkpoint`
            : `NOT SOUND: ${verdict.because}; ${file} is unchanged`,
        ])
      },
    )
  audit
    .command('prove')
    .description('fetch the proof of a decision, by the id in the decision')
    .argument('<decision>')
    .requiredOption('--out <file>')
    .action(async (id: string, { out }: { out: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const proof = await read(client.decisions[':id'].proof.$get({ param: { id } }))
      writePrivateFile(out, `${JSON.stringify(proof, null, 2)}\n`)
      output.show({ file: out }, [`proof of ${id} in ${out}`])
    })
  audit
    .command('check-proof')
    .description('verify the proof of a decision offline; exits with 1 if it is not sound')
    .argument('<file>')
    .requiredOption('--key <verifier key>', 'a trusted key, not the one in the file')
    .action(async (file: string, { key }: { key: string }, command: Command) => {
      const verdict = await checkProofFile(file, key)
      if (!verdict.sound) process.exitCode = 1
      outputOf(command).show(verdict, [
        verdict.sound
          ? `sound: ${verdict.origin} logged ${JSON.stringify(verdict.event)}`
          : `NOT SOUND: ${verdict.because}`,
      ])
    })
  audit
    .command('verify')
    .description(
      'verify the log offline, against its own and any older checkpoints; exits with 1 if it is not sound',
    )
    .option('--log <file>', 'an exported log')
    .option('--data <folder>', 'or the data folder of a service')
    .option('--checkpoint <file...>', 'older checkpoints that you have kept', [])
    .option('--key <verifier key>', 'a trusted key; default: the one that comes with the log')
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
          throw new UsageError('give either --log or --data')
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
