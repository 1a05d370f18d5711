import { expect, test } from 'vitest'
import type { Deps } from '../../src/deps.ts'
import type { Agent } from '../../src/directory/agent.ts'
import type { Caller } from '../../src/directory/caller.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import { ServiceError } from '../../src/foundation/errors.ts'
import { retireAgent, suspendAgent } from '../../src/operations/administering/change-agent-state.ts'
import { leave } from '../../src/operations/administering/change-person.ts'
import { createPerson } from '../../src/operations/administering/create-person.ts'
import { present } from '../../src/operations/administering/present-for-agent.ts'
import { registerAgent } from '../../src/operations/administering/register-agent.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import {
  putDocument,
  withdrawDocument,
} from '../../src/operations/governing/change-governance-document.ts'
import { createIssuer } from '../../src/operations/issuing/create-issuer.ts'
import { createTask } from '../../src/operations/issuing/create-task.ts'
import { endTask } from '../../src/operations/issuing/end-task.ts'
import { issuePermission } from '../../src/operations/issuing/issue-permission.ts'
import { prepareDelegation } from '../../src/operations/issuing/prepare-delegation.ts'
import { retireIssuer } from '../../src/operations/issuing/retire-issuer.ts'
import { endUnused } from '../../src/operations/upkeep/end-what-is-due.ts'
import { admin, realDeps } from '../deps.ts'
import { readCustomers } from '../world.ts'

const newAgent = {
  name: 'x',
  kind: 'company',
  riskTier: 'low',
  segment: 'default',
  didMethod: 'key',
  custody: 'service',
  keyKind: 'Ed25519',
} as const

async function scene({ kind = 'company' }: { readonly kind?: 'company' | 'employee' } = {}) {
  const deps = await realDeps()
  await carryOut(deps, () =>
    createIssuer(deps, admin, { name: 'main', didMethod: 'key', mechanism: 'eddsa-jcs-2022' }),
  )
  await carryOut(deps, () =>
    createIssuer(deps, admin, { name: 'second', didMethod: 'key', mechanism: 'eddsa-jcs-2022' }),
  )
  const owner = (
    await carryOut(deps, () => createPerson(deps, admin, { name: 'Ada', roles: ['reader'] }))
  ).id
  const agent = await carryOut(deps, () => registerAgent(deps, admin, { ...newAgent, kind, owner }))
  const task = await carryOut(deps, () =>
    createTask(deps, admin, { purpose: 'p', issuer: 'second' }),
  )
  const request = { task: task.id, audience: [agent.did!], grants: readCustomers }
  return { deps, agent, task, request }
}
type Scene = Awaited<ReturnType<typeof scene>>

const changes: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  agent_not_active: ({ deps, agent }) =>
    carryOut(deps, () => retireAgent(deps, 'service', agent, 'meanwhile')),
  'agent_not_active, suspended': ({ deps, agent }) =>
    carryOut(deps, () => suspendAgent(deps, admin, agent, 'meanwhile')),
  task_ended: ({ deps, task }) => carryOut(deps, () => endTask(deps, admin, task, 'completed')),
  issuer_retired: ({ deps }) => carryOut(deps, () => retireIssuer(deps, admin, 'second')),
  'write_conflict, an approval rule': ({ deps }) =>
    carryOut(deps, () =>
      putDocument(deps, admin, 'approval-rule', 'all', {
        outcome: 'refuse',
        when: {},
      } as never),
    ),
  'write_conflict, a segment': ({ deps }) =>
    carryOut(deps, () =>
      putDocument(deps, admin, 'segment', 'pci', { owners: [], audiences: [] } as never),
    ),
  'write_conflict, a door': ({ deps }) =>
    carryOut(deps, () => putDocument(deps, admin, 'door', 'd', {} as never)),
}

test.each(Object.keys(changes))(
  'a change while a credential is being signed stops its issuing: %s',
  async (code) => {
    const one = await scene()
    const { deps, agent, request } = one
    // After every check that issuing makes, and before its commit.
    const secureCredential: Deps['secureCredential'] = async (...given) => {
      await changes[code]!(one)
      return deps.secureCredential(...given)
    }

    const issued = carryOut(deps, () =>
      issuePermission({ ...deps, secureCredential }, admin, agent, request),
    )

    await expect(issued).rejects.toMatchObject({ code: code.split(',')[0] })
    expect(await deps.credentials.list({}, { limit: 10 }, Date.now())).toEqual([])
  },
)

test.each(['the entitlement', 'the ceilings'])(
  'a change while an employee’s agent is given a permission stops its issuing: %s',
  async (what) => {
    const { deps, agent, request } = await scene({ kind: 'employee' })
    const entitlement = {
      roles: ['reader'],
      purposes: ['p'],
      audience: request.audience,
      grants: readCustomers,
      maxLifetimeSeconds: 86_400,
    }
    await carryOut(deps, () =>
      putDocument(deps, admin, 'entitlement', 'readers', entitlement as never),
    )
    deps.governance.forget()
    const meanwhile = () =>
      what === 'the entitlement'
        ? carryOut(deps, () => withdrawDocument(deps, admin, 'entitlement', 'readers'))
        : deps.commit(
            [
              deps.ceilings.set({
                agentId: agent.id,
                entitlement: 'readers',
                grants: [],
                source: 'review:x',
                createdAt: Date.now(),
              } as never),
            ],
            [],
          )
    const issue = (during: () => Promise<unknown>) =>
      carryOut(deps, () =>
        issuePermission(
          {
            ...deps,
            secureCredential: async (...given) => {
              await during()
              return deps.secureCredential(...given)
            },
          },
          admin,
          agent,
          request,
        ),
      )

    const undisturbed = await issue(async () => undefined)
    await expect(issue(meanwhile)).rejects.toMatchObject({ code: 'write_conflict' })
    const issued = await deps.credentials.list({}, { limit: 10 }, Date.now())
    expect(issued.map(({ id }) => id)).toEqual([undisturbed.id])
  },
)

test('an agent that is retired while its sealed key signs presents nothing', async () => {
  const one = await scene()
  const { deps, agent, request } = one
  const { id } = await carryOut(deps, () => issuePermission(deps, admin, agent, request))
  const signer: Deps['identities']['signer'] = async (did) => {
    const made = await deps.identities.signer(did)
    await carryOut(deps, () => retireAgent(deps, 'service', agent, 'meanwhile'))
    return made
  }

  const presented = carryOut(deps, () =>
    present({ ...deps, identities: { ...deps.identities, signer } }, admin, agent, {
      credentials: [id],
      challenge: 'c',
      domain: agent.did!,
    }),
  )

  await expect(presented).rejects.toMatchObject({ code: 'agent_not_active' })
})

const whileDelegating: Readonly<
  Record<string, (scene: Scene, subject: Agent) => Promise<unknown>>
> = {
  agent_not_active: ({ deps, agent }) =>
    carryOut(deps, () => suspendAgent(deps, admin, agent, 'meanwhile')),
  'agent_not_active, the subject': ({ deps }, subject) =>
    carryOut(deps, () => suspendAgent(deps, admin, subject, 'meanwhile')),
  task_ended: ({ deps, task }) => carryOut(deps, () => endTask(deps, admin, task, 'completed')),
}

test.each(Object.keys(whileDelegating))(
  'a change while a delegation is prepared stops it: %s',
  async (code) => {
    const one = await scene()
    const { deps, agent, request } = one
    const { id: owner } = await carryOut(deps, () => createPerson(deps, admin, { name: 'Grace' }))
    const subject = await carryOut(deps, () => registerAgent(deps, admin, { ...newAgent, owner }))
    const delegation = { remainingDepth: 1 }
    const root = await carryOut(deps, () =>
      issuePermission(deps, admin, agent, { ...request, delegation }),
    )
    const statusEntries: Deps['statusEntries'] = async (...given) => {
      await whileDelegating[code]!(one, subject)
      return deps.statusEntries(...given)
    }
    const caller: Caller = { ...admin, roles: ['agent'], agent: agent.id }

    const prepared = carryOut(deps, () =>
      prepareDelegation({ ...deps, statusEntries, budget: makeBudget() }, caller, {
        chain: [root.credential],
        subject: subject.did!,
      }),
    )

    await expect(prepared).rejects.toMatchObject({ code: code.split(',')[0] })
    expect(await deps.credentials.list({}, { limit: 10 }, Date.now())).toHaveLength(1)
  },
)

test('a person who leaves while an agent is registered for them does not become answerable for it', async () => {
  const deps = await realDeps()
  const person = await carryOut(deps, () => createPerson(deps, admin, { name: 'Grace' }))
  const people: Deps['people'] = {
    ...deps.people,
    find: async (id) => {
      const found = await deps.people.find(id)
      if (found?.state === 'active') await carryOut(deps, () => leave(deps, admin, found))
      return found
    },
  }

  const registered = carryOut(deps, () =>
    registerAgent({ ...deps, people }, admin, { ...newAgent, owner: person.id }),
  )

  await expect(registered).rejects.toMatchObject({ code: 'person_left' })
  expect(await deps.agents.list({}, { limit: 9 })).toEqual([])
})

test('an agent that is handed to somebody who is just leaving is treated like that person’s others', async () => {
  const deps = await realDeps()
  const person = await carryOut(deps, () => createPerson(deps, admin, { name: 'Grace' }))
  const { id: deputy } = await carryOut(deps, () => createPerson(deps, admin, { name: 'Ada' }))
  const late: Agent[] = []
  const list: Deps['agents']['list'] = async (...asked) => {
    const listed = await deps.agents.list(...asked)
    if (late.length === 0) {
      const owned = { ...newAgent, owner: person.id }
      late.push(await carryOut(deps, () => registerAgent(deps, admin, { ...owned, deputy })))
      late.push(await carryOut(deps, () => registerAgent(deps, admin, owned)))
      late.push(
        await carryOut(deps, () =>
          registerAgent(deps, admin, { ...newAgent, owner: deputy, deputy: person.id }),
        ),
      )
    }
    return listed
  }

  const left = await carryOut(deps, () =>
    leave({ ...deps, agents: { ...deps.agents, list } }, admin, person),
  )

  const agents = await Promise.all(late.map(({ id }) => deps.agents.find(id)))
  expect(agents.map((agent) => [agent?.owner, agent?.deputy, agent?.state])).toEqual([
    [deputy, null, 'active'],
    [person.id, null, 'suspended'],
    [deputy, null, 'active'],
  ])
  expect([left.handedOver, left.suspended]).toEqual([[late[0]!.id], [late[1]!.id]])
})

test('a failure at one unused agent is one failure, and leaves nothing running', async () => {
  const deps = await realDeps()
  const { id: owner } = await carryOut(deps, () => createPerson(deps, admin, { name: 'Grace' }))
  for (let i = 0; i < 3; i++)
    await carryOut(deps, () => registerAgent(deps, admin, { ...newAgent, owner }))
  let commits = 0
  const failing: Deps = {
    ...deps,
    clock: () => Date.now() + 91 * 86_400_000,
    commit: async () => {
      commits++
      throw new ServiceError('storage_unreachable', 'gone')
    },
  }

  await expect(endUnused(failing)).rejects.toMatchObject({ code: 'storage_unreachable' })
  expect(commits).toBe(1)
})
