import { nodeCrypto } from '../adapters/crypto/node.ts'
import { makeToken } from '../directory/api-key.ts'
import { newRandomId } from '../foundation/id.ts'

/** A token for PROCURA_ADMIN_KEY. It becomes valid when a service starts with it. */
export const newAdminKey = (): string =>
  makeToken(newRandomId(nodeCrypto.randomBytes), nodeCrypto.randomBytes(32))
