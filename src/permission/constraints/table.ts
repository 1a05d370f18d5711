import { args } from './args.ts'
import { constraintReader, type ReadConstraint } from './constraint.ts'
import { uses, volume } from './meters.ts'
import { network } from './network.ts'
import { environment, location, risk } from './observed.ts'
import { time } from './time.ts'

/** Every type of constraint. Unknown types deny. */
export const constraintTypes: Readonly<Record<string, ReadConstraint>> = {
  time: constraintReader('time', time),
  uses: constraintReader('uses', uses),
  volume: constraintReader('volume', volume),
  network: constraintReader('network', network),
  location: constraintReader('location', location),
  environment: constraintReader('environment', environment),
  args: constraintReader('args', args),
  risk: constraintReader('risk', risk),
}
