import type { Command } from 'commander'
import { proveKey, read, signerFromJwk } from '../../sdk/index.ts'
import { readKeyFile, saveKeyFile } from '../key-file.ts'
import { fields, table } from '../output.ts'
import { sessionOf } from '../session.ts'

/** Who answers for an agent, and how that changes. @param agent the command that they are under. */
export function handOverCommands(agent: Command): void {
  agent
    .command('hand-over')
    .description('put others in charge: what an owner offers takes effect once it is accepted')
    .argument('<id>')
    .requiredOption('--owner <person>', 'who is to own it')
    .option('--deputy <person>', 'who is to be its deputy; nobody unless given')
    .action(async (id: string, json: { owner: string; deputy?: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const answer = await read(
        client.agents[':id']['hand-over'].$post({ param: { id }, json: json as never }),
      )
      output.show(answer, fields(answer))
    })
  agent
    .command('offers')
    .description('offers that wait for an answer')
    .action(async (_: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const page = await read(client['hand-overs'].$get({ query: { limit: 500 } }))
      const rows = page.items.map(({ id, agentId, from, to, expiresAt }) => [
        id,
        agentId,
        from,
        to,
        expiresAt,
      ])
      output.show(page, table(['offer', 'agent', 'from', 'to', 'expires'], rows))
    })
  agent
    .command('offer')
    .description('an offer, with what whoever is asked needs to see of the agent')
    .argument('<id>', 'of the agent')
    .action(async (id: string, _: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const offer = await read(client.agents[':id']['hand-over'].$get({ param: { id } }))
      output.show(offer, fields(offer))
    })
  for (const [answer, description] of [
    ['accept', 'answer for an agent from now on'],
    ['decline', 'do not answer for an agent'],
    ['withdraw', 'take an offer back'],
  ] as const)
    agent
      .command(answer)
      .description(description)
      .argument('<id>', 'of the agent')
      .requiredOption('--offer <id>', 'the one you saw: `procura agent offer` tells it')
      .action(async (id: string, { offer }: { offer: string }, command: Command) => {
        const { client, output } = sessionOf(command)
        const json = { offer: offer as never }
        const answered = await read<object>(
          client.agents[':id']['hand-over'][answer].$post({ param: { id }, json }) as never,
        )
        output.show(answered, fields(answered as Record<string, unknown>))
      })
  agent
    .command('confirm')
    .description('confirm an agent that a directory registered, and whose key is kept here')
    .argument('<id>')
    .action(async (id: string, _: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const active = await read(client.agents[':id'].confirm.$post({ param: { id }, json: {} }))
      output.show(active, fields(active))
    })
  agent
    .command('activate')
    .description(
      'prove a key for a pending agent: one that was handed over, or that a directory registered',
    )
    .argument('<id>')
    .requiredOption('--key <file>', 'its new key file')
    .action(async (id: string, { key }: { key: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const file = readKeyFile(key)
      const { keyChallenge } = await read(
        client.agents[':id']['key-challenge'].$post({ param: { id }, json: {} }),
      )
      const json = await proveKey(id, keyChallenge, signerFromJwk(file.privateKeyJwk))
      const active = await read(client.agents[':id'].activate.$post({ param: { id }, json }))
      saveKeyFile(key, { ...file, agent: active.id, did: active.did! })
      output.show(active, fields(active))
    })
}
