import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { nodeCrypto } from '../adapters/crypto/node.ts'
import { openCheckpoint, parseVerifierKey, verifierKey } from '../audit/checkpoint.ts'
import { checkDecisionProof, type ProofVerdict } from '../audit/decision-proof.ts'
import { isConsistent } from '../audit/proof.ts'
import { type LoggedEvent, type LogVerdict, verifyLog } from '../audit/verify-log.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { fromBase64, fromBase64url } from '../foundation/encoding.ts'
import { ServiceError } from '../foundation/errors.ts'
import { type JsonObject, parseJson } from '../foundation/json.ts'
import { publicKey } from '../keys/public-key.ts'

/** A stored log that can be verified without the service. */
export interface OfflineLog {
  /** @param trustedKey the verifier key to use; default: the one stored with the log. */
  verify(olderCheckpoints: readonly string[], trustedKey: string | undefined): Promise<LogVerdict>
}

/** A log written by `procura audit export`. */
export function exportedLog(file: string): OfflineLog {
  return {
    async verify(older, trustedKey) {
      const lines = linesOf(file)
      const first = await lines.next()
      const { checkpoint, verifierKey } = parseJson(first.value ?? '') as {
        checkpoint: string
        verifierKey: string
      }
      return verifyWith(readLines(lines), checkpoint, older, trustedKey ?? verifierKey)
    },
  }
}

/** One line after the other: a log may be larger than memory. Ending early closes the file. */
async function* linesOf(file: string): AsyncGenerator<string> {
  for await (const line of (await open(file)).readLines()) yield line
}

async function* readLines(lines: AsyncIterable<string>): AsyncGenerator<LoggedEvent> {
  for await (const line of lines) if (line !== '') yield readLine(line)
}

function readLine(line: string): LoggedEvent {
  const { sequence, commitment, salt, event } = parseJson(line) as {
    sequence: number
    commitment: string
    salt: string | null
    event: JsonObject | null
  }
  return {
    sequence,
    commitment: bytes(commitment),
    ...(event && salt !== null
      ? { content: { salt: bytes(salt), body: canonicalize(event) } }
      : {}),
  }
}

const bytes = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array()

/** The log in the database of a data folder, whether or not it is being served. */
export function logInFolder(folder: string): OfflineLog {
  const file = join(folder, 'procura.db')
  if (!existsSync(file))
    throw new ServiceError('configuration_invalid', `there is no database in ${folder}`)
  return {
    async verify(older, trustedKey) {
      // Loaded only here: the command line runs on versions of Node without it.
      const { DatabaseSync } = await import('node:sqlite')
      using database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
      const head = database
        .prepare('SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1')
        .get() as { size: number; note: string } | undefined
      if (!head) return { sound: false, because: 'there is no checkpoint' }
      return await verifyWith(
        eventsOf(database, head.size),
        head.note,
        older,
        trustedKey ?? (await keyIn(database, head.note)),
      )
    },
  }
}

function* eventsOf(database: DatabaseSync, size: number): Generator<LoggedEvent> {
  const query = database.prepare(
    'SELECT sequence, commitment, salt, body FROM audit_events WHERE sequence IS NOT NULL AND sequence < ? ORDER BY sequence',
  )
  for (const row of query.iterate(size)) {
    const { sequence, commitment, salt, body } = row as {
      sequence: number
      commitment: Uint8Array
      salt: Uint8Array
      body: string
    }
    yield { sequence, commitment, ...(body === '' ? {} : { content: { salt, body } }) }
  }
}

async function keyIn(database: DatabaseSync, note: string): Promise<string> {
  const row = database
    .prepare(
      "SELECT public_key FROM identity_keys WHERE did LIKE 'did:procura-audit:%' AND state = 'current'",
    )
    .get() as { public_key: Uint8Array } | undefined
  const key = row && publicKey('Ed25519', row.public_key)
  if (!key)
    throw new ServiceError(
      'configuration_invalid',
      'the database has no key of the audit log: give it with --key',
    )
  return verifierKey(note.split('\n', 1)[0]!, key, nodeCrypto)
}

/** Verifies a decision's proof in a file with a trusted key. */
export async function checkProofFile(file: string, keyText: string): Promise<ProofVerdict> {
  const { key } = readKey(keyText)
  return checkDecisionProof(parseJson(readFileSync(file, 'utf8')), key, nodeCrypto)
}

/**
 * Verifies that the log only grew since a checkpoint kept earlier; since the empty log, if there is
 * none.
 */
export async function witness(
  kept: string | undefined,
  { proof, checkpoint }: { readonly proof: readonly string[]; readonly checkpoint: string },
  keyText: string,
): Promise<LogVerdict> {
  const { key } = readKey(keyText)
  const newest = await openCheckpoint(checkpoint, key, nodeCrypto)
  if (!newest) return { sound: false, because: 'this key did not sign the newest checkpoint' }
  if (kept === undefined) return { sound: true, ...newest }
  const older = await openCheckpoint(kept, key, nodeCrypto)
  if (!older) return { sound: false, because: 'this key did not sign the checkpoint kept earlier' }
  if (older.origin !== newest.origin)
    return { sound: false, because: 'the checkpoint kept earlier belongs to another log' }
  const hashes = proof.map((hash) => fromBase64(hash) ?? new Uint8Array())
  return (await isConsistent(older, newest, hashes, nodeCrypto))
    ? { sound: true, size: newest.size, origin: newest.origin }
    : { sound: false, because: 'the log does not continue the one of the checkpoint kept earlier' }
}

/**
 * A request to a witness to cosign: how much of the log it has seen, the proof that the log only
 * grew since, and the newest checkpoint.
 *
 * @see https://github.com/C2SP/C2SP/blob/main/tlog-witness.md
 */
export const witnessRequest = (
  seen: number,
  { proof, checkpoint }: { readonly proof: readonly string[]; readonly checkpoint: string },
): string => [`old ${seen}`, ...proof, '', checkpoint].join('\n')

function readKey(text: string) {
  const parsed = parseVerifierKey(text)
  if (!parsed) throw new ServiceError('configuration_invalid', 'the verifier key is malformed')
  return parsed
}

async function verifyWith(
  events: Iterable<LoggedEvent> | AsyncIterable<LoggedEvent>,
  newest: string,
  older: readonly string[],
  keyText: string,
): Promise<LogVerdict> {
  return verifyLog(events, newest, older, readKey(keyText).key, nodeCrypto)
}
