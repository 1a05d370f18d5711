import type { Caller } from '../agent/caller.ts'
import type { System } from '../agent/party.ts'
import type { Deps } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { newId } from '../id.ts'
import type { Change } from './change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'systems'>

export async function createSystem(
  needs: Needs,
  { actor }: Caller,
  { name, audiences }: { readonly name: string; readonly audiences: readonly Did[] },
): Promise<Change<System>> {
  const now = needs.clock()
  const system: System = {
    id: newId(now, needs.crypto.randomBytes),
    name,
    audiences,
    createdAt: now,
  }
  return {
    writes: [needs.systems.add(system)],
    events: [{ type: 'system.created', actor, facts: { system: system.id, audiences } }],
    answer: system,
  }
}
