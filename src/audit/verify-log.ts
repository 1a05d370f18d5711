import { equalBytes } from '../foundation/encoding.ts'
import type { PublicKey } from '../keys/public-key.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { openCheckpoint } from './checkpoint.ts'
import { append, emptyFrontier, rootOf } from './merkle.ts'
import { commitmentTo } from './record.ts'

export interface LoggedEvent {
  readonly sequence: number
  readonly commitment: Uint8Array
  /** Absent if the event's content was erased. */
  readonly content?: { readonly salt: Uint8Array; readonly body: string }
}

export type LogVerdict =
  | { readonly sound: true; readonly size: number; readonly origin: string }
  | { readonly sound: false; readonly because: string; readonly sequence?: number }

/**
 * Verifies a whole log against its newest checkpoint and any older ones: every event matches its
 * commitment, none is missing, added or moved, and the log has only grown since the older
 * checkpoints. Needs no network.
 */
export async function verifyLog(
  events: AsyncIterable<LoggedEvent> | Iterable<LoggedEvent>,
  newest: string,
  older: readonly string[],
  key: PublicKey,
  crypto: Pick<CryptoProvider, 'sha256' | 'verify'>,
): Promise<LogVerdict> {
  const bad = (because: string, sequence?: number): LogVerdict => ({
    sound: false,
    because,
    ...(sequence === undefined ? {} : { sequence }),
  })
  const head = await openCheckpoint(newest, key, crypto)
  if (!head) return bad('this key did not sign the newest checkpoint')
  const expected = new Map([[head.size, [head]]])
  for (const text of older) {
    const checkpoint = await openCheckpoint(text, key, crypto)
    if (!checkpoint) return bad('this key did not sign an older checkpoint')
    if (checkpoint.origin !== head.origin) return bad('an older checkpoint belongs to another log')
    if (checkpoint.size > head.size)
      return bad(
        `the log was truncated: an older checkpoint covers ${checkpoint.size} events, the newest ${head.size}`,
      )
    expected.set(checkpoint.size, [...(expected.get(checkpoint.size) ?? []), checkpoint])
  }
  let frontier = emptyFrontier
  const flawAt = async (size: number) => {
    for (const checkpoint of expected.get(size) ?? [])
      if (!equalBytes(checkpoint.root, await rootOf(frontier, crypto)))
        return bad(`the first ${size} events are not those that the checkpoint of that size covers`)
    return undefined
  }
  const early = await flawAt(0)
  if (early) return early
  for await (const { sequence, commitment, content } of events) {
    if (frontier.size === head.size) break
    if (sequence !== frontier.size) return bad(`event ${frontier.size} is missing`, frontier.size)
    if (content && !equalBytes(commitment, await commitmentTo(content.salt, content.body, crypto)))
      return bad(`event ${sequence} has been altered`, sequence)
    frontier = await append(frontier, [commitment], crypto)
    const flaw = await flawAt(frontier.size)
    if (flaw) return flaw
  }
  if (frontier.size !== head.size)
    return bad(`the log ends at ${frontier.size} of ${head.size} events`, frontier.size)
  return { sound: true, size: head.size, origin: head.origin }
}
