import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import { hasRole } from '../../directory/caller.ts'
import type { HandOver } from '../../directory/hand-over.ts'
import type { PageRequest } from '../../foundation/page.ts'
import {
  acceptHandOver,
  endHandOver,
  handOver,
} from '../../operations/administering/reassign-agent.ts'
import { findAgentInCharge, findHandOver, noOffer } from '../../operations/common/find-visible.ts'
import { listHandOvers } from '../../operations/common/list-visible.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { id, page } from '../schemas.ts'
import { show, showOfferedAgent, showPage } from '../view.ts'

/** The offer that was read. An offer that replaced it in the meantime is not answered. */
const answer = z.strictObject({ offer: id.describe('Id of the offer that was read.') })

/** Who answers for an agent, and how that changes. */
export const handOvers = (deps: HttpDeps) => {
  /**
   * The offer, if it is the one that the caller names. Repeated requests are answered before it is
   * looked up.
   */
  const meant = async (c: Context<HttpEnv>, offer: string): Promise<HandOver> => {
    const found = await findHandOver(deps, c.get('caller'), pathId(c))
    if (found.id !== offer) throw noOffer()
    return found
  }
  return new Hono<HttpEnv>()
    .post(
      '/agents/:id/hand-over',
      route('POST /agents/:id/hand-over', deps, {
        summary:
          'Change who answers for an agent; an owner makes an offer, which the new owner accepts',
        body: z.strictObject({
          owner: id.describe('The future owner.'),
          deputy: id.nullable().default(null).describe('The future deputy.'),
        }),
        answer: 'The agent as it is now. handOver: the pending offer; null if none was needed.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const agent = await findAgentInCharge(deps, caller, pathId(c), 'provisioner')
        const { owner, deputy } = c.req.valid('json')
        return c.json(
          showOfferedAgent(await once(c, deps, () => handOver(deps, caller, agent, owner, deputy))),
          200,
        )
      },
    )
    .get(
      '/hand-overs',
      route('GET /hand-overs', deps, {
        summary: 'List pending offers; an owner sees offers made to or by them',
        query: z.strictObject(page),
        answer: 'A page of offers.',
      }),
      async (c) => {
        const list = (part: PageRequest) => listHandOvers(deps, c.get('caller'), part)
        return c.json(await showPage(c.req.valid('query'), list, show), 200)
      },
    )
    .get(
      '/agents/:id/hand-over',
      route('GET /agents/:id/hand-over', deps, {
        summary: 'Read an offer, with what the person asked needs to know about the agent',
        answer: 'The offer, and agent: its description, roles, and what it holds.',
      }),
      async (c) => {
        const offer = await findHandOver(deps, c.get('caller'), pathId(c))
        return c.json({ ...show(offer), agent: await summaryOf(deps, offer) }, 200)
      },
    )
    .post(
      '/agents/:id/hand-over/accept',
      route('POST /agents/:id/hand-over/accept', deps, {
        summary: 'Accept to answer for an agent',
        body: answer,
        answer:
          'The agent. With a new owner everything it held is revoked, and an agent that keeps its own key is pending until it proves a new one.',
        idempotent: true,
      }),
      async (c) => {
        const { offer } = c.req.valid('json')
        return c.json(
          showOfferedAgent(
            await once(c, deps, async () =>
              acceptHandOver(deps, c.get('caller'), await meant(c, offer)),
            ),
          ),
          200,
        )
      },
    )
    .post(
      '/agents/:id/hand-over/decline',
      route('POST /agents/:id/hand-over/decline', deps, {
        summary: 'Decline to answer for an agent',
        body: answer,
        answer: 'The declined offer.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const ended = await once(c, deps, async () => {
          const offer = await meant(c, c.req.valid('json').offer)
          if (caller.person !== offer.to) throw noOffer()
          return endHandOver(deps, caller, offer, 'declined')
        })
        return c.json(show(ended), 200)
      },
    )
    .post(
      '/agents/:id/hand-over/withdraw',
      route('POST /agents/:id/hand-over/withdraw', deps, {
        summary: 'Withdraw an offer',
        body: answer,
        answer: 'The withdrawn offer.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const ended = await once(c, deps, async () => {
          const offer = await meant(c, c.req.valid('json').offer)
          if (caller.person !== offer.from && !hasRole(caller, 'administrator')) throw noOffer()
          return endHandOver(deps, caller, offer, 'withdrawn')
        })
        return c.json(show(ended), 200)
      },
    )
}

async function summaryOf({ agents, clock }: Pick<Deps, 'agents' | 'clock'>, { agentId }: HandOver) {
  const agent = (await agents.find(agentId))!
  const { name, did, kind, state, riskTier, segment, roles, didMethod, custody, model } = agent
  return {
    ...{ name, did, kind, state, riskTier, segment, roles, didMethod, custody, model },
    holds: await agents.holdings(agent, clock()),
  }
}
