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
      const put = await routes[kind](client).put(name, file)
      output.show(put, fields(put))
    })
  document
    .command('withdraw')
    .argument('<name>')
    .addOption(kind())
    .action(async (name: string, { kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const withdrawn = await routes[kind](client).withdraw(name)
      output.show(withdrawn, fields(withdrawn))
    })
  document
    .command('list')
    .addOption(kind())
    .action(async ({ kind }: { kind: Kind }, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await routes[kind](client).list()
      const rows = page.items.map(({ name, version, body }) => [
        name,
        String(version),
        body === null ? 'withdrawn' : JSON.stringify(body),
      ])
      output.show(page, table(['name', 'version', 'body'], rows))
    })
}

/** What the commands call for each kind. The kinds differ in their bodies, which the service checks. */
const routes = {
  entitlement: ({ entitlements }: Client) => ({
    put: (name: string, file: string) =>
      read(entitlements[':name'].$put({ param: { name }, json: readJsonFile(file) })),
    withdraw: (name: string) => read(entitlements[':name'].$delete({ param: { name } })),
    list: () => read(entitlements.$get({ query: {} })),
  }),
  'approval-rule': ({ 'approval-rules': rules }: Client) => ({
    put: (name: string, file: string) =>
      read(rules[':name'].$put({ param: { name }, json: readJsonFile(file) })),
    withdraw: (name: string) => read(rules[':name'].$delete({ param: { name } })),
    list: () => read(rules.$get({ query: {} })),
  }),
  'separation-rule': ({ 'separation-rules': rules }: Client) => ({
    put: (name: string, file: string) =>
      read(rules[':name'].$put({ param: { name }, json: readJsonFile(file) })),
    withdraw: (name: string) => read(rules[':name'].$delete({ param: { name } })),
    list: () => read(rules.$get({ query: {} })),
  }),
  segment: ({ segments }: Client) => ({
    put: (name: string, file: string) =>
      read(segments[':name'].$put({ param: { name }, json: readJsonFile(file) })),
    withdraw: (name: string) => read(segments[':name'].$delete({ param: { name } })),
    list: () => read(segments.$get({ query: {} })),
  }),
  door: ({ doors }: Client) => ({
    put: (name: string, file: string) =>
      read(doors[':name'].$put({ param: { name }, json: readJsonFile(file) })),
    withdraw: (name: string) => read(doors[':name'].$delete({ param: { name } })),
    list: () => read(doors.$get({ query: {} })),
  }),
} as const satisfies Readonly<Record<Kind, (client: Client) => object>>
