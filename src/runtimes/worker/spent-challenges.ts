import { replayMemory } from '../../foundation/time.ts'
import type { DurableState } from './bindings.ts'

const sweepEvery = 3_600_000
const batch = 128
/** Sorts after every expiry, which is digits. */
const markKey = 'forgotten'
const endOfExpiries = ':'

/**
 * Remembers spent challenges for longer than any clock would accept them. Requests to it run one at
 * a time.
 */
export class SpentChallenges {
  readonly #storage: DurableState['storage']
  constructor({ storage }: DurableState) {
    this.#storage = storage
  }

  /**
   * 201 if the challenge was unspent until now; 409 if it was spent, or that is no longer known.
   */
  async fetch(request: Request): Promise<Response> {
    // `<expiry, 13 digits>:<nonce>`: expired ones sort first.
    const key = new URL(request.url).pathname.slice(1)
    const forgotten = (await this.#storage.get<string>(markKey)) ?? ''
    if (key <= forgotten || (await this.#storage.get(key)) !== undefined)
      return new Response(null, { status: 409 })
    await this.#storage.put(key, true)
    if ((await this.#storage.getAlarm()) === null)
      await this.#storage.setAlarm(Date.now() + sweepEvery)
    return new Response(null, { status: 201 })
  }

  async alarm(): Promise<void> {
    const end = String(Date.now() - replayMemory).padStart(13, '0')
    const expired = [...(await this.#storage.list({ end, limit: batch })).keys()]
    if (expired.length > 0) {
      // First, so that a challenge is never forgotten and accepted again. All of one millisecond
      // are refused: after the colon everything sorts before a tilde.
      await this.#storage.put(markKey, `${expired.at(-1)!.split(':', 1)[0]}:~`)
      await this.#storage.delete(expired)
    }
    const left = await this.#storage.list({ end: endOfExpiries, limit: 1 })
    if (left.size > 0)
      await this.#storage.setAlarm(Date.now() + (expired.length === batch ? 1_000 : sweepEvery))
  }
}
