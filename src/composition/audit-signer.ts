import type { Deps, Settings } from '../deps.ts'
import type { Did } from '../did/syntax.ts'
import { ConstraintViolation, type Database } from '../foundation/database.ts'
import { newId } from '../foundation/id.ts'
import type { Clock } from '../foundation/time.ts'
import type { KeyKeeper } from '../keys/key-keeper.ts'
import type { CryptoProvider, Signer } from '../keys/signature.ts'

interface AuditSignerNeeds extends Pick<Deps, 'identityKeys'> {
  readonly database: Database
  readonly keeper: KeyKeeper
  readonly settings: Pick<Settings, 'auditOrigin'>
  readonly clock: Clock
  readonly crypto: CryptoProvider
}

/** The log's own key: a sealed row like any other, under the name of the log. */
export function makeAuditSigner({
  database,
  identityKeys: keys,
  keeper,
  settings: { auditOrigin },
  clock,
  crypto,
}: AuditSignerNeeds): () => Promise<Signer> {
  const name = `did:procura-audit:${auditOrigin.replaceAll(/[^A-Za-z0-9.]/g, '-')}` as Did
  let signer: Signer | undefined
  const load = async (): Promise<Signer | undefined> => {
    const key = (await keys.find(name))?.keys[0]
    return key?.sealed
      ? keeper.signer({ publicKey: key.publicKey, sealed: key.sealed }, key.id)
      : undefined
  }
  const make = async (): Promise<Signer> => {
    const id = newId(clock(), crypto.randomBytes)
    const { publicKey, sealed } = await keeper.make('Ed25519', id)
    try {
      await database.commit([
        keys.addKey({
          id,
          did: name,
          fragment: 'key',
          publicKey,
          sealed,
          state: 'current',
          createdAt: clock(),
        }),
      ])
    } catch (error) {
      // Another node made it first, so its key is used.
      if (!(error instanceof ConstraintViolation)) throw error
    }
    return (await load())!
  }
  return async () => {
    signer ??= (await load()) ?? (await make())
    return signer
  }
}
