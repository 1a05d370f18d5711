import type { DurableState } from './bindings.ts'

const sweepEvery = 3_600_000
const batch = 128

/** Remembers which challenges were spent, until they could not be used any more. One request at a time sees it. */
export class SpentChallenges {
  readonly #storage: DurableState['storage']
  constructor({ storage }: DurableState) {
    this.#storage = storage
  }

  /** 201 if the challenge was unspent until now, 409 if it was spent before. */
  async fetch(request: Request): Promise<Response> {
    // `<expiry, 13 digits>:<nonce>`: what has expired lies first.
    const key = new URL(request.url).pathname.slice(1)
    if ((await this.#storage.get(key)) !== undefined) return new Response(null, { status: 409 })
    await this.#storage.put(key, true)
    if ((await this.#storage.getAlarm()) === null)
      await this.#storage.setAlarm(Date.now() + sweepEvery)
    return new Response(null, { status: 201 })
  }

  async alarm(): Promise<void> {
    const end = String(Date.now()).padStart(13, '0')
    const expired = await this.#storage.list({ end, limit: batch })
    if (expired.size > 0) await this.#storage.delete([...expired.keys()])
    const left = await this.#storage.list({ limit: 1 })
    if (left.size > 0)
      await this.#storage.setAlarm(Date.now() + (expired.size === batch ? 1_000 : sweepEvery))
  }
}
