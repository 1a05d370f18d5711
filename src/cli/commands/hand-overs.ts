import type { Command } from 'commander'
import { proveKey, read, signerFromJwk } from '../../sdk/index.ts'
import { readKeyFile, saveKeyFile } from '../key-file.ts'
import { fields, table } from '../output.ts'
import { sessionOf } from '../session.ts'

/** Who answers for an agent, and how that changes. @param agent the parent command. */
export function handOverCommands(agent: Command): void {
  agent
    .command('hand-over')
    .description(
      'change who answers for an agent; an owner’s offer takes effect once it is accepted',
    )
    .argument('<id>')
    .requiredOption('--owner <person>', 'the new owner')
    .option('--deputy <person>', 'the new deputy; default: none')
    .action(async (id: string, json: { owner: string; deputy?: string }, command: Command) => {
      const { client, output } = sessionOf(command)
      const answer = await read(client.agents[':id']['hand-over'].$post({ param: { id }, json }))
      output.show(answer, fields(answer))
    })
  agent
    .command('offers')
    .description('pending offers')
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
    .description('show an offer with what the person asked needs to know about the agent')
    .argument('<id>', 'of the agent')
    .action(async (id: string, _: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const offer = await read(client.agents[':id']['hand-over'].$get({ param: { id } }))
      output.show(offer, fields(offer))
    })
  for (const [answer, description] of [
    ['accept', 'accept to answer for an agent'],
    ['decline', 'decline to answer for an agent'],
    ['withdraw', 'withdraw an offer'],
  ] as const)
    agent
      .command(answer)
      .description(description)
      .argument('<id>', 'of the agent')
      .requiredOption('--offer <id>', 'the offer that you saw, from `procura agent offer`')
      .action(async (id: string, { offer }: { offer: string }, command: Command) => {
        const { client, output } = sessionOf(command)
        const json = { offer }
        const answered = await read(
          client.agents[':id']['hand-over'][answer].$post({ param: { id }, json }),
        )
        output.show(answered, fields(answered))
      })
  agent
    .command('confirm')
    .description('confirm an agent that a directory registered and whose key is kept here')
    .argument('<id>')
    .action(async (id: string, _: object, command: Command) => {
      const { client, output } = sessionOf(command)
      const active = await read(client.agents[':id'].confirm.$post({ param: { id }, json: {} }))
      output.show(active, fields(active))
    })
  agent
    .command('activate')
    .description(
      'prove a key for a pending agent that was handed over, or registered by a directory',
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
