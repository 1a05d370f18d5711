import { z } from 'zod'
import { did, id } from '../schemas.ts'
import { decision } from './decisions.ts'
import type { Operations } from './operation.ts'
import { refusal } from './refusals.ts'
import { time, verifiableCredential } from './values.ts'

/** Answers of the operations around decisions: delegations, sessions, meters, and AuthZEN. */

const delegation = z
  .strictObject({
    id: id.describe('Names the credential in this interface.'),
    credential: verifiableCredential.describe(
      'The document that the holder signs unchanged; signed already if the service keeps its key.',
    ),
  })
  .meta({ id: 'PreparedDelegation' })

export const delegationOperations = {
  'POST /delegations': { id: 'prepareDelegation', answer: delegation },
} as const satisfies Operations

const opened = z
  .strictObject({
    opened: z.literal(true),
    session: id,
    holder: did,
    audience: did,
    expiresAt: time,
  })
  .meta({ id: 'OpenedSession' })

const notOpened = z
  .strictObject({ opened: z.literal(false), because: refusal })
  .meta({ id: 'RefusedSession' })

const ended = z
  .strictObject({ session: id, ended: z.boolean().describe('Whether it was open until now.') })
  .meta({ id: 'EndedSession' })

export const sessionOperations = {
  'POST /sessions': {
    id: 'openSession',
    answer: z.discriminatedUnion('opened', [opened, notOpened]).meta({ id: 'SessionAnswer' }),
    never: [404],
  },
  'POST /sessions/:id/decisions': { id: 'decideInSession', answer: decision },
  'POST /sessions/:id/end': { id: 'endSession', answer: ended },
} as const satisfies Operations

const reserved = z
  .strictObject({ reserved: z.literal(true), reservation: id })
  .meta({ id: 'Reserved' })

const notReserved = z
  .strictObject({ reserved: z.literal(false), because: refusal })
  .meta({ id: 'NotReserved' })

const settled = z
  .strictObject({ reservation: id, state: z.enum(['committed', 'released']) })
  .meta({ id: 'SettledReservation' })

export const meterOperations = {
  'POST /meters/reserve': {
    id: 'reserveMeter',
    answer: z.discriminatedUnion('reserved', [reserved, notReserved]).meta({ id: 'MeterAnswer' }),
  },
  'POST /meters/commit': { id: 'commitMeter', answer: settled },
  'POST /meters/release': { id: 'releaseMeter', answer: settled },
} as const satisfies Operations

const configuration = z
  .strictObject({
    policy_decision_point: z.string(),
    access_evaluation_endpoint: z.string(),
    access_evaluations_endpoint: z.string(),
  })
  .meta({ id: 'AuthzenConfiguration' })

const evaluation = z
  .strictObject({ decision: z.boolean(), context: decision })
  .meta({ id: 'Evaluation', description: 'A decision in the form of AuthZEN.' })

const evaluations = z
  .strictObject({ evaluations: z.array(evaluation).describe('In the order of the requests.') })
  .meta({ id: 'Evaluations' })

export const evaluationOperations = {
  'GET /.well-known/authzen-configuration': {
    id: 'getAuthzenConfiguration',
    answer: configuration,
  },
  'POST /access/v1/evaluation': { id: 'evaluateAccess', answer: evaluation, never: [404] },
  'POST /access/v1/evaluations': {
    id: 'evaluateAccesses',
    never: [404],
    answer: z.union([evaluations, evaluation]).meta({
      id: 'EvaluationsAnswer',
      description: 'One evaluation, if the request had no list.',
    }),
  },
} as const satisfies Operations
