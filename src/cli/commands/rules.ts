import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Did, read } from '../../sdk/index.ts'
import { fields, table } from '../output.ts'
import { readGrants, sessionOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** Overlays and local policy, which narrow what credentials grant. */
export function ruleCommands(program: Command): void {
  const overlay = program.command('overlay').description('temporary narrowing of permissions')
  overlay
    .command('create')
    .description('narrow at once; without --grants nothing remains')
    .requiredOption('--scope <kind>', 'agent, task, segment or issuer')
    .requiredOption('--value <text>', 'the DID, task id or segment')
    .requiredOption('--reason <text>')
    .option('--audience <did>', 'only for decisions of this audience; for hosts')
    .option('--grants <json|@file>', 'what is left')
    .option('--lifetime <seconds>', 'default: a day; at most 31 days', Number)
    .action(async (options: OverlayOptions, command: Command) => {
      const { client, output } = sessionOf(command)
      const json = {
        scope: { kind: options.scope, value: options.value },
        audience: options.audience,
        grants: options.grants === undefined ? [] : readGrants(options.grants),
        reason: options.reason,
        lifetimeSeconds: options.lifetime,
      }
      const made = await read(client.overlays.$post({ json }))
      output.show(made, fields(made))
    })
  overlay
    .command('end')
    .argument('<id>')
    .action(async (id: string, _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const ended = await read(client.overlays[':id'].end.$post({ param: { id }, json: {} }))
      output.show(ended, fields(ended))
    })
  overlay.command('list').action(async (_options, command: Command) => {
    const { client, output } = sessionOf(command)
    const page = await read(client.overlays.$get({ query: { limit: 500 } }))
    output.show(
      page,
      table(
        ['id', 'scope', 'audience', 'ends at', 'ended at', 'reason'],
        page.items.map(({ id, scope, audience, endsAt, endedAt, reason }) => [
          id,
          `${scope.kind} ${scope.value}`,
          audience,
          endsAt,
          endedAt,
          reason,
        ]),
      ),
    )
  })

  const policy = program.command('policy').description('local policy, in Cedar')
  policy
    .command('put')
    .description('put the next version of a policy into force')
    .argument('<name>')
    .argument('<file>', 'Cedar; "-" for standard input')
    .action(async (name: string, file: string, _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const json = { policy: readText(file) }
      const made = await read(client.policies[':name'].$put({ param: { name }, json }))
      output.show(made, fields(made))
    })
  policy
    .command('withdraw')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const made = await read(client.policies[':name'].$delete({ param: { name } }))
      output.show(made, fields(made))
    })
  policy
    .command('list')
    .description('list every version; the newest version of each name is in force')
    .action(async (_options, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(client.policies.$get({ query: { limit: 500 } }))
      output.show(
        page,
        table(
          ['name', 'version', 'by', 'at', ''],
          page.items.map(({ name, version, createdBy, createdAt, body }) => [
            name,
            version,
            createdBy,
            createdAt,
            body === null ? 'withdrawn' : '',
          ]),
        ),
      )
    })
  policy
    .command('try')
    .description('show which recorded decisions would change, without putting it into force')
    .argument('<name>')
    .argument('[file]', 'Cedar; default: as if the policy were withdrawn')
    .option('--last <events>', 'how many decisions to evaluate', Number)
    .action(
      async (
        name: string,
        file: string | undefined,
        { last }: { last?: number },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const policy = file === undefined ? null : readText(file)
        const trial = await read(client.policies.trial.$post({ json: { name, policy, last } }))
        const rows = trial.flips.map(({ holder, action, resource, before, after }) => [
          holder,
          action,
          resource,
          `${before} → ${after}`,
        ])
        output.show(trial, [
          `${trial.asked} decisions evaluated again, ${trial.flips.length} would change`,
          ...(rows.length > 0 ? table(['holder', 'action', 'resource', 'policy'], rows) : []),
        ])
      },
    )
}

interface OverlayOptions {
  readonly scope: 'agent' | 'task' | 'segment' | 'issuer'
  readonly value: string
  readonly reason: string
  readonly audience?: Did
  readonly grants?: string
  readonly lifetime?: number
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch {
    throw new UsageError(`${file} cannot be read`)
  }
}
