import { type Command, Option } from 'commander'
import {
  type Did,
  present,
  read,
  type SecuringMechanism,
  securingMechanisms,
} from '../../sdk/index.ts'
import { holderOf } from '../key-file.ts'
import { fields, table } from '../output.ts'
import { outputOf, readGrants, readJsonFile, saveJson, sessionOf } from '../session.ts'

/** Tasks and credentials: what agents may do. */
export function permissionCommands(program: Command): void {
  const task = program.command('task').description('tasks, under which permissions are issued')
  task
    .command('create')
    .requiredOption('--purpose <name>')
    .option('--host <did>', 'the agent that the task is done for; it may end the task')
    .option('--agents <id...>', 'agents that may request permissions; default: any entitled one')
    .option('--lifetime <seconds>', 'a day at most', Number)
    .action(
      async (
        {
          lifetime,
          ...task
        }: { purpose: string; host?: `did:${string}`; agents?: never; lifetime?: number },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const made = await read(
          client.tasks.$post({ json: { ...task, lifetimeSeconds: lifetime } }),
        )
        output.show(made, fields(made))
      },
    )
  task
    .command('end')
    .description('end a task, and with it every permission issued under it')
    .argument('<id>')
    .option('--outcome <outcome>', 'completed, failed, canceled or rejected', 'completed')
    .action(async (id: string, { outcome }: { outcome: 'completed' }, command: Command) => {
      const { client, output } = sessionOf(command)
      const ended = await read(client.tasks[':id'].end.$post({ param: { id }, json: { outcome } }))
      output.show(ended, fields(ended))
    })

  program
    .command('issuer')
    .description('issuers of the service')
    .command('list')
    .description('list them with the DIDs that a verifier has to trust')
    .action(async (_options, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(client.issuers.$get({ query: { limit: 500 } }))
      const rows = page.items.map(({ name, state, did }) => [name, state, did])
      output.show(page, table(['name', 'state', 'did'], rows))
    })

  const credential = program.command('credential').description('credentials')
  credential
    .command('issue')
    .description('issue a task permission to an agent')
    .requiredOption('--agent <id>')
    .requiredOption('--task <id>')
    .requiredOption('--audience <did...>', 'DIDs that the permission may be presented to')
    .requiredOption('--grants <json|@file>', 'list of grants: see docs/permissions.md')
    .option('--depth <links>', 'how many times it may be delegated; default: not at all', Number)
    .option('--lifetime <seconds>', 'default: an hour; at most a day', Number)
    .addOption(
      new Option(
        '--form <mechanism>',
        'a further form of the credential: see docs/mechanisms.md',
      ).choices(securingMechanisms),
    )
    .option('--out <file>', 'file for the credential')
    .action(async (options: IssueOptions, command: Command) => {
      const { client, output } = sessionOf(command)
      const json = {
        task: options.task,
        audience: options.audience,
        grants: readGrants(options.grants),
        lifetimeSeconds: options.lifetime,
        delegation: options.depth === undefined ? undefined : { remainingDepth: options.depth },
        forms: options.form === undefined ? undefined : [options.form],
      }
      const issued = await read(
        client.agents[':id'].credentials.$post({
          param: { id: options.agent },
          json,
        }),
      )
      const { id, credential, forms } = issued
      // The issuer's own form is not repeated among the others.
      const wanted = (options.form && forms?.[options.form]) ?? credential
      saveJson(options.out, wanted, output, { id })
    })
  credential
    .command('list')
    .option('--agent <id>')
    .option('--task <id>')
    .option('--state <state>', 'active, suspended, revoked or expired')
    .action(async (options: { agent?: never; task?: never; state?: never }, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(client.credentials.$get({ query: { ...options, limit: 500 } }))
      output.show(
        page,
        table(
          ['id', 'state', 'type', 'valid until'],
          page.items.map(({ id, state, type, validUntil }) => [id, state, type, validUntil]),
        ),
      )
    })

  for (const [step, description] of [
    ['revoke', 'revoke a credential permanently'],
    ['suspend', 'suspend a credential'],
    ['resume', 'lift a suspension'],
  ] as const)
    program
      .command(step)
      .description(description)
      .argument('<credential>', 'its id: a UUID, or urn:uuid:…')
      .action(async (credential: string, _options, command: Command) => {
        const { client, output } = sessionOf(command)
        const param = { id: credential.replace(/^urn:uuid:/, '') }
        const status = await read(client.credentials[':id'][step].$post({ param, json: {} }))
        output.show(status, fields(status))
      })

  program
    .command('message')
    .description('set one of the issuer’s status messages for a credential')
    .argument('<credential>', 'its id: a UUID, or urn:uuid:…')
    .argument('<value>', 'index of the message in the issuer’s statusMessages, from 0')
    .action(async (credential: string, value: string, _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const param = { id: credential.replace(/^urn:uuid:/, '') }
      const json = { value: Number(value) }
      const status = await read(client.credentials[':id'].message.$post({ param, json }))
      output.show(status, fields(status))
    })

  program
    .command('present')
    .description('create a presentation: bind credentials to a challenge with the agent’s key')
    .requiredOption('--key <file>', "the holder's key file")
    .requiredOption('--credential <file...>')
    .requiredOption('--challenge <text>')
    .requiredOption('--domain <did>', 'the audience')
    .option('--form <form>', 'data-integrity or vp+jwt', 'data-integrity')
    .option('--grants <id...>', 'for an SD-JWT VC: ids of the grants to disclose; default: all')
    .option('--out <file>')
    .action(async (options: PresentOptions, command: Command) => {
      const presentation = await present(
        holderOf(options.key),
        options.credential.map(readJsonFile),
        options,
        options.form,
      )
      saveJson(options.out, presentation, outputOf(command), { domain: options.domain })
    })
}

interface IssueOptions {
  readonly agent: string
  readonly task: string
  readonly audience: readonly Did[]
  readonly grants: string
  readonly depth?: number
  readonly lifetime?: number
  readonly form?: SecuringMechanism
  readonly out?: string
}

interface PresentOptions {
  readonly key: string
  readonly credential: readonly string[]
  readonly challenge: string
  readonly domain: string
  readonly form: 'data-integrity' | 'vp+jwt'
  readonly grants?: readonly string[]
  readonly out?: string
}
