import { Hono } from 'hono'
import { z } from 'zod'
import { agentStates } from '../../directory/lifecycle.ts'
import type { PageRequest } from '../../foundation/page.ts'
import { activateAgent, confirmAgent } from '../../operations/administering/activate-agent.ts'
import { assignRoles } from '../../operations/administering/assign-agent-roles.ts'
import {
  resumeAgent,
  retireAgent,
  suspendAgent,
} from '../../operations/administering/change-agent-state.ts'
import { present } from '../../operations/administering/present-for-agent.ts'
import { makeKeyChallenge } from '../../operations/administering/prove-key.ts'
import { registerAgent } from '../../operations/administering/register-agent.ts'
import { rotateAgentKey } from '../../operations/administering/rotate-agent-key.ts'
import {
  findAgent,
  findAgentInCharge,
  findAgentToProve,
} from '../../operations/common/find-visible.ts'
import { listAgents } from '../../operations/common/list-visible.ts'
import { issuePermission } from '../../operations/issuing/issue-permission.ts'
import { keyProof, newAgent, newPermission, presentation, reason } from '../agent-bodies.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { once } from '../idempotency.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { none, page, roles } from '../schemas.ts'
import { showAgent, showOfferedAgent, showPage } from '../view.ts'
export const agents = (deps: HttpDeps) =>
  new Hono<HttpEnv>()
    .post(
      '/agents',
      route('POST /agents', deps, {
        summary: 'Register an agent',
        body: newAgent,
        answer:
          'The agent. Pending, with a keyChallenge to sign, unless its key is kept here: then it is active. An agent registered by a directory waits for its owner. handOver: the offer to the deputy named by an owner.',
        status: 201,
        idempotent: true,
      }),
      async (c) =>
        c.json(
          showOfferedAgent(
            await once(c, deps, () => registerAgent(deps, c.get('caller'), c.req.valid('json'))),
          ) as ReturnType<typeof showOfferedAgent> & { keyChallenge?: string },
          201,
        ),
    )
    .get(
      '/agents',
      route('GET /agents', deps, {
        summary: 'List agents; an owner sees only their own',
        query: z.strictObject({ ...page, state: z.enum(agentStates).optional() }),
        answer: 'A page of agents.',
      }),
      async (c) => {
        const { state, ...request } = c.req.valid('query')
        const list = (part: PageRequest) => listAgents(deps, c.get('caller'), { state }, part)
        return c.json(await showPage(request, list, showAgent), 200)
      },
    )
    .get(
      '/agents/:id',
      route('GET /agents/:id', deps, { summary: 'Read an agent', answer: 'The agent.' }),
      async (c) => c.json(showAgent(await findAgent(deps, c.get('caller'), pathId(c))), 200),
    )
    .post(
      '/agents/:id/key-challenge',
      route('POST /agents/:id/key-challenge', deps, {
        summary: 'Request a challenge to prove a key; for a pending agent, its owner does',
        body: none,
        answer: 'keyChallenge: valid for 15 minutes, and while the agent has this owner.',
      }),
      async (c) => {
        const agent = await findAgentToProve(deps, c.get('caller'), pathId(c))
        return c.json({ keyChallenge: await makeKeyChallenge(deps, agent) }, 200)
      },
    )
    .post(
      '/agents/:id/activate',
      route('POST /agents/:id/activate', deps, {
        summary: 'Prove possession of a key; the service assigns the DID',
        body: keyProof,
        answer: 'The agent, active, with its DID.',
        idempotent: true,
      }),
      async (c) =>
        c.json(
          showAgent(await once(c, deps, () => activateAgent(deps, pathId(c), c.req.valid('json')))),
          200,
        ),
    )
    .post(
      '/agents/:id/confirm',
      route('POST /agents/:id/confirm', deps, {
        summary: 'Confirm an agent that a directory registered and whose key is kept here',
        body: none,
        answer: 'The agent, active, with its DID.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const agent = await findAgentToProve(deps, caller, pathId(c))
        return c.json(showAgent(await once(c, deps, () => confirmAgent(deps, caller, agent))), 200)
      },
    )
    .post(
      '/agents/:id/rotate-key',
      route('POST /agents/:id/rotate-key', deps, {
        summary:
          'Replace the key of a did:web agent; if the old one is compromised, credentials bound to it and all sessions of the agent end',
        body: z.strictObject({
          proof: keyProof.optional().describe('Of the new key, if the agent keeps it.'),
          compromised: z
            .boolean()
            .default(false)
            .describe('Whether another party may know the old key.'),
        }),
        answer: 'The agent.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const agent =
          caller.agent === pathId(c)
            ? await findAgent(deps, caller, pathId(c))
            : await findAgentInCharge(deps, caller, pathId(c))
        return c.json(
          showAgent(
            await once(c, deps, () => rotateAgentKey(deps, caller, agent, c.req.valid('json'))),
          ),
          200,
        )
      },
    )
    .post(
      '/agents/:id/suspend',
      route('POST /agents/:id/suspend', deps, {
        summary:
          'Suspend an agent and everything it holds; what an administrator suspends, only an administrator resumes',
        body: reason,
        answer: 'The agent.',
        idempotent: true,
      }),
      async (c) => {
        const agent = await findAgentInCharge(deps, c.get('caller'), pathId(c))
        return c.json(
          showAgent(
            await once(c, deps, () =>
              suspendAgent(deps, c.get('caller'), agent, c.req.valid('json').reason),
            ),
          ),
          200,
        )
      },
    )
    .post(
      '/agents/:id/resume',
      route('POST /agents/:id/resume', deps, {
        summary: 'Resume a suspended agent, if the caller may lift the cause of its suspension',
        body: none,
        answer: 'The agent.',
        idempotent: true,
      }),
      async (c) => {
        const agent = await findAgentInCharge(deps, c.get('caller'), pathId(c))
        return c.json(
          showAgent(await once(c, deps, () => resumeAgent(deps, c.get('caller'), agent))),
          200,
        )
      },
    )
    .post(
      '/agents/:id/retire',
      route('POST /agents/:id/retire', deps, {
        summary: 'Retire an agent permanently; everything it holds is revoked in the same commit',
        body: reason,
        answer: 'The agent.',
        idempotent: true,
      }),
      async (c) => {
        const agent = await findAgentInCharge(deps, c.get('caller'), pathId(c))
        return c.json(
          showAgent(
            await once(c, deps, () =>
              retireAgent(deps, c.get('caller').actor, agent, c.req.valid('json').reason),
            ),
          ),
          200,
        )
      },
    )
    .put(
      '/agents/:id/roles',
      route('PUT /agents/:id/roles', deps, {
        summary: 'Assign roles to an agent: entitlements give grants to roles',
        body: z.strictObject({ roles }),
        answer:
          'The agent. Permissions that rest on a role it loses are revoked in the same commit.',
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const agent = await findAgentInCharge(deps, caller, pathId(c), 'provisioner')
        return c.json(
          showAgent(
            await once(c, deps, () =>
              assignRoles(deps, caller, agent, () => c.req.valid('json').roles),
            ),
          ),
          200,
        )
      },
    )
    .post(
      '/agents/:id/credentials',
      route('POST /agents/:id/credentials', deps, {
        summary: 'Issue a task permission to an agent',
        body: newPermission,
        answer:
          'id, and credential: the TaskPermissionCredential; forms: its other requested forms.',
        status: 201,
        idempotent: true,
      }),
      async (c) => {
        const agent = await findAgent(deps, c.get('caller'), pathId(c))
        return c.json(
          await once(c, deps, () =>
            issuePermission(deps, c.get('caller'), agent, c.req.valid('json')),
          ),
          201,
        )
      },
    )
    .post(
      '/agents/:id/presentations',
      route('POST /agents/:id/presentations', deps, {
        summary: 'Present credentials of an agent whose key is kept here',
        body: presentation,
        answer: 'verifiablePresentation: signed with the sealed key.',
        status: 201,
        idempotent: true,
      }),
      async (c) => {
        const caller = c.get('caller')
        const agent =
          caller.agent === pathId(c)
            ? await findAgent(deps, caller, pathId(c))
            : await findAgentInCharge(deps, caller, pathId(c))
        const verifiablePresentation = await once(c, deps, () =>
          present(deps, caller, agent, c.req.valid('json')),
        )
        return c.json({ verifiablePresentation }, 201)
      },
    )
