import { type Command, Option } from 'commander'
import { type Client, read } from '../../sdk/index.ts'
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
      const { ':name': routes } = routesOf(client)[kind]
      const put = await read(routes.$put({ param: { name }, json: readJsonFile(file) }))
      output.show(put, fields(put))
    })
  document
    .command('withdraw')
    .argument('<name>')
    .addOption(kind())
    .action(async (name: string, { kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const { ':name': routes } = routesOf(client)[kind]
      const withdrawn = await read(routes.$delete({ param: { name } }))
      output.show(withdrawn, fields(withdrawn))
    })
  document
    .command('list')
    .addOption(kind())
    .action(async ({ kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(routesOf(client)[kind].$get({ query: {} }))
      const rows = page.items.map(({ name, version, body }) => [
        name,
        String(version),
        body === null ? 'withdrawn' : JSON.stringify(body),
      ])
      output.show(page, table(['name', 'version', 'body'], rows))
    })
}

type Document = Readonly<Record<string, unknown>>
interface Answer<T> {
  readonly ok: boolean
  readonly status: number
  json(): Promise<T>
}

/** The routes of one kind. The kinds differ in their bodies, which the service checks. */
interface Routes {
  readonly ':name': {
    $put(given: { param: { name: string }; json: object }): Promise<Answer<Document>>
    $delete(given: { param: { name: string } }): Promise<Answer<Document>>
  }
  $get(given: { query: object }): Promise<Answer<{ readonly items: readonly Document[] }>>
}

const routesOf = (client: Client): Readonly<Record<Kind, Routes>> => ({
  entitlement: client.entitlements,
  'approval-rule': client['approval-rules'],
  'separation-rule': client['separation-rules'],
  segment: client.segments,
  door: client.doors,
})
