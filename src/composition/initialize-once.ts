import type { Deps } from '../deps.ts'
import { ServiceError } from '../foundation/errors.ts'
import { carryOut } from '../operations/common/carry-out.ts'
import { initialize } from '../operations/upkeep/initialize-service.ts'
import type { Config } from './config.ts'

/**
 * Creates the first issuer and administrator, if there are none.
 *
 * @returns the administrator's token, if it was generated here.
 * @throws ServiceError `configuration_invalid` if the database was created with another issuer.
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
      `PROCURA_ISSUER is ${config.issuer}, but this database was created with ${made.name}: set PROCURA_ISSUER to that`,
    )
  const didMethod = publicUrl.startsWith('https://') ? 'web' : 'key'
  const issuer = { name: config.issuer, didMethod, mechanism: config.issuerMechanism } as const
  const first = { issuer, adminToken: config.adminKey, adminName: config.adminName }
  try {
    return (await carryOut(deps, () => initialize(deps, first))).adminToken
  } catch (error) {
    // Another node started at the same time and was faster: its administrator key is used.
    if (await deps.issuers.findByName(config.issuer)) return undefined
    throw error
  }
}
