import type { ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import type { Id } from '../../foundation/id.ts'
import { readEveryPage } from '../common/read-every-page.ts'

/** Live permissions of an agent. Suspended ones count, since they may be resumed. */
export async function listHeld(
  { clock, credentials }: Pick<Deps, 'clock' | 'credentials'>,
  agentId: Id,
): Promise<readonly ListedCredential[]> {
  const now = clock()
  const held = await Promise.all(
    (['active', 'suspended'] as const).map((state) =>
      readEveryPage((page) => credentials.list({ agentId, state }, page, now)),
    ),
  )
  return held.flat()
}
