import type { Command } from 'commander'
import type { JsonObject } from '../../foundation/json.ts'
import {
  type Delegation,
  DelegationError,
  type Did,
  delegate,
  read,
  signDelegation,
} from '../../sdk/index.ts'
import { holderOf } from '../key-file.ts'
import { outputOf, readGrants, readJsonFile, saveJson, sessionOf } from '../session.ts'
import { UsageError } from '../usage-error.ts'

/** Delegating part of a permission. */
export function delegationCommands(program: Command): void {
  program
    .command('delegate')
    .description(
      'delegate part of a permission to another agent: offline for at most 15 minutes, or with --help-of-service until the permission ends',
    )
    .requiredOption('--key <file>', 'key file of the agent that holds the permission')
    .requiredOption('--credential <file...>', 'the chain it holds, root first')
    .requiredOption('--to <did>')
    .option('--grants <json|@file>', 'each with "from"; default: the whole permission')
    .option('--audience <did...>')
    .option('--depth <links>', 'how many further links may follow; default: none', Number)
    .option('--lifetime <seconds>', 'default: as long as possible', Number)
    .option('--help-of-service', 'reserve status entries, so that it can be revoked alone')
    .option('--out <file>')
    .action(async (options: DelegateOptions, command: Command) => {
      const holder = holderOf(options.key)
      const chain = options.credential.map(readJsonFile)
      const request = {
        subject: options.to,
        grants: options.grants === undefined ? undefined : readGrants(options.grants),
        audience: options.audience,
        delegation: options.depth === undefined ? undefined : { remainingDepth: options.depth },
      }
      const signed = options.helpOfService
        ? await signDelegation(holder, await prepared(command, options, chain, request))
        : await offline(() =>
            delegate(holder, chain.at(-1)!, {
              ...request,
              ...(options.lifetime === undefined ? {} : { lifetimeSeconds: options.lifetime }),
            }),
          )
      saveJson(options.out, signed, outputOf(command), { id: signed.id, to: options.to })
    })
}

async function prepared(
  command: Command,
  { key, lifetime }: DelegateOptions,
  chain: readonly JsonObject[],
  request: Delegation,
): Promise<JsonObject> {
  const { client } = sessionOf(command, key)
  const json = { chain, ...request, lifetimeSeconds: lifetime }
  const answer = await read(client.delegations.$post({ json }))
  return answer.credential
}

async function offline(run: () => Promise<JsonObject>): Promise<JsonObject> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof DelegationError)
      throw new UsageError(`${error.refusal.refused}: ${error.refusal.detail}`)
    throw error
  }
}

interface DelegateOptions {
  readonly key: string
  readonly credential: readonly string[]
  readonly to: Did
  readonly grants?: string
  readonly audience?: readonly Did[]
  readonly depth?: number
  readonly lifetime?: number
  readonly helpOfService?: boolean
  readonly out?: string
}
