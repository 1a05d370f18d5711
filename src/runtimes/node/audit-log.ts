import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nodeCrypto } from '../../adapters/crypto/node.ts'
import { parseVerifierKey, verifierKey } from '../../audit/checkpoint.ts'
import { type LoggedEvent, type LogVerdict, verifyLog } from '../../audit/verify-log.ts'
import { canonicalize } from '../../canonical.ts'
import { fromBase64url } from '../../encoding.ts'
import { ServiceError } from '../../errors.ts'
import { type JsonObject, parseJson } from '../../json.ts'
import { publicKey } from '../../keys/public-key.ts'

/** A log that lies somewhere and can be checked without the service. */
export interface OfflineLog {
  /** @param trustedKey the verifier key to check with; else the one that lies with the log. */
  verify(olderCheckpoints: readonly string[], trustedKey: string | undefined): Promise<LogVerdict>
}

/** A log written by `procura audit export`. */
export function exportedLog(file: string): OfflineLog {
  const [head, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n')
  const { checkpoint, verifierKey } = parseJson(head!) as {
    checkpoint: string
    verifierKey: string
  }
  return {
    verify: (older, trustedKey) =>
      verifyWith(lines.map(readLine), checkpoint, older, trustedKey ?? verifierKey),
  }
}

function readLine(line: string): LoggedEvent {
  const { sequence, commitment, salt, event } = parseJson(line) as {
    sequence: number
    commitment: string
    salt: string
    event: JsonObject
  }
  return {
    sequence,
    commitment: bytes(commitment),
    content: { salt: bytes(salt), body: canonicalize(event) },
  }
}

const bytes = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array()

/** The log in the database of a data folder, which need not be served. */
export function logInFolder(folder: string): OfflineLog {
  const file = join(folder, 'procura.db')
  if (!existsSync(file))
    throw new ServiceError('configuration_invalid', `there is no database in ${folder}`)
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5000 })
  return {
    async verify(older, trustedKey) {
      const head = database
        .prepare('SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1')
        .get() as { size: number; note: string } | undefined
      if (!head) return { sound: false, because: 'there is no checkpoint' }
      return verifyWith(
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
    yield { sequence, commitment, content: { salt, body } }
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
      'the database has no key of the audit log: name it with --key',
    )
  return verifierKey(note.split('\n', 1)[0]!, key, nodeCrypto)
}

async function verifyWith(
  events: Iterable<LoggedEvent>,
  newest: string,
  older: readonly string[],
  keyText: string,
): Promise<LogVerdict> {
  const parsed = parseVerifierKey(keyText)
  if (!parsed) throw new ServiceError('configuration_invalid', 'the verifier key is malformed')
  return verifyLog(events, newest, older, parsed.key, nodeCrypto)
}
