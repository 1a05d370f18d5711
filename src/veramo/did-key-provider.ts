import type { IAgentContext, IIdentifier, IKeyManager, TKeyType } from '@veramo/core'
import { AbstractIdentifierProvider } from '@veramo/did-manager'
import { didKey } from '../did/methods/key.ts'
import { publicKeyOf } from './key-types.ts'

type Context = IAgentContext<IKeyManager>

/**
 * Creates did:key identifiers with Ed25519, P-256 and P-384 keys; Veramo's own provider only
 * supports Ed25519.
 */
export class DidKeyProvider extends AbstractIdentifierProvider {
  readonly #kms: string
  constructor({ defaultKms }: { defaultKms: string }) {
    super()
    this.#kms = defaultKms
  }

  override async createIdentifier(
    { kms, options }: { kms?: string; options?: { keyType?: TKeyType } },
    context: Context,
  ): Promise<Omit<IIdentifier, 'provider'>> {
    const key = await context.agent.keyManagerCreate({
      kms: kms ?? this.#kms,
      type: options?.keyType ?? 'Ed25519',
    })
    const publicKey = publicKeyOf(key)
    if (!publicKey)
      throw new Error('invalid_argument: the key management system made a key of another kind')
    return { did: didKey(publicKey), controllerKeyId: key.kid, keys: [key], services: [] }
  }

  async updateIdentifier(): Promise<IIdentifier> {
    throw new Error('not_supported: a did:key never changes')
  }
  override async deleteIdentifier({ keys }: IIdentifier, context: Context): Promise<boolean> {
    for (const { kid } of keys) await context.agent.keyManagerDelete({ kid })
    return true
  }
  override async addKey(): Promise<never> {
    throw new Error('not_supported: a did:key never changes')
  }
  override async removeKey(): Promise<never> {
    throw new Error('not_supported: a did:key never changes')
  }
  override async addService(): Promise<never> {
    throw new Error('not_supported: a did:key never changes')
  }
  override async removeService(): Promise<never> {
    throw new Error('not_supported: a did:key never changes')
  }
}
