import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { Id } from '../../foundation/id.ts'
import type { Amounts, Reservation } from '../../permission/meter.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'meters'>

export interface Settled {
  readonly reservation: Id
  readonly state: 'committed' | 'released'
}

/**
 * The act was done: what was counted stands, or as much of it as was used. Never more than was
 * reserved; for that, reserve again.
 */
export async function commitMeter(
  needs: Needs,
  caller: Caller,
  id: Id,
  used: Amounts,
): Promise<Change<Settled>> {
  const reservation = await findOwn(needs, caller, id)
  const unused = reservation.counts.map(({ unit, amount }) => {
    const spent = unit === 'uses' ? amount : (used[unit] ?? amount)
    if (spent > amount)
      throw new ServiceError('request_unprocessable', `more ${unit} were used than were reserved`)
    return amount - spent
  })
  return settle(needs, caller, reservation, 'committed', unused)
}

/** The act was not done: nothing of it counts any more. */
export async function releaseMeter(needs: Needs, caller: Caller, id: Id): Promise<Change<Settled>> {
  const reservation = await findOwn(needs, caller, id)
  const all = reservation.counts.map(({ amount }) => amount)
  return settle(needs, caller, reservation, 'released', all)
}

async function findOwn(needs: Needs, { actor }: Caller, id: Id): Promise<Reservation> {
  const reservation = await needs.meters.find(id)
  if (reservation?.actor !== actor)
    throw new ServiceError('not_found', 'there is no such reservation of yours')
  return reservation
}

function settle(
  needs: Needs,
  { actor }: Caller,
  reservation: Reservation,
  state: 'committed' | 'released',
  unused: readonly number[],
): Change<Settled> {
  const facts = { reservation: reservation.id, state }
  return {
    writes: needs.meters.settle(reservation, state, unused),
    events: [{ type: 'meter.settled', actor, facts }],
    answer: facts,
  }
}
