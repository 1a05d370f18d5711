import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { JsonObject } from '../foundation/json.ts'
import { writePrivateFile } from '../runtimes/node/private-file.ts'
import { type Client, type Grant, makeClient } from '../sdk/index.ts'
import { holderOf } from './key-file.ts'
import { fields, makeOutput, type Output, prettyJson } from './output.ts'
import { UsageError } from './usage-error.ts'

/** What every command that calls the service uses. */
export interface Session {
  readonly client: Client
  readonly output: Output
}

interface GlobalOptions {
  readonly url: string
  readonly as?: string
  readonly json?: boolean
}

/**
 * Calls the service at --url, with the API key in PROCURA_KEY or as the agent of --as.
 *
 * @param keyFile of the agent that the command is about: it is the caller, unless --as names
 *   another.
 */
export function sessionOf(command: Command, keyFile?: string): Session {
  const { url, as = keyFile } = command.optsWithGlobals<GlobalOptions>()
  const apiKey = process.env.PROCURA_KEY
  if (!as && !apiKey)
    throw new UsageError(
      'no credentials: set PROCURA_KEY to an API key, or give an agent’s key file with --as',
    )
  return {
    client: makeClient(url, as ? holderOf(as) : { apiKey: apiKey! }),
    output: outputOf(command),
  }
}

export const outputOf = (command: Command): Output =>
  makeOutput(command.optsWithGlobals<GlobalOptions>().json ?? false)

/** Reads a JSON object from a file, or from standard input for "-". The service checks what it holds. */
export function readJsonFile<T extends object = JsonObject>(file: string): T {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
  } catch {
    throw new UsageError(`${file} cannot be read as JSON`)
  }
}

/** Grants as JSON, or in a JSON file. A single one may be given without its list. */
export function readGrants(text: string): readonly Grant[] {
  try {
    const grants: Grant | readonly Grant[] = text.startsWith('@')
      ? readJsonFile(text.slice(1))
      : JSON.parse(text)
    return 'length' in grants ? grants : [grants]
  } catch {
    throw new UsageError('--grants must be JSON, or @ and the name of a JSON file')
  }
}

/** Writes to the file if given; otherwise to standard output. */
export function saveJson(
  file: string | undefined,
  document: JsonObject,
  output: Output,
  about: Readonly<Record<string, unknown>>,
): void {
  if (file === undefined) {
    output.show(document, prettyJson(document))
    return
  }
  writePrivateFile(file, `${JSON.stringify(document, null, 2)}\n`)
  output.show({ ...about, file }, fields({ ...about, file }))
}
