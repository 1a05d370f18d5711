import { type Command, Option } from 'commander'
import { type KeyKind, keyKinds } from '../../keys/algorithm.ts'
import { toMultikey } from '../../keys/public-key.ts'
import {
  type NewAgent,
  proveKey,
  read,
  type Scope,
  scopes,
  signerFromJwk,
} from '../../sdk/index.ts'
import { createKeyFile, readKeyFile, saveKeyFile } from '../key-file.ts'
import { fields, table } from '../output.ts'
import { outputOf, sessionOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'
import { handOverCommands } from './hand-overs.ts'

/** People, systems, keys and agents. */
export function identityCommands(program: Command): void {
  const person = program.command('person').description('people who answer for agents')
  person
    .command('create')
    .requiredOption('--name <name>')
    .option('--email <address>')
    .option('--role <role...>', 'what the person does in the organization', [])
    .action(
      async (
        { name, email, role }: { name: string; email?: string; role: readonly string[] },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const made = await read(client.people.$post({ json: { name, email, roles: role } }))
        output.show(made, fields(made))
      },
    )
  person.command('list').action(async (_options, command: Command) => {
    const { client, output } = sessionOf(command)
    const page = await read(client.people.$get({ query: { limit: 500 } }))
    const rows = page.items.map(({ id, name, state, roles }) => [id, name, state, roles.join(' ')])
    output.show(page, table(['id', 'name', 'state', 'roles'], rows))
  })

  const system = program.command('system').description('software that calls the service')
  system
    .command('create')
    .requiredOption('--name <name>')
    .option(
      '--audience <did...>',
      'DIDs that it represents: it may ask for challenges and decisions for them',
      [],
    )
    .action(
      async (
        { name, audience }: { name: string; audience: `did:${string}`[] },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const made = await read(client.systems.$post({ json: { name, audiences: audience } }))
        output.show(made, fields(made))
      },
    )

  const apiKey = program.command('api-key').description('API keys of people, systems and agents')
  apiKey
    .command('create')
    .requiredOption('--name <name>')
    .requiredOption('--holder <kind:id>', 'person:…, system:… or agent:…', readHolder)
    .addOption(new Option('--scope <scope...>').choices(scopes).makeOptionMandatory())
    .action(
      async (
        { name, holder, scope }: { name: string; holder: Holder; scope: readonly Scope[] },
        command: Command,
      ) => {
        const { client, output } = sessionOf(command)
        const made = await read(
          client['api-keys'].$post({
            json: { name, holder, scopes: scope },
          }),
        )
        output.show(made, fields(made))
      },
    )
  apiKey
    .command('rotate')
    .description('replace the secret of a key; the old one is void at once')
    .argument('<id>')
    .action(async (id: string, _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const made = await read(client['api-keys'][':id'].rotate.$post({ param: { id }, json: {} }))
      output.show(made, fields(made))
    })
  apiKey
    .command('revoke')
    .argument('<id>')
    .action(async (id: string, _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const revoked = await read(
        client['api-keys'][':id'].revoke.$post({ param: { id }, json: {} }),
      )
      output.show(revoked, fields(revoked))
    })

  const key = program
    .command('key')
    .description("an agent's own key, and the first administrator's API key")
  key
    .command('generate')
    .description('generate a token for PROCURA_ADMIN_KEY, to be set before the first start')
    .action(async (_options, command: Command) => {
      const { newAdminKey } = await import('../../maintenance/admin-key.ts')
      const token = newAdminKey()
      outputOf(command).show({ token }, [token])
    })
  key
    .command('create')
    .description('generate a private key in a file of mode 0600')
    .requiredOption('--out <file>')
    .addOption(new Option('--kind <kind>').choices(keyKinds as KeyKind[]).default('Ed25519'))
    .action(async ({ out, kind }: { out: string; kind: KeyKind }, command: Command) => {
      const { privateKeyJwk } = await createKeyFile(out, kind)
      const { publicKey } = signerFromJwk(privateKeyJwk)
      const made = { file: out, kind, publicKeyMultibase: toMultikey(publicKey) }
      outputOf(command).show(made, fields(made))
    })

  const agent = program.command('agent').description('agents and their lifecycle')
  agent
    .command('create')
    .description('register an agent, prove that it holds its key, and have its DID assigned')
    .requiredOption('--name <name>')
    .requiredOption('--owner <person>', 'id of the owner')
    .option('--key <file>', 'its key file; without one the service makes and seals a key')
    .option('--deputy <person>', 'must accept first, unless an administrator names them')
    .option('--model <name>')
    .option('--risk <tier>', 'low, medium, high or critical', 'medium')
    .option('--segment <name>', 'its segment', 'default')
    .option('--kind <kind>', 'company, employee or external', 'company')
    .option('--did-method <method>', 'key or web', 'key')
    .option(
      '--lifetime <seconds>',
      'lifetime, after which the agent is retired automatically',
      Number,
    )
    .action(async (options: AgentOptions, command: Command) => {
      const { client, output } = sessionOf(command)
      const file = options.key === undefined ? undefined : readKeyFile(options.key)
      const registered = await read(client.agents.$post({ json: requestOf(options, file?.kind) }))
      if (!file || !registered.keyChallenge) {
        output.show(registered, fields(registered))
        return
      }
      const proof = await proveKey(
        registered.id,
        registered.keyChallenge,
        signerFromJwk(file.privateKeyJwk),
      )
      const active = await read(
        client.agents[':id'].activate.$post({ param: { id: registered.id }, json: proof }),
      )
      saveKeyFile(options.key!, { ...file, agent: active.id, did: active.did! })
      output.show(active, fields(active))
    })
  agent
    .command('list')
    .option('--state <state>')
    .action(async ({ state }: { state?: never }, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(client.agents.$get({ query: { state, limit: 500 } }))
      output.show(
        page,
        table(
          ['id', 'name', 'state', 'did'],
          page.items.map(({ id, name, state, did }) => [id, name, state, did]),
        ),
      )
    })
  agent
    .command('roles')
    .description('set the roles of an agent: entitlements give grants to roles')
    .argument('<id>')
    .argument('[roles...]', 'all of its roles; none takes all away')
    .action(async (id: string, roles: readonly string[], _options, command: Command) => {
      const { client, output } = sessionOf(command)
      const changed = await read(
        client.agents[':id'].roles.$put({ param: { id }, json: { roles } }),
      )
      output.show(changed, fields({ id: changed.id, name: changed.name, roles: changed.roles }))
    })
  for (const [step, description] of [
    ['suspend', 'suspend an agent and everything it holds'],
    ['resume', 'resume a suspended agent'],
    ['retire', 'retire an agent permanently and revoke everything it holds'],
  ] as const)
    agent
      .command(step)
      .description(description)
      .argument('<id>')
      .action(async (id: string, _options, command: Command) => {
        const { client, output } = sessionOf(command)
        const changed = await read(client.agents[':id'][step].$post({ param: { id }, json: {} }))
        output.show(changed, fields({ id: changed.id, name: changed.name, state: changed.state }))
      })
  handOverCommands(agent)
}

/** Who an API key acts for. */
interface Holder {
  readonly kind: (typeof holderKinds)[number]
  readonly id: string
}

const holderKinds = ['person', 'system', 'agent'] as const

function readHolder(text: string): Holder {
  const [name, id, ...more] = text.split(':')
  const kind = holderKinds.find((one) => one === name)
  if (!kind || !id || more.length > 0)
    throw new UsageError(`--holder is ${holderKinds.join(':…, ')}:…, and not ${text}`)
  return { kind, id }
}

interface AgentOptions {
  readonly name: string
  readonly owner: string
  readonly key?: string
  readonly deputy?: string
  readonly model?: string
  readonly risk: NewAgent['riskTier']
  readonly segment: string
  readonly kind: NewAgent['kind']
  readonly didMethod: NewAgent['didMethod']
  readonly lifetime?: number
}

const requestOf = (
  { name, owner, deputy, model, risk, segment, kind, didMethod, lifetime }: AgentOptions,
  keyKind: KeyKind | undefined,
) => ({
  name,
  owner,
  deputy,
  model,
  riskTier: risk,
  segment,
  kind,
  didMethod,
  lifetimeSeconds: lifetime,
  ...(keyKind === undefined ? { custody: 'service' as const } : { keyKind }),
})
