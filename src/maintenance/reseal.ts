import type { Config } from '../composition/config.ts'
import { resealKeys } from '../operations/upkeep/reseal-keys.ts'
import { withDeps } from './with-deps.ts'

/**
 * Seals all private keys again under the current master key. Returns how many were under the
 * previous one.
 */
export const reseal = (config: Config): Promise<number> => withDeps(config, resealKeys)
