import { expect, test } from 'vitest'
import type { Deps } from '../../src/deps.ts'
import type { Caller } from '../../src/directory/caller.ts'
import { assignRoles } from '../../src/operations/administering/assign-agent-roles.ts'
import { createPerson } from '../../src/operations/administering/create-person.ts'
import { registerAgent } from '../../src/operations/administering/register-agent.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { approveAccessRequest } from '../../src/operations/governing/approve-access-request.ts'
import { putDocument } from '../../src/operations/governing/change-governance-document.ts'
import { requestAccess } from '../../src/operations/governing/request-access.ts'
import { createIssuer } from '../../src/operations/issuing/create-issuer.ts'
import { createTask } from '../../src/operations/issuing/create-task.ts'
import { admin, realDeps } from '../deps.ts'
import { readCustomers, world } from '../world.ts'
import { acceptOffer, type Member, organization, refusal, stage } from './organization.ts'

const asking = { when: {}, outcome: 'ask', stages: [stage('operations')] }

/** A request that one approval is missing of. */
async function asked() {
  const w = await world()
  const made = await organization(w)
  await made.put('/approval-rules/all', asking)
  await made.put('/approval-rules/elevations', {
    ...asking,
    when: { kinds: ['elevation'] },
  })
  const approver = await made.member('Ops', { roles: ['operations'] })
  const request = (await made.ask()).json
  const approve = (as: Member = approver) =>
    as.call('POST', `/requests/${request.id}/approve`, { digest: request.digest })
  return { w, ...made, approver, request, approve }
}
type Scene = Awaited<ReturnType<typeof asked>>

const changes: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  'no entitlement of the agent covers this': ({ w, agent }) =>
    w.raw('PUT', `/agents/${agent.id}/roles`, { body: { roles: [] } }),
  'no entitlement of the agent covers this, since it is withdrawn': ({ w }) =>
    w.raw('DELETE', '/entitlements/customers-for-analysts'),
  'no entitlement of the agent covers this, since it gives less': ({ put, entitlement }) =>
    put('/entitlements/customers-for-analysts', { ...entitlement, maxLifetimeSeconds: 60 }),
  'refused by never@1': ({ put }) => put('/approval-rules/never', { when: {}, outcome: 'refuse' }),
  'other approvers are required now': ({ put }) =>
    put('/approval-rules/also', { ...asking, stages: [stage('security')] }),
  'separation of duties': ({ put }) =>
    put('/separation-rules/both', {
      sides: [
        { name: 'read', grants: [{ type: 'database', actions: ['read'] }] },
        { name: 'own', roles: ['analyst'] },
      ],
      party: 'agent',
    }),
}

test.each(Object.keys(changes))(
  'a change between the request and the last approval is seen before issuing: %s',
  async (because) => {
    const scene = await asked()
    await changes[because]!(scene)

    const outdated = await scene.approve()

    expect([...refusal(outdated), outdated.json.detail]).toEqual([
      409,
      'approval_outdated',
      expect.stringContaining(because.split(',')[0]!),
    ])
    const held = await scene.w.raw('GET', `/credentials?agent=${scene.agent.id}`)
    expect(held.json.items).toEqual([])
    expect((await scene.owner.call('GET', `/requests/${scene.request.id}`)).json.state).toBe('open')
  },
)

test('a rule that no longer asks anybody, or asks fewer, does not invalidate the approvals given', async () => {
  const { w, put, approve } = await asked()
  await put('/approval-rules/also', asking)
  await w.raw('DELETE', '/approval-rules/all')

  expect((await approve()).json.state).toBe('granted')
})

test('a request ends with its maker’s right to make it, and its maker can then neither read nor edit it', async () => {
  const { w, agent, owner, put, member, approver, door } = await asked()
  const dee = await member('Dee', { scopes: ['owner'] })
  await owner.call('POST', `/agents/${agent.id}/hand-over`, { owner: owner.id, deputy: dee.id })
  await acceptOffer(dee, agent.id)
  const task = (await w.task(door)).id
  const body = { agent: agent.id, task, reason: 'x' }
  const byDeputy = (await dee.call('POST', '/requests', body)).json
  await owner.call('POST', `/agents/${agent.id}/hand-over`, { owner: owner.id })

  const answers = [
    await approver.call('POST', `/requests/${byDeputy.id}/approve`, { digest: byDeputy.digest }),
    await dee.call('GET', `/requests/${byDeputy.id}`),
    await dee.call('PUT', `/requests/${byDeputy.id}`, { reason: 'y' }),
  ]
  await put('/approval-rules/all', asking)

  expect(answers.map(refusal)).toEqual([
    [409, 'approval_outdated'],
    [404, 'not_found'],
    [404, 'not_found'],
  ])
})

test('a break-glass approval issues nothing after the requester loses the role, or once a rule refuses', async () => {
  const w = await world()
  const { ask, member, door, put } = await organization(w)
  const roles = ['break-glass']
  const scopes = ['owner', 'approver']
  const [one, two] = [await member('1', { roles, scopes }), await member('2', { roles, scopes })]
  const beyond = { kind: 'break-glass', grants: readCustomers, audience: [door.did] }
  const approve = async (request: any) =>
    refusal(await two.call('POST', `/requests/${request.id}/approve`, { digest: request.digest }))
  const [first, second] = [(await ask(beyond, one)).json, (await ask(beyond, one)).json]

  await put('/approval-rules/never', { when: {}, outcome: 'refuse' })
  const refused = await approve(first)
  await w.raw('DELETE', '/approval-rules/never')
  await w.raw('PATCH', `/people/${one.id}`, { body: { roles: [] } })
  const unnamed = await approve(second)

  expect([refused, unnamed]).toEqual([
    [409, 'approval_outdated'],
    [409, 'approval_outdated'],
  ])
})

test('the reason is part of what is approved: a vote counts for the edits that its approver saw', async () => {
  const { request, approve, owner, approver } = await asked()
  const path = `/requests/${request.id}`
  const edited = (await owner.call('PUT', path, { reason: 'another' })).json
  const vote = (how: string, edits: number) =>
    approver.call('POST', `${path}/${how}`, { digest: request.digest, edits, comment: 'x' })

  const outdated = [await approve(), await vote('approve', 0), await vote('refuse', 2)]
  const granted = await vote('approve', edited.edits)

  expect([edited.digest, edited.edits]).toEqual([request.digest, 1])
  expect(outdated.map(refusal)).toEqual(outdated.map(() => [409, 'approval_outdated']))
  expect(granted.json.state).toBe('granted')
})

const newAgent = {
  name: 'x',
  kind: 'company',
  riskTier: 'low',
  segment: 'default',
  didMethod: 'key',
  custody: 'service',
  keyKind: 'Ed25519',
  roles: ['analyst'],
} as const

/** A request, and who approves it, without HTTP. */
async function scene(rule?: object) {
  const deps = await realDeps()
  await carryOut(deps, () =>
    createIssuer(deps, admin, { name: 'main', didMethod: 'key', mechanism: 'eddsa-jcs-2022' }),
  )
  const owner = (await carryOut(deps, () => createPerson(deps, admin, { name: 'Ada' }))).id
  const agent = await carryOut(deps, () => registerAgent(deps, admin, { ...newAgent, owner }))
  const entitlement = {
    roles: ['analyst'],
    purposes: ['p'],
    audience: [agent.did!],
    grants: readCustomers,
    maxLifetimeSeconds: 3600,
  }
  await carryOut(deps, () => putDocument(deps, admin, 'entitlement', 'all', entitlement as never))
  if (rule)
    await carryOut(deps, () => putDocument(deps, admin, 'approval-rule', 'all', rule as never))
  const task = await carryOut(deps, () => createTask(deps, admin, { purpose: 'p' }))
  const caller: Caller = { ...admin, roles: ['owner'], person: owner, actor: `person:${owner}` }
  const ask = (needs: Deps) =>
    carryOut(needs, () =>
      requestAccess(needs, caller, agent, { kind: 'permission', task: task.id, reason: 'x' }),
    )
  /** The real capabilities, but that the role is taken while the credential is being signed. */
  let taken = false
  const meanwhile: Deps = {
    ...deps,
    secureCredential: async (...given) => {
      if (!taken) await carryOut(deps, () => assignRoles(deps, admin, agent, () => []))
      taken = true
      return deps.secureCredential(...given)
    },
  }
  const held = async () =>
    (await deps.credentials.list({ agentId: agent.id }, { limit: 9 }, Date.now())).length
  return { deps, agent, ask, meanwhile, held }
}

test('a role taken away between the check and the commit stops the last approval', async () => {
  const { deps, ask, meanwhile, held } = await scene({
    when: {},
    outcome: 'ask',
    stages: [{ name: 's', approvers: { roles: ['ops'] }, quorum: 1, deadlineSeconds: 60 }],
  })
  const approver = await carryOut(deps, () =>
    createPerson(deps, admin, { name: 'Grace', roles: ['ops'] }),
  )
  const caller: Caller = { ...admin, roles: ['approver'], person: approver.id }
  const { id, digest } = await ask(deps)

  const approved = carryOut(meanwhile, () =>
    approveAccessRequest(meanwhile, caller, id, { digest, edits: 0 }),
  )

  await expect(approved).rejects.toMatchObject({ code: 'approval_outdated' })
  expect(await held()).toBe(0)
})

test('a role taken away between the check and the commit stops a request that is granted at once', async () => {
  const { ask, meanwhile, held } = await scene()

  const answer = ask(meanwhile)

  await expect(answer).rejects.toMatchObject({ code: 'request_unprocessable' })
  expect(await held()).toBe(0)
})

test('a permission issued while a role is being taken away is revoked with the rest', async () => {
  const { deps, agent, ask } = await scene()
  let issued = false
  const meanwhile: Deps = {
    ...deps,
    credentials: {
      ...deps.credentials,
      list: async (...given) => {
        const found = await deps.credentials.list(...given)
        if (!issued) {
          issued = true
          await ask(deps)
        }
        return found
      },
    },
  }

  await carryOut(meanwhile, () => assignRoles(meanwhile, admin, agent, () => []))

  const states = await deps.credentials.list({ agentId: agent.id }, { limit: 9 }, Date.now())
  expect(states.map(({ state }) => state)).toEqual(['revoked'])
})
