import { z } from 'zod'
import { id } from '../schemas.ts'
import { actor, time } from './values.ts'

const members = {
  id,
  agentId: id,
  from: id.describe("The agent's owner when the offer was made."),
  to: id.describe('Who must accept: the new owner or, if the owner stays, the new deputy.'),
  owner: id.describe('The future owner.'),
  deputy: id.nullable().describe('The future deputy.'),
  offeredBy: actor,
  createdAt: time,
  expiresAt: time,
}

/** An offer to become answerable for an agent. */
export const handOver = z.strictObject(members).meta({ id: 'HandOver' })

export const describedHandOver = <S extends z.ZodType>(agent: S) =>
  z.strictObject({ ...members, agent }).meta({ id: 'DescribedHandOver' })
