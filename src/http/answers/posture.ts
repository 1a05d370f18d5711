import { z } from 'zod'
import { agentStates } from '../../directory/lifecycle.ts'
import type { Operations } from './operation.ts'
import { count, time } from './values.ts'

const findings = z
  .strictObject({
    count,
    first: z.array(z.string()).describe('The first hundred.'),
  })
  .meta({ id: 'PostureFindings' })

const posture = z
  .strictObject({
    at: time,
    usageCountedUntil: time.describe('Use is counted up to this moment, a little before `at`.'),
    agents: z.strictObject({
      ...(Object.fromEntries(agentStates.map((state) => [state, count])) as Record<
        (typeof agentStates)[number],
        typeof count
      >),
    }),
    orphaned: findings.describe('Agents without an active owner or deputy.'),
    ownerless: findings.describe('Agents whose owner has left and whose deputy is active.'),
    stale: findings.describe(
      'Agents past half of the time after which they are suspended for lack of use.',
    ),
    overPrivileged: findings.describe('Agents that used less than half of their actions.'),
    unreviewedElevations: findings.describe('Ids of access requests that await their review.'),
    overdueReviews: findings.describe('Ids of reviews past their deadline.'),
    separationViolations: findings.describe('Rules, each with a party that has both duties.'),
    withoutReason: findings.describe("Ids of permissions that rest only on an issuer's word."),
    isClean: z.boolean().describe('Whether nothing was found.'),
  })
  .meta({ id: 'Posture' })

export const postureOperations = {
  'GET /posture': { id: 'getPosture', answer: posture },
} as const satisfies Operations
