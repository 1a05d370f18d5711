import { readFileSync } from 'node:fs'
import type { KeyKind } from '../keys/algorithm.ts'
import { toMultikey } from '../keys/public-key.ts'
import { createPrivateFile, writePrivateFile } from '../runtimes/node/private-file.ts'
import { generatePrivateJwk, type Holder, type PrivateJwk, signerFromJwk } from '../sdk/index.ts'
import { UsageError } from './usage-error.ts'

/**
 * An agent's private key with its assigned DID, as the command line stores it: a file of mode 0600.
 */
export interface KeyFile {
  readonly kind: KeyKind
  readonly privateKeyJwk: PrivateJwk
  readonly agent?: string
  readonly did?: `did:${string}`
}

export async function createKeyFile(file: string, kind: KeyKind): Promise<KeyFile> {
  const key: KeyFile = { kind, privateKeyJwk: await generatePrivateJwk(kind) }
  try {
    createPrivateFile(file)
    saveKeyFile(file, key)
  } catch {
    throw new UsageError(
      `${file} exists already, or cannot be written: give another name with --out`,
    )
  }
  return key
}

export function readKeyFile(file: string): KeyFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as KeyFile
  } catch {
    throw new UsageError(
      `${file} is not a key file: make one with "procura key create --out ${file}"`,
    )
  }
}

export const saveKeyFile = (file: string, key: KeyFile): void =>
  writePrivateFile(file, `${JSON.stringify(key, null, 2)}\n`)

/** The agent that the key belongs to. */
export function holderOf(file: string): Holder {
  const { privateKeyJwk, did } = readKeyFile(file)
  if (!did)
    throw new UsageError(
      `${file} has no DID yet: register the agent with "procura agent create --key ${file}"`,
    )
  const signer = signerFromJwk(privateKeyJwk)
  return { did, verificationMethod: `${did}#${toMultikey(signer.publicKey)}`, signer }
}
