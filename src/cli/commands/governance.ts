import { type Command, Option } from 'commander'
import { type Did, read } from '../../sdk/index.ts'
import { fields, table } from '../output.ts'
import { outputOf, readGrants, sessionOf } from '../session.ts'
import { showRequest } from '../show-request.ts'
import { UsageError } from '../usage-error.ts'

/** Governance: who may have what, and who decided it. */
export function governanceCommands(program: Command): void {
  requests(program)
  reviews(program)
  segments(program)
}

function requests(program: Command): void {
  const request = program.command('request').description('access requests and their approvals')
  request
    .command('make')
    .description('request a permission; terms left out come from the entitlement')
    .requiredOption('--agent <id>')
    .requiredOption('--task <id>')
    .requiredOption('--reason <text>')
    .addOption(
      new Option('--kind <kind>', 'elevation: beyond what roles give; break-glass: an emergency')
        .choices(['permission', 'elevation', 'break-glass'])
        .default('permission'),
    )
    .option('--entitlement <name>', 'if several cover such a task')
    .option('--audience <did...>')
    .option('--grants <json|@file>')
    .option('--lifetime <seconds>', 'how long', Number)
    .action(async (options: RequestOptions, command: Command) => {
      const { client, output } = sessionOf(command)
      const { grants, lifetime, ...rest } = options
      const json = {
        ...rest,
        grants: grants === undefined ? undefined : readGrants(grants),
        lifetimeSeconds: lifetime,
      }
      const made = await read(client.requests.$post({ json }))
      output.show(made, fields(made))
      if (made.state === 'refused') process.exitCode = 1
    })
  request
    .command('list')
    .option('--state <state>')
    .option('--agent <id>')
    .option('--unreviewed', 'elevations and emergencies that have not been reviewed')
    .action(
      async (
        { unreviewed, ...query }: { state?: 'open'; agent?: never; unreviewed?: true },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const given = { ...query, ...(unreviewed ? { unreviewed: 'true' as const } : {}) }
        const page = await read(client.requests.$get({ query: given }))
        const rows = page.items.map(({ id, kind, state, agentId, reason }) => [
          id,
          kind,
          state,
          agentId,
          reason,
        ])
        output.show(page, table(['id', 'kind', 'state', 'agent', 'reason'], rows))
      },
    )
  request
    .command('show')
    .description('show a request with what an approver needs to know')
    .argument('<id>')
    .action(async (id: string, _: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const shown = await read(client.requests[':id'].$get({ param: { id } }))
      output.show(shown, showRequest(shown))
    })
  const vote = (name: 'approve' | 'refuse', description: string) =>
    request
      .command(name)
      .description(description)
      .argument('<id>')
      .requiredOption('--digest <digest>', 'of what you saw, from `procura request show`')
      .option('--edits <n>', 'number of edits that you saw, if any', Number, 0)
      .option('--comment <text>', name === 'refuse' ? 'why' : 'for the log')
      .action(
        async (
          id: string,
          { digest, edits, comment }: { digest: string; edits: number; comment?: string },
          command: Command,
        ) => {
          const { client, output } = sessionOf(command)
          if (name === 'refuse' && comment === undefined)
            throw new UsageError('give a reason with --comment')
          const answer =
            name === 'approve'
              ? await read(
                  client.requests[':id'].approve.$post({
                    param: { id },
                    json: { digest, edits, comment },
                  }),
                )
              : await read(
                  client.requests[':id'].refuse.$post({
                    param: { id },
                    json: { digest, edits, comment: comment! },
                  }),
                )
          output.show(answer, fields(answer))
        },
      )
  vote('approve', 'approve exactly what was requested')
  vote('refuse', 'refuse what was requested')
}

interface RequestOptions {
  readonly agent: string
  readonly task: string
  readonly reason: string
  readonly kind: 'permission' | 'elevation' | 'break-glass'
  readonly entitlement?: string
  readonly audience?: readonly Did[]
  readonly grants?: string
  readonly lifetime?: number
}

function reviews(program: Command): void {
  const review = program.command('review').description('reviews of what agents may have')
  review
    .command('start')
    .description('start a campaign with one item for each entitlement of each agent')
    .requiredOption('--name <name>')
    .requiredOption('--reviewers <role...>', 'roles in the organization')
    .addOption(
      new Option('--on-deadline <policy>', 'what happens to items that nobody decides in time')
        .choices(['narrow', 'suspend'])
        .default('narrow'),
    )
    .option('--days <n>', 'how long', Number, 30)
    .action(
      async (
        {
          name,
          reviewers,
          onDeadline,
          days,
        }: {
          name: string
          reviewers: string[]
          onDeadline: 'narrow'
          days: number
        },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const json = {
          name,
          reviewers: { roles: reviewers },
          onDeadline,
          dueSeconds: days * 86_400,
        }
        const started = await read(client.reviews.$post({ json }))
        output.show(started, fields(started))
      },
    )
  review
    .command('items')
    .argument('<review>')
    .option('--open', 'only items without a decision')
    .action(async (id: string, { open }: { open?: true }, command: Command) => {
      const { client, output } = sessionOf(command)
      const query = { limit: 500, ...(open ? { open: 'true' as const } : {}) }
      const page = await read(client.reviews[':id'].items.$get({ param: { id }, query: query }))
      const rows = page.items.map(({ id, agentId, entitlement, outcome }) => [
        id,
        agentId,
        entitlement,
        outcome ?? 'open',
      ])
      output.show(page, table(['id', 'agent', 'entitlement', 'outcome'], rows))
    })
  review
    .command('decide')
    .argument('<review>')
    .argument('<item>')
    .addOption(
      new Option('--outcome <outcome>')
        .choices(['certify', 'narrow', 'revoke'])
        .makeOptionMandatory(),
    )
    .option(
      '--grants <json|@file>',
      'for narrow; default: the least that would have covered its use',
    )
    .option('--comment <text>')
    .action(
      async (
        id: string,
        item: string,
        { grants, ...verdict }: { outcome: 'certify'; grants?: string; comment?: string },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const json = {
          ...verdict,
          ...(grants === undefined ? {} : { grants: readGrants(grants) }),
        }
        const decided = await read(
          client.reviews[':id'].items[':item'].$post({ param: { id, item }, json }),
        )
        output.show(decided, fields(decided))
      },
    )
  program
    .command('posture')
    .description(
      'report which agents lack an owner and which permissions nobody uses; exits with 1 if it finds any',
    )
    .action(async (_: object, command: Command) => {
      const { client } = sessionOf(command)
      const posture = await read(client.posture.$get())
      const rows = Object.entries(posture).flatMap(([name, finding]) =>
        typeof finding === 'object' && 'count' in finding
          ? [
              [
                name,
                String(finding.count),
                (finding.first as readonly string[]).slice(0, 3).join(' '),
              ],
            ]
          : [],
      )
      outputOf(command).show(posture, [
        ...table(['finding', 'count', 'for example'], rows),
        posture.isClean ? 'clean' : 'NOT CLEAN',
      ])
      if (!posture.isClean) process.exitCode = 1
    })
}

function segments(program: Command): void {
  const segment = program.command('segment').description('separated parts of the organization')
  segment
    .command('close')
    .description('allow nothing within it, into it or out of it any more, at once')
    .argument('<name>')
    .requiredOption('--reason <text>')
    .action(async (name: string, { reason }: { reason: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const closed = await read(
        client.segments[':name'].close.$post({ param: { name }, json: { reason } }),
      )
      output.show(closed, fields(closed))
    })
  segment
    .command('reopen')
    .description('this takes two people')
    .argument('<name>')
    .action(async (name: string, _: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const answer = await read(
        client.segments[':name'].reopen.$post({ param: { name }, json: {} }),
      )
      output.show(answer, fields(answer))
    })
}
