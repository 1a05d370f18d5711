import { resealKeys } from '../../operations/reseal-keys.ts'
import type { Config } from '../config.ts'
import { withDeps } from './with-deps.ts'

/** Seals all private keys anew under the current master key. Returns how many were under the previous one. */
export const reseal = (config: Config): Promise<number> => withDeps(config, resealKeys)
