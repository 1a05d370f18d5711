import type { Caller } from '../agent/caller.ts'
import type { System } from '../agent/party.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { newId } from '../id.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'commit' | 'systems'>

export async function createSystem(
  needs: Needs,
  { actor }: Caller,
  { name, audiences }: { readonly name: string; readonly audiences: readonly Did[] },
): Promise<System> {
  const now = needs.clock()
  const system: System = {
    id: newId(now, needs.crypto.randomBytes),
    name,
    audiences,
    createdAt: now,
  }
  return needs.commit(
    [needs.systems.add(system)],
    [{ type: 'system.created', actor, facts: { system: system.id, audiences } }],
    system,
  )
}
