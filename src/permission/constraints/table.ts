import { readArgs } from './args.ts'
import type { ReadConstraint } from './constraint.ts'
import { readUses, readVolume } from './meters.ts'
import { readNetwork } from './network.ts'
import { readEnvironment, readLocation, readRisk } from './observed.ts'
import { readTime } from './time.ts'

/** Every type of constraint. What is not here denies. */
export const constraintTypes: Readonly<Record<string, ReadConstraint>> = {
  time: readTime,
  uses: readUses,
  volume: readVolume,
  network: readNetwork,
  location: readLocation,
  environment: readEnvironment,
  args: readArgs,
  risk: readRisk,
}
