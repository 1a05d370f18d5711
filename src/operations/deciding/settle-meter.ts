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
 * Commits a reservation: the act was performed. The counted amount stands, or the smaller amount
 * used. To use more, reserve again.
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
      throw new ServiceError('request_unprocessable', `more ${unit} were used than reserved`)
    return amount - spent
  })
  return settle(needs, caller, reservation, 'committed', unused)
}

/** Releases a reservation: the act was not performed, and nothing counts. */
export async function releaseMeter(needs: Needs, caller: Caller, id: Id): Promise<Change<Settled>> {
  const reservation = await findOwn(needs, caller, id)
  const all = reservation.counts.map(({ amount }) => amount)
  return settle(needs, caller, reservation, 'released', all)
}

async function findOwn(needs: Needs, { actor }: Caller, id: Id): Promise<Reservation> {
  const reservation = await needs.meters.find(id)
  if (reservation?.actor !== actor)
    throw new ServiceError('not_found', 'you have no such reservation')
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
