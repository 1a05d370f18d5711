import type { Deps } from '../deps.ts'
import { ServiceError } from '../foundation/errors.ts'
import { carryOut } from '../operations/common/carry-out.ts'
import { initialize } from '../operations/upkeep/initialize-service.ts'
import type { Config } from './config.ts'

/**
 * Makes the first issuer and administrator where there are none.
 *
 * @returns the administrator's token, if one was made here and not given.
 * @throws ServiceError `configuration_invalid` if the database was made with another issuer.
 */
export async function initializeOnce(
  deps: Parameters<typeof initialize>[0] & Pick<Deps, 'commit' | 'issuers'>,
  config: Pick<Config, 'issuer' | 'issuerMechanism' | 'adminKey' | 'adminName'>,
  publicUrl: string,
): Promise<string | undefined> {
  const [made] = await deps.issuers.list({ limit: 1 })
  if (made && (await deps.issuers.findByName(config.issuer))) return undefined
  if (made)
    throw new ServiceError(
      'configuration_invalid',
      `PROCURA_ISSUER is ${config.issuer}, but this database was made with ${made.name}: set it so`,
    )
  const didMethod = publicUrl.startsWith('https://') ? 'web' : 'key'
  const issuer = { name: config.issuer, didMethod, mechanism: config.issuerMechanism } as const
  const first = { issuer, adminToken: config.adminKey, adminName: config.adminName }
  try {
    return (await carryOut(deps, () => initialize(deps, first))).adminToken
  } catch (error) {
    // Another node that started at the same moment was quicker: its administrator key is the one.
    if (await deps.issuers.findByName(config.issuer)) return undefined
    throw error
  }
}
