import type { Id } from '../../foundation/id.ts'
import type { PageRequest } from '../../foundation/page.ts'

const limit = 500

/** Reads all pages of a list. */
export async function readEveryPage<T extends { readonly id: Id }>(
  read: (page: PageRequest) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = []
  for (let after: Id | undefined; ; ) {
    const page = await read({ after, limit })
    all.push(...page)
    if (page.length < limit) return all
    after = page.at(-1)!.id
  }
}
