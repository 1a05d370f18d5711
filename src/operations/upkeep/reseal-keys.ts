import type { Deps } from '../../deps.ts'
import type { Write } from '../../foundation/database.ts'
import type { Id } from '../../foundation/id.ts'
import type { KeyKeeper } from '../../keys/key-keeper.ts'
import { carryOut } from '../common/carry-out.ts'

type Needs = Pick<Deps, 'commit' | 'identityKeys'> & { readonly keeper: KeyKeeper }

const batch = 200

/**
 * Seals every private key again under the current master key, while the service runs. It may be
 * interrupted and restarted: at every moment each key is sealed under one of the two master keys.
 *
 * @returns how many were sealed under the previous master key.
 * @throws ServiceError `signing_unavailable` if a key opens under neither.
 */
export async function resealKeys(needs: Needs): Promise<number> {
  const { identityKeys, keeper } = needs
  let resealed = 0
  let after: Id | undefined
  for (;;) {
    const keys = await identityKeys.sealedKeys(after, batch)
    const writes: Write[] = []
    for (const { id, publicKey, sealed } of keys) {
      const anew = await keeper.reseal({ publicKey, sealed: sealed! }, id)
      if (anew) writes.push(identityKeys.replaceSeal(id, sealed!, anew))
    }
    resealed += writes.length
    const event = {
      type: 'service.keys-resealed',
      actor: 'service',
      facts: { keys: writes.length },
    } as const
    if (writes.length > 0) await carryOut(needs, () => ({ writes, events: [event], answer: null }))
    after = keys.at(-1)?.id
    if (keys.length < batch) return resealed
  }
}
