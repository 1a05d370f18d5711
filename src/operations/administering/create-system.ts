import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import type { System } from '../../directory/party.ts'
import { newId } from '../../foundation/id.ts'
import type { Change } from '../common/change.ts'

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
