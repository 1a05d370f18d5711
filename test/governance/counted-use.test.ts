import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { Deps } from '../../src/deps.ts'
import { createPerson } from '../../src/operations/administering/create-person.ts'
import { registerAgent } from '../../src/operations/administering/register-agent.ts'
import { foldUsage } from '../../src/operations/auditing/fold-usage.ts'
import { sequenceAudit } from '../../src/operations/auditing/sequence-audit.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { reportPosture } from '../../src/operations/governing/report-posture.ts'
import { startReview } from '../../src/operations/governing/start-review.ts'
import { endDueReviews, endUnused } from '../../src/operations/upkeep/end-what-is-due.ts'
import { admin, realDeps } from '../deps.ts'

const day = 86_400_000
/** An agent that asked something a moment ago, of which only the commit was seen; 91 days later. */
async function scene() {
  const deps = await realDeps()
  const { id: owner } = await carryOut(deps, () => createPerson(deps, admin, { name: 'Grace' }))
  const agent = await carryOut(deps, () =>
    registerAgent(deps, admin, {
      name: 'x',
      kind: 'company',
      riskTier: 'low',
      segment: 'default',
      didMethod: 'key',
      custody: 'service',
      keyKind: 'Ed25519',
      owner,
    }),
  )
  const asked = { type: 'decision.made', actor: `agent:${agent.id}`, facts: { decision: 'deny' } }
  await deps.commit([], [asked as unknown as AuditEvent])
  const later: Deps = { ...deps, clock: () => Date.now() + 91 * day }
  const log = {
    ...later,
    commitUnrecorded: (writes: Parameters<Deps['commit']>[0]) => deps.commit(writes, []),
  }
  const stateOf = async () => (await deps.agents.find(agent.id))?.state
  return { deps, later, log, stateOf }
}

test('nothing is revoked as unused before all use is counted', async () => {
  const { deps, later, log, stateOf } = await scene()
  const review = await carryOut(deps, () =>
    startReview(deps, admin, {
      name: 'quarter',
      scope: {},
      reviewers: { roles: ['reviewer'] },
      onDeadline: 'narrow',
      dueSeconds: 86_400,
    }),
  )
  const look = async () => {
    await endDueReviews(later)
    await endUnused(later)
    const { usageCountedUntil, at } = await reportPosture(later)
    const counted = usageCountedUntil >= at
    return [await stateOf(), (await deps.reviews.find(review.id))?.state, counted]
  }

  const unplaced = await look()
  while ((await sequenceAudit(log)) > 0);
  const placed = await look()
  while ((await foldUsage(log)) > 0);
  const counted = await look()

  expect(unplaced).toEqual(['active', 'open', false])
  expect(placed).toEqual(['active', 'open', false])
  expect(counted).toEqual(['suspended', 'closed', true])
})
