import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { type Client, makeClient } from '../client/index.ts'
import type { JsonObject } from '../json.ts'
import { holderOf } from './key-file.ts'
import { makeOutput, type Output } from './output.ts'
import { UsageError } from './usage-error.ts'

/** What every command that calls the service has at hand. */
export interface Session {
  readonly client: Client
  readonly output: Output
}

interface GlobalOptions {
  readonly url: string
  readonly as?: string
  readonly json?: boolean
}

/** The service named by --url, called with the API key of PROCURA_KEY, or as the agent of --as. */
export function sessionOf(command: Command): Session {
  const { url, as } = command.optsWithGlobals<GlobalOptions>()
  const apiKey = process.env.PROCURA_KEY
  if (!as && !apiKey)
    throw new UsageError(
      'who are you? Set PROCURA_KEY to an API key, or name the key file of an agent with --as',
    )
  return {
    client: makeClient(url, as ? holderOf(as) : { apiKey: apiKey! }),
    output: outputOf(command),
  }
}

export const outputOf = (command: Command): Output =>
  makeOutput(command.optsWithGlobals<GlobalOptions>().json ?? false)

/** Reads a JSON object from a file, or from standard input for "-". */
export function readJsonFile(file: string): JsonObject {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8')) as JsonObject
  } catch {
    throw new UsageError(`${file} cannot be read as JSON`)
  }
}
