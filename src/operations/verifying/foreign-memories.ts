import type { Deps } from '../../deps.ts'
import { byteSize } from '../../foundation/byte-size.ts'
import type { Memory } from '../../foundation/memory.ts'

/** A chain of credentials has the same bound. */
const maxCredentialBytes = 64_000

/** Caches of others' documents, for every verifier, with or without a database. */
export function makeForeignMemories(
  memory: Memory,
): Pick<Deps, 'authenticCredentials' | 'foreignLists' | 'foreignSchemas'> {
  return {
    authenticCredentials: memory.cache('authentic_credentials', {
      entries: 10_000,
      lifetime: 60_000,
      entryBytes: maxCredentialBytes,
      // What is parsed and compiled from a credential is kept with it, and takes as much again.
      sizeOf: (remembered) => 2 * byteSize(remembered, maxCredentialBytes),
    }),
    foreignLists: memory.cache('foreign_lists', { entries: 1_000, lifetime: 3_600_000 }),
    foreignSchemas: memory.cache('foreign_schemas', { entries: 100, lifetime: 300_000 }),
  }
}
