import { type SeenList, seenListMemory } from '../../status/newest-lists.ts'
import type { DurableState } from './bindings.ts'

const key = 'newest'

/** Remembers, for one status list, the newest that was seen at any data center. One request at a time sees it. */
export class SeenLists {
  readonly #storage: DurableState['storage']
  constructor({ storage }: DurableState) {
    this.#storage = storage
  }

  /** Notes the list in the body, and answers with the newest there was. */
  async fetch(request: Request): Promise<Response> {
    const seen = (await request.json()) as SeenList
    const known = await this.#storage.get<SeenList>(key)
    if (known && known.madeAt >= seen.madeAt) return Response.json(known)
    await this.#storage.put(key, seen)
    await this.#storage.setAlarm(Date.now() + seenListMemory)
    return Response.json(seen)
  }

  /** Nothing newer came for so long that whatever is older is stale by itself. */
  async alarm(): Promise<void> {
    await this.#storage.delete([key])
  }
}
