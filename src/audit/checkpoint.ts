import { concatBytes, equalBytes, fromBase64, toBase64, utf8 } from '../foundation/encoding.ts'
import { type PublicKey, publicKey } from '../keys/public-key.ts'
import { type CryptoProvider, type Signer, verifySignature } from '../keys/signature.ts'

/** The state of the log at one moment. */
export interface Checkpoint {
  /** Name of the log, the same in all its checkpoints. */
  readonly origin: string
  readonly size: number
  readonly root: Uint8Array
}

/**
 * Writes a checkpoint as a signed note.
 *
 * @see https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md
 * @see https://github.com/C2SP/C2SP/blob/main/signed-note.md
 */
export async function signCheckpoint(
  checkpoint: Checkpoint,
  signer: Signer,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<string> {
  const text = `${checkpoint.origin}\n${checkpoint.size}\n${toBase64(checkpoint.root)}\n`
  const signature = concatBytes(
    await keyHash(checkpoint.origin, signer.publicKey, crypto),
    await signer.sign(utf8(text)),
  )
  return `${text}\n\u2014 ${checkpoint.origin} ${toBase64(signature)}\n`
}

/** The verifier key in signed-note form: name, key hash and key on one line. */
export async function verifierKey(
  origin: string,
  key: PublicKey,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<string> {
  const hash = Array.from(await keyHash(origin, key, crypto), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
  return `${origin}+${hash}+${toBase64(concatBytes(Uint8Array.of(ed25519Algorithm), key.bytes))}`
}

/** @returns undefined unless the line is the verifier key of an Ed25519 signed note. */
export function parseVerifierKey(
  line: string,
): { readonly origin: string; readonly key: PublicKey } | undefined {
  const match = /^([^\s+]+)\+[0-9a-f]{8}\+([A-Za-z0-9+/=]+)$/.exec(line.trim())
  const bytes = match && fromBase64(match[2]!)
  if (bytes?.length !== 33 || bytes[0] !== ed25519Algorithm) return undefined
  const key = publicKey('Ed25519', bytes.slice(1))
  return key && { origin: match![1]!, key }
}

const note = /^([^\n]+)\n(0|[1-9]\d{0,15})\n([A-Za-z0-9+/=]+)\n\n\u2014 (\S+) ([A-Za-z0-9+/=]+)\n$/

/** Parses a checkpoint and verifies its signature. Undefined if either fails. */
export async function openCheckpoint(
  text: string,
  key: PublicKey,
  crypto: Pick<CryptoProvider, 'sha256' | 'verify'>,
): Promise<Checkpoint | undefined> {
  const match = note.exec(text)
  if (!match) return undefined
  const [, origin, size, root64, name, signature64] = match as unknown as readonly [
    string,
    string,
    string,
    string,
    string,
    string,
  ]
  const root = fromBase64(root64)
  const signature = fromBase64(signature64)
  if (name !== origin || root?.length !== 32 || signature?.length !== 68) return undefined
  if (!equalBytes(signature.subarray(0, 4), await keyHash(origin, key, crypto))) return undefined
  const signed = utf8(`${origin}\n${size}\n${root64}\n`)
  return (await verifySignature(crypto, key, signed, signature.subarray(4)))
    ? { origin, size: Number(size), root }
    : undefined
}

const ed25519Algorithm = 1

const keyHash = async (
  name: string,
  key: PublicKey,
  crypto: Pick<CryptoProvider, 'sha256'>,
): Promise<Uint8Array> =>
  (
    await crypto.sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(ed25519Algorithm), key.bytes))
  ).slice(0, 4)
