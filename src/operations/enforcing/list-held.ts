import type { ListedCredential } from '../../credential/credential-store.ts'
import type { Deps } from '../../deps.ts'
import type { Id } from '../../foundation/id.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import { readEveryPage } from '../common/read-every-page.ts'

/**
 * Permissions of an agent that are live at that moment. Suspended ones count, since they may be
 * resumed.
 */
export async function listHeld(
  { credentials }: Pick<Deps, 'credentials'>,
  agentId: Id,
  at: Milliseconds,
): Promise<readonly ListedCredential[]> {
  const held = await Promise.all(
    (['active', 'suspended'] as const).map((state) =>
      readEveryPage((page) => credentials.list({ agentId, state }, page, at)),
    ),
  )
  return held.flat()
}
