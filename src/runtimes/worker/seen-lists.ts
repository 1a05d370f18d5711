import { type SeenList, seenListMemory } from '../../status/newest-lists.ts'
import type { DurableState } from './bindings.ts'

const key = 'newest'

/**
 * Remembers the newest version of one status list seen at any data center. Requests to it run one
 * at a time.
 */
export class SeenLists {
  readonly #storage: DurableState['storage']
  constructor({ storage }: DurableState) {
    this.#storage = storage
  }

  /** Notes the version in the body, and answers with the newest one. */
  async fetch(request: Request): Promise<Response> {
    const seen = (await request.json()) as SeenList
    const known = await this.#storage.get<SeenList>(key)
    if (known && known.madeAt >= seen.madeAt) return Response.json(known)
    await this.#storage.put(key, seen)
    await this.#storage.setAlarm(Date.now() + seenListMemory)
    return Response.json(seen)
  }

  /** Runs when no newer version has been noted for so long that every older one has expired. */
  async alarm(): Promise<void> {
    await this.#storage.delete([key])
  }
}
