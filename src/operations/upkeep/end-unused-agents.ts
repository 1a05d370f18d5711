import type { Deps } from '../../deps.ts'
import { retireAgent } from '../administering/change-agent-state.ts'
import { usageCountedUntil } from '../auditing/usage-counted-until.ts'
import type { Propose } from '../common/carry-out.ts'
import { answerOnly, type Change } from '../common/change.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'agents'
  | 'apiKeys'
  | 'status'
  | 'sessions'
  | 'identityKeys'
  | 'settings'
  | 'audit'
  | 'usage'
  | 'cursors'
>

const batch = 100
const day = 86_400_000

/**
 * Suspends agents that have not been used for long, with everything they hold, and retires those
 * not resumed since.
 *
 * @returns a change for each agent that is due; each is carried out on its own.
 */
export async function endUnusedAgents(needs: Needs): Promise<readonly Propose<unknown>[]> {
  const now = needs.clock()
  const { suspendAfter, retireAfter } = needs.settings.unusedDays
  const unusedBefore = (moment: number) =>
    needs.agents.unusedSince(moment - suspendAfter * day, batch)
  const looksUnused = suspendAfter > 0 && (await unusedBefore(now)).length > 0
  const unused = looksUnused ? await unusedBefore(await usageCountedUntil(needs)) : []
  const dormant =
    retireAfter === 0 ? [] : await needs.agents.dormantSince(now - retireAfter * day, batch)
  return [
    ...unused.map((id) => (): Change<null> => {
      const reason = `not used for ${suspendAfter} days`
      return {
        writes: [
          ...needs.agents.suspend(id, 'disuse'),
          needs.agents.setDormant(id, now),
          ...needs.status.addCauseToAll({ agentId: id }, 'suspension', 'agent', now),
        ],
        events: [{ type: 'agent.suspended', actor: 'service', facts: { agent: id, reason } }],
        answer: null,
      }
    }),
    ...dormant.map((id) => async () => {
      const agent = await needs.agents.find(id)
      const reason = `suspended for lack of use ${retireAfter} days ago, and not resumed`
      return agent ? retireAgent(needs, 'service', agent, reason) : answerOnly(null)
    }),
  ]
}
