import { type Command, Option } from 'commander'
import { read } from '../../sdk/index.ts'
import { fields, table } from '../output.ts'
import { readJsonFile, sessionOf } from '../session.ts'

const kinds = ['entitlement', 'approval-rule', 'separation-rule', 'segment', 'door'] as const
type Kind = (typeof kinds)[number]

/** The same commands for every kind of governance document. */
export function documentCommands(program: Command): void {
  const document = program
    .command('document')
    .description('the organization’s governance documents: see docs/governance.md')
  const kind = () => new Option('--kind <kind>', 'which kind').choices(kinds).makeOptionMandatory()
  document
    .command('put')
    .description('put the next version of a document into force')
    .argument('<name>')
    .argument('<file>', 'JSON; - for standard input')
    .addOption(kind())
    .action(async (name: string, file: string, { kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const given = { param: { name }, json: readJsonFile(file) as never }
      const put = await read(documentRoutes(client)[kind].put(given))
      output.show(put, fields(put as never))
    })
  document
    .command('withdraw')
    .argument('<name>')
    .addOption(kind())
    .action(async (name: string, { kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const withdrawn = await read(documentRoutes(client)[kind].withdraw({ param: { name } }))
      output.show(withdrawn, fields(withdrawn as never))
    })
  document
    .command('list')
    .addOption(kind())
    .action(async ({ kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(documentRoutes(client)[kind].list({ query: {} }))
      const rows = page.items.map(({ name, version, body }) => [
        name,
        String(version),
        body === null ? 'withdrawn' : JSON.stringify(body),
      ])
      output.show(page, table(['name', 'version', 'body'], rows))
    })
}

type Client = ReturnType<typeof sessionOf>['client']
function documentRoutes(client: Client) {
  const of = <P, W, L>(put: P, withdraw: W, list: L) => ({ put, withdraw, list })
  const routes = {
    entitlement: of(
      client.entitlements[':name'].$put,
      client.entitlements[':name'].$delete,
      client.entitlements.$get,
    ),
    'approval-rule': of(
      client['approval-rules'][':name'].$put,
      client['approval-rules'][':name'].$delete,
      client['approval-rules'].$get,
    ),
    'separation-rule': of(
      client['separation-rules'][':name'].$put,
      client['separation-rules'][':name'].$delete,
      client['separation-rules'].$get,
    ),
    segment: of(
      client.segments[':name'].$put,
      client.segments[':name'].$delete,
      client.segments.$get,
    ),
    door: of(client.doors[':name'].$put, client.doors[':name'].$delete, client.doors.$get),
  }
  // Kinds differ only in their bodies, which the service checks.
  return routes as unknown as Readonly<Record<Kind, (typeof routes)['door']>>
}
