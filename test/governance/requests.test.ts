import { expect, test, vi } from 'vitest'
import { ask as askVerifier, readCustomers, world } from '../world.ts'
import {
  acceptOffer,
  eventsOf,
  type Member,
  organization,
  refusal,
  soon,
  stage,
} from './organization.ts'

const deleteCustomers = [{ ...readCustomers[0]!, actions: ['delete', 'read'] }]
const credentialOf = async (member: Member, id: string) =>
  (await member.call('GET', `/credentials/${id}`)).json.verifiableCredential

test('a request that an entitlement of the agent’s role covers is granted at once, exactly as the entitlement says', async () => {
  const w = await world()
  const { ask, door, agent } = await organization(w)

  const { status, json } = await ask()

  expect([status, json.state, json.entitlement, json.rules, json.stages]).toEqual([
    201,
    'granted',
    'customers-for-analysts@1',
    [],
    [],
  ])
  expect(json.credential.credentialSubject.permission.grants).toEqual(readCustomers)
  expect(await askVerifier(door, agent, [json.credential])).toBe('allow')
})

test('a request that no entitlement covers is refused with the cause, and the refusal is kept', async () => {
  const w = await world()
  const { ask, door, owner, put, entitlement } = await organization(w)
  const other = await w.agent({ name: 'other' })

  const refused = [
    await ask({ grants: deleteCustomers, audience: [door.did] }),
    await ask({ grants: readCustomers, audience: [other.did] }),
    await ask({ lifetimeSeconds: 7201 }),
    await ask({ delegation: { remainingDepth: 1 } }),
    await ask({
      task: (await w.task(door, 'curiosity')).id,
      grants: readCustomers,
      audience: [door.did],
    }),
  ]
  const nothingToName = await ask({ task: (await w.task(door, 'curiosity')).id })
  await put('/entitlements/more-for-analysts', entitlement)
  const twoToName = await ask()
  const named = await ask({ entitlement: 'more-for-analysts' })

  expect(refused.map(({ status, json }) => [status, json.state, json.because])).toEqual(
    refused.map(() => [
      201,
      'refused',
      'no entitlement of the agent covers this for such a task: ask for an elevation',
    ]),
  )
  expect(refusal(nothingToName)).toEqual([422, 'request_unprocessable'])
  expect(refusal(twoToName)).toEqual([422, 'request_unprocessable'])
  expect(named.json.entitlement).toBe('more-for-analysts@1')
  const kept = await owner.call('GET', `/requests/${refused[0]!.json.id}`)
  expect([kept.json.state, kept.json.credentialId]).toEqual(['refused', null])
})

test('an agent of another role gets nothing, an agent asks for itself, and nobody asks for another’s agent', async () => {
  const w = await world()
  const { ask, agent, door, member } = await organization(w)
  const stranger = await member('Sam', { scopes: ['owner'] })
  const clerk = await w.agent({ roles: ['clerk'] })
  const task = (await w.task(door)).id
  const json = { agent: agent.id, task, reason: 'mine' }
  const byItself = await agent.client.requests.$post({ json: json as never })
  const byAnother = await clerk.client.requests.$post({ json: json as never })
  const forClerk = await clerk.client.requests.$post({
    json: { ...json, agent: clerk.id, grants: readCustomers, audience: [door.did] } as never,
  })

  expect([byItself.status, byAnother.status]).toEqual([201, 404])
  expect(((await forClerk.json()) as { state: string }).state).toBe('refused')
  expect(refusal(await ask({}, stranger))).toEqual([404, 'not_found'])
})

test('the stages of a rule follow each other, each with its quorum; the credential carries what they approved', async () => {
  const w = await world()
  const { ask, put, member, door, agent, owner } = await organization(w)
  await put('/approval-rules/reads-of-customers', {
    when: { grants: [{ type: 'database', locations: ['db://crm/public/customers'] }] },
    outcome: 'ask',
    stages: [stage('operations'), stage('security', { quorum: 2 })],
  })
  const operations = await member('Ops', { roles: ['operations'] })
  const [one, two] = [
    await member('Sec 1', { roles: ['security'] }),
    await member('Sec 2', { roles: ['security'] }),
  ]
  const asked = (await ask()).json
  const vote = { digest: asked.digest }
  const path = `/requests/${asked.id}/approve`

  const early = await one.call('POST', path, vote)
  const states = []
  for (const approver of [operations, one, two])
    states.push((await approver.call('POST', path, vote)).json)
  const late = await one.call('POST', path, vote)

  expect([asked.state, asked.rules, asked.stage]).toEqual(['open', ['reads-of-customers@1'], 0])
  expect(refusal(early)).toEqual([403, 'approval_not_allowed'])
  expect(states.map(({ state, stage }) => [state, stage])).toEqual([
    ['open', 1],
    ['open', 1],
    ['granted', 1],
  ])
  expect(refusal(late)).toEqual([409, 'request_closed'])
  const credential = await credentialOf(owner, states[2].credentialId)
  expect(credential.credentialSubject.permission.approval).toEqual({
    digest: asked.digest,
    evidence: [`urn:uuid:${asked.id}`],
    policy: 'reads-of-customers@1',
  })
  expect(await askVerifier(door, agent, [credential])).toBe('allow')
})

test('an issuer cannot give directly what a rule asks people about', async () => {
  const w = await world()
  const { put, agent, door } = await organization(w)
  await put('/approval-rules/all', { when: {}, outcome: 'ask', stages: [stage('operations')] })

  const direct = await w.raw('POST', `/agents/${agent.id}/credentials`, {
    body: { task: (await w.task(door)).id, audience: [door.did], grants: readCustomers },
  })

  expect(refusal(direct)).toEqual([403, 'approval_required'])
})

test('one rule that refuses is enough, whatever the others say', async () => {
  const w = await world()
  const { ask, put, agent } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  await put('/approval-rules/never', { when: { riskTiers: ['medium'] }, outcome: 'refuse' })

  const { json } = await ask()

  expect([json.agentId, json.state, json.because]).toEqual([
    agent.id,
    'refused',
    'refused by never@1',
  ])
})

test('I04 I05 whoever asked or answers for the agent, under any record, cannot approve; the log records the attempt', async () => {
  const w = await world()
  const { ask, put, member, owner, agent } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const roles = ['operations']
  const scopes = ['owner', 'approver', 'administrator']
  const requester = await member('Deputy', { roles, scopes, email: 'dee@acme.example' })
  const { status } = await owner.call('POST', `/agents/${agent.id}/hand-over`, {
    owner: owner.id,
    deputy: requester.id,
  })
  await acceptOffer(requester, agent.id)
  const asked = (await ask({}, requester)).json
  const approve = (as: Member) =>
    as.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })
  await w.raw('PATCH', `/people/${owner.id}`, { body: { roles: ['analyst', 'operations'] } })
  const delegate = await member('Delegate')
  await requester.call('POST', `/people/${requester.id}/delegate`, {
    delegate: delegate.id,
    until: new Date(Date.now() + 86_400_000).toISOString(),
  })

  const refused = [
    await approve(requester),
    await approve(owner),
    await approve(await member('Second self', { roles, identityOf: requester.id })),
    await approve(await member('Second mailbox', { roles, email: 'DEE@acme.example' })),
    await approve(await member('Puppet', { roles, by: requester })),
    await approve(await member('Owner again', { roles, identityOf: owner.id })),
    await approve(delegate),
    await approve(await member('Clerk', { roles: ['clerk'] })),
  ]
  const system = await w.raw('POST', '/systems', { body: { name: 'robot' } })
  const robot = await w.keyFor(`system:${system.json.id}`, 'approver')
  const byRobot = await w.raw('POST', `/requests/${asked.id}/approve`, {
    token: robot.token,
    body: { digest: asked.digest },
  })
  const honest = await approve(await member('Honest', { roles }))

  expect(status).toBe(200)
  expect([...refused, byRobot].map(refusal)).toEqual(
    [...refused, byRobot].map(() => [403, 'approval_not_allowed']),
  )
  expect(honest.json.state).toBe('granted')
  const events = await eventsOf(w, 'approval.refused', 8)
  expect(events.map(({ facts }) => facts.because)).toEqual([
    'the requester does not approve, under any record',
    "the agent's owner does not approve, under any record",
    'the requester does not approve, under any record',
    'the requester does not approve, under any record',
    "the requester created this person's record",
    "the agent's owner does not approve, under any record",
    'not an approver of this stage',
    'not an approver of this stage',
  ])
})

test('I05 the deputy cannot approve either, whoever asked', async () => {
  const w = await world()
  const { ask, put, member, owner, agent } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const deputy = await member('Deputy', { roles: ['operations'] })
  const body = { owner: owner.id, deputy: deputy.id }
  await w.raw('POST', `/agents/${agent.id}/hand-over`, { body })
  const asked = (await ask()).json

  const answer = await deputy.call('POST', `/requests/${asked.id}/approve`, {
    digest: asked.digest,
  })

  expect([refusal(answer), answer.json.detail]).toEqual([
    [403, 'approval_not_allowed'],
    "the agent's deputy does not approve, under any record",
  ])
})

test('nobody approves twice, in any stage, under any identity, or for somebody who has', async () => {
  const w = await world()
  const { ask, put, member } = await organization(w)
  const roles = ['operations']
  await put('/approval-rules/all', {
    outcome: 'ask',
    stages: [stage('operations', { quorum: 2 }), stage('operations', { name: 'again' })],
  })
  const email = 'a@acme.example'
  const [a, b] = [await member('A', { roles, email }), await member('B', { roles })]
  const twin = await member('A again', { roles, identityOf: a.id })
  const mailbox = await member('A by mail', { roles, email })
  const substitute = await member('Substitute')
  await a.call('POST', `/people/${a.id}/delegate`, {
    delegate: substitute.id,
    until: new Date(Date.now() + 86_400_000).toISOString(),
  })
  const asked = (await ask()).json
  const approve = (as: Member) =>
    as.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })

  const first = await approve(a)
  const repeated = [
    await approve(a),
    await approve(twin),
    await approve(mailbox),
    await approve(substitute),
  ]
  const second = await approve(b)
  const afterwards = [await approve(a), await approve(b)]

  expect([first.json.state, second.json.stage]).toEqual(['open', 1])
  expect(repeated.map(refusal)).toEqual([
    [409, 'approval_given'],
    [409, 'approval_given'],
    [409, 'approval_given'],
    [403, 'approval_not_allowed'],
  ])
  expect(afterwards.map(refusal)).toEqual(afterwards.map(() => [409, 'approval_given']))
})

test('a delegate approves in an absent approver’s place for the given time, and both count as one', async () => {
  const w = await world()
  const { ask, put, member } = await organization(w)
  const roles = ['operations']
  await put('/approval-rules/all', {
    outcome: 'ask',
    stages: [stage('operations', { quorum: 2, deadlineSeconds: 1_000_000 })],
  })
  const [absent, other] = [await member('Absent', { roles }), await member('Other', { roles })]
  const delegate = await member('Delegate')
  await absent.call('POST', `/people/${absent.id}/delegate`, {
    delegate: delegate.id,
    until: new Date(Date.now() + 3_600_000).toISOString(),
  })
  const approve = async (as: Member, asked: any) =>
    as.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })
  const [one, two] = [(await ask()).json, (await ask({ lifetimeSeconds: 60 })).json]

  const inPlace = await approve(delegate, one)
  const absentAfterwards = await approve(absent, one)
  const granted = await approve(other, one)
  const dossier = (await other.call('GET', `/requests/${one.id}`)).json.dossier
  w.advance(3_700_000)
  const late = await approve(delegate, two)

  expect(inPlace.json.state).toBe('open')
  expect(refusal(absentAfterwards)).toEqual([409, 'approval_given'])
  expect(granted.json.state).toBe('granted')
  expect(dossier.approvals.map((a: any) => [a.personId, a.inPlaceOf])).toEqual([
    [delegate.id, absent.id],
    [other.id, null],
  ])
  expect(refusal(late)).toEqual([403, 'approval_not_allowed'])
})

test('I07 an approval is for one request: the digest of another approves nothing', async () => {
  const w = await world()
  const { ask, put, member } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const approver = await member('Ops', { roles: ['operations'] })
  const [one, other] = [(await ask()).json, (await ask({ lifetimeSeconds: 60 })).json]

  const replayed = await approver.call('POST', `/requests/${other.id}/approve`, {
    digest: one.digest,
  })

  expect(refusal(replayed)).toEqual([409, 'approval_outdated'])
  expect((await approver.call('GET', `/requests/${other.id}`)).json.state).toBe('open')
})

test('I08 an edit after the first approval starts again: earlier approvals count for nothing, under the old digest or the new', async () => {
  const w = await world()
  const { ask, put, member, owner, door } = await organization(w)
  const roles = ['operations']
  const scopes = ['owner', 'approver']
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations', { quorum: 2 })] })
  const [a, b] = [await member('A', { roles, scopes }), await member('B', { roles })]
  const asked = (await ask()).json
  const approve = (as: Member, digest: string, edits = 0) =>
    as.call('POST', `/requests/${asked.id}/approve`, { digest, edits })

  await approve(a, asked.digest)
  const edited = await owner.call('PUT', `/requests/${asked.id}`, {
    reason: 'longer',
    lifetimeSeconds: 7000,
  })
  const byAnother = await a.call('PUT', `/requests/${asked.id}`, { reason: 'mine' })
  const old = await approve(b, asked.digest)
  const first = await approve(b, edited.json.digest, 1)
  const second = await approve(a, edited.json.digest, 1)
  expect(edited.json.digest).not.toBe(asked.digest)
  expect(refusal(old)).toEqual([409, 'approval_outdated'])
  expect([first.json.state, second.json.state]).toEqual(['open', 'granted'])
  expect(refusal(byAnother)).toEqual([403, 'caller_forbidden'])
  const credential = await credentialOf(owner, second.json.credentialId)
  expect(Date.parse(credential.validUntil) - Date.parse(credential.validFrom)).toBe(7_000_000)
  expect(door.did).toBe(credential.credentialSubject.permission.audience[0])
})

test('I08 an edit of the reason alone, or one that is undone, starts again as well', async () => {
  const w = await world()
  const { ask, put, member, owner } = await organization(w)
  const roles = ['operations']
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations', { quorum: 2 })] })
  const [a, b] = [await member('A', { roles }), await member('B', { roles })]
  const asked = (await ask()).json
  const path = `/requests/${asked.id}`
  const approve = async (as: Member, { digest, edits }: { digest: string; edits: number }) =>
    (await as.call('POST', `${path}/approve`, { digest, edits })).json.state

  await approve(a, asked)
  const other = (await owner.call('PUT', path, { reason: 'other' })).json
  const afterReason = await approve(b, other)
  await owner.call('PUT', path, { reason: 'x', lifetimeSeconds: 60 })
  const back = (await owner.call('PUT', path, { reason: 'x' })).json
  const afterBack = [await approve(a, back), await approve(b, back)]

  expect([other.digest, back.digest]).toEqual([asked.digest, asked.digest])
  expect([afterReason, ...afterBack]).toEqual(['open', 'open', 'granted'])
})

test('I09 a quorum of two raced by ten approvers issues exactly one permission', async () => {
  const w = await world()
  const { ask, put, member, agent, owner } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations', { quorum: 2 })] })
  const approvers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => member(`A${n}`, { roles: ['operations'] })),
  )
  const asked = (await ask()).json

  const answers = await Promise.all(
    approvers.map((one) =>
      one.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest }),
    ),
  )

  const ok = answers.filter(({ status }) => status === 200).map(({ json }) => json.state)
  expect(ok.sort()).toEqual(['granted', 'open'])
  expect(answers.filter(({ status }) => status !== 200).map(refusal)).toEqual(
    Array.from({ length: 8 }, () => [409, 'request_closed']),
  )
  const held = await owner.call('GET', `/credentials?agent=${agent.id}`)
  expect(held.json.items.map((c: { basis: string }) => c.basis)).toEqual([`request:${asked.id}`])
})

test('a stage that misses its deadline escalates to others, and then expires; what expired cannot be approved', async () => {
  const w = await world()
  const { ask, put, member } = await organization(w)
  await put('/approval-rules/all', {
    outcome: 'ask',
    stages: [
      stage('operations', {
        deadlineSeconds: 3600,
        escalation: { approvers: { roles: ['head'] }, deadlineSeconds: 1800 },
      }),
    ],
  })
  const [approver, head] = [
    await member('Ops', { roles: ['operations'] }),
    await member('Head', { roles: ['head'] }),
  ]
  const [one, two] = [(await ask()).json, (await ask({ lifetimeSeconds: 60 })).json]
  const approve = (as: Member, { id, digest }: { id: string; digest: string }) =>
    as.call('POST', `/requests/${id}/approve`, { digest })
  const stateOf = async (id: string) => (await head.call('GET', `/requests/${id}`)).json

  const tooSoon = await approve(head, one)
  w.advance(3_601_000)
  await expect.poll(async () => (await stateOf(one.id)).escalated, soon).toBe(true)
  const escalated = await approve(head, one)
  await expect.poll(async () => (await stateOf(two.id)).escalated, soon).toBe(true)
  w.advance(1_801_000)
  const late = await approve(approver, two)
  await expect.poll(async () => (await stateOf(two.id)).state, soon).toBe('expired')

  expect(refusal(tooSoon)).toEqual([403, 'approval_not_allowed'])
  expect(escalated.json.state).toBe('granted')
  expect(refusal(late)).toEqual([409, 'request_closed'])
})

test('a refusal by one approver ends the request; only whoever made the request withdraws it', async () => {
  const w = await world()
  const { ask, put, member, owner } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const scopes = ['owner', 'approver']
  const approver = await member('Ops', { roles: ['operations'], scopes })
  const [one, two] = [(await ask()).json, (await ask({ lifetimeSeconds: 60 })).json]

  const byOwner = await owner.call('POST', `/requests/${one.id}/refuse`, {
    digest: one.digest,
    comment: 'x',
  })
  const refused = await approver.call('POST', `/requests/${one.id}/refuse`, {
    digest: one.digest,
    comment: 'not in this quarter',
  })
  const foreign = await approver.call('POST', `/requests/${two.id}/withdraw`, {})
  const withdrawn = await owner.call('POST', `/requests/${two.id}/withdraw`, {})
  const again = await owner.call('POST', `/requests/${two.id}/withdraw`, {})

  expect(refusal(byOwner)).toEqual([403, 'approval_not_allowed'])
  expect([refused.json.state, refused.json.because]).toEqual(['refused', 'not in this quarter'])
  expect(refusal(foreign)).toEqual([403, 'caller_forbidden'])
  expect(withdrawn.json.state).toBe('withdrawn')
  expect(refusal(again)).toEqual([409, 'request_closed'])
})

test('I10 an elevation exceeds the entitlements for at most four hours, ends by itself within a second, and is reviewed by somebody else', async () => {
  const w = await world()
  const { ask, put, member, owner, door, agent } = await organization(w)
  const beyond = { kind: 'elevation', grants: deleteCustomers, audience: [door.did] }
  const unruled = await ask(beyond)
  await put('/approval-rules/elevations', {
    when: { kinds: ['elevation'] },
    outcome: 'ask',
    stages: [stage('security')],
  })
  const [approver, reviewer] = [
    await member('Sec', { roles: ['security'] }),
    await member('Rev', { roles: ['security'] }),
  ]

  const tooLong = await ask({ ...beyond, lifetimeSeconds: 4 * 3600 + 1 })
  const asked = (await ask({ ...beyond, lifetimeSeconds: 30 })).json
  const granted = await approver.call('POST', `/requests/${asked.id}/approve`, {
    digest: asked.digest,
  })
  const credential = await credentialOf(owner, granted.json.credentialId)
  const during = await askVerifier(door, agent, [credential], { action: 'delete' })
  w.advance(30_000)
  const after = await askVerifier(door, agent, [credential], { action: 'delete' })
  const unreviewed = await reviewer.call('GET', '/requests?unreviewed=true')
  const review = (as: Member) =>
    as.call('POST', `/requests/${asked.id}/review`, { finding: 'justified' })
  const reviews = [
    await review(approver),
    await review(owner),
    await review(reviewer),
    await review(reviewer),
  ]

  expect([unruled.json.state, unruled.json.because]).toEqual([
    'refused',
    'no rule names approvers for such an elevation',
  ])
  expect(refusal(tooLong)).toEqual([422, 'request_unprocessable'])
  expect([during, after]).toEqual(['allow', 'deny: expired'])
  expect(unreviewed.json.items.map(({ id }: { id: string }) => id)).toEqual([asked.id])
  expect(reviews.map(({ status, json }) => [status, json.finding])).toEqual([
    [403, undefined],
    [403, undefined],
    [200, 'justified'],
    [409, undefined],
  ])
  expect((await reviewer.call('GET', '/requests?unreviewed=true')).json.items).toEqual([])
})

test('an elevation ends with its task, and by hand', async () => {
  const w = await world()
  const { ask, put, member, owner, door, agent } = await organization(w)
  await put('/approval-rules/elevations', {
    when: { kinds: ['elevation'] },
    outcome: 'ask',
    stages: [stage('security')],
  })
  const approver = await member('Sec', { roles: ['security'] })
  const elevate = async () => {
    const task = (await w.task(door)).id
    const beyond = { kind: 'elevation', grants: deleteCustomers, audience: [door.did], task }
    const asked = (await ask(beyond)).json
    const { json } = await approver.call('POST', `/requests/${asked.id}/approve`, {
      digest: asked.digest,
    })
    return { task, id: json.credentialId, credential: await credentialOf(owner, json.credentialId) }
  }
  const [one, two] = [await elevate(), await elevate()]

  await w.raw('POST', `/tasks/${one.task}/end`, { body: {} })
  await owner.call('POST', `/credentials/${two.id}/revoke`, {})

  expect(await askVerifier(door, agent, [one.credential])).toBe('deny: revoked')
  expect(await askVerifier(door, agent, [two.credential])).toBe('deny: revoked')
})

test('break-glass takes two people who have the role, raises an alarm, and ends after an hour at most', async () => {
  const w = await world()
  const { ask, member, owner, door } = await organization(w)
  const beyond = { kind: 'break-glass', grants: deleteCustomers, audience: [door.did] }
  const roles = ['break-glass']
  const scopes = ['owner', 'approver']
  const [one, two] = [
    await member('One', { roles, scopes }),
    await member('Two', { roles, scopes }),
  ]
  const [bystander, self] = [
    await member('Bystander', { scopes }),
    await member('One again', { roles, scopes, identityOf: one.id }),
  ]

  const refused = [
    await ask(beyond, bystander),
    await ask(beyond, owner),
    await ask({ ...beyond, lifetimeSeconds: 3601 }, one),
  ]
  const asked = (await ask(beyond, one)).json
  const approve = (as: Member) =>
    as.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })
  const alone = [await approve(one), await approve(self), await approve(bystander)]
  const granted = await approve(two)
  const review = (as: Member) =>
    as.call('POST', `/requests/${asked.id}/review`, { finding: 'justified' })
  const reviews = [await review(one), await review(self), await review(two), await review(owner)]
  const reviewed = await review(bystander)

  expect(refused.map(refusal)).toEqual([
    [404, 'not_found'],
    [403, 'caller_forbidden'],
    [422, 'request_unprocessable'],
  ])
  expect(alone.map(refusal)).toEqual(alone.map(() => [403, 'approval_not_allowed']))
  expect(granted.json.state).toBe('granted')
  expect(reviews.map(refusal)).toEqual(reviews.map(() => [403, 'approval_not_allowed']))
  expect(reviewed.json.reviewedBy).toBe(bystander.id)
  const { validFrom, validUntil } = await credentialOf(owner, granted.json.credentialId)
  expect(Date.parse(validUntil) - Date.parse(validFrom)).toBe(3_600_000)
  await vi.waitFor(() => expect(w.log.join()).toMatch(/"level":"error".*"break-glass"/), 5_000)
  expect((await w.raw('GET', '/metrics')).json).toContain('procura_break_glass_total{} 1')
  const events = await eventsOf(w, 'break-glass.used', 1)
  expect(events.map(({ facts }) => [facts.people, facts.reason])).toEqual([
    [[`person:${one.id}`, `person:${two.id}`], 'the board meets'],
  ])
})

test('an approval issues nothing that changed after it was given', async () => {
  const w = await world()
  const { ask, put, member, owner, agent } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const approver = await member('Ops', { roles: ['operations'] })
  const asked = (await ask()).json
  const heir = await member('Heir', { scopes: ['owner'] })
  await owner.call('POST', `/agents/${agent.id}/hand-over`, { owner: heir.id })
  await acceptOffer(heir, agent.id)

  const outdated = await approver.call('POST', `/requests/${asked.id}/approve`, {
    digest: asked.digest,
  })

  expect(refusal(outdated)).toEqual([409, 'approval_outdated'])
})

test('a request shows what an approver needs to see', async () => {
  const w = await world()
  const { ask, put, member, owner, agent, door } = await organization(w)
  const held = (await ask()).json
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const approver = await member('Ops', { roles: ['operations'] })
  const asked = (await ask()).json

  const { json } = await approver.call('GET', `/requests/${asked.id}`)

  expect([json.reason, json.terms.grants, json.digest]).toEqual([
    'the board meets',
    readCustomers,
    asked.digest,
  ])
  expect(json.dossier).toMatchObject({
    agent: { id: agent.id, did: agent.did, riskTier: 'medium', roles: ['analyst'] },
    owner: { id: owner.id, name: 'Olga' },
    task: { purpose: 'monthly-report', state: 'open' },
    risk: { level: 'medium', because: ['the agent is medium-risk'] },
    holds: [{ credential: held.credentialId, basis: `request:${held.id}`, grants: readCustomers }],
    approvals: [],
  })
  expect(json.terms.audience).toEqual([door.did])
})

test('I02 people whom a request does not concern cannot see that it exists', async () => {
  const w = await world()
  const { ask, member } = await organization(w)
  const stranger = await member('Sam', { scopes: ['owner'] })
  const asked = (await ask()).json

  const foreign = [
    await stranger.call('GET', `/requests/${asked.id}`),
    await stranger.call('GET', '/requests/00000000-0000-4000-8000-000000000000'),
    await stranger.call('POST', `/requests/${asked.id}/withdraw`, {}),
    await stranger.call('PUT', `/requests/${asked.id}`, { reason: 'x' }),
    await stranger.call('GET', `/requests?agent=${asked.agentId}`),
  ]

  expect(foreign.map(refusal)).toEqual(foreign.map(() => [404, 'not_found']))
  expect(refusal(await stranger.call('GET', '/requests'))).toEqual([403, 'caller_forbidden'])
})

test('I12 members that the caller does not set are unknown: state, digest, requester, approvals, basis', async () => {
  const w = await world()
  const { ask, put, member, owner } = await organization(w)
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const asked = (await ask()).json
  const extra = [
    { state: 'granted' },
    { digest: asked.digest },
    { requester: 'person:x' },
    { approvedBy: owner.id },
    { stages: [] },
    { entitlementVersion: 1 },
  ]

  const answers = await Promise.all([
    ...extra.map((more) => ask(more)),
    ...extra.map((more) => owner.call('PUT', `/requests/${asked.id}`, { reason: 'x', ...more })),
    w.raw('POST', '/people', { body: { name: 'x', state: 'left' } }),
    w.raw('POST', '/people', { body: { name: 'x', createdBy: 'service' } }),
    (await member('Ops', { roles: ['operations'] })).call('POST', `/requests/${asked.id}/approve`, {
      digest: asked.digest,
      inPlaceOf: owner.id,
    }),
  ])

  expect(answers.map(refusal)).toEqual(answers.map(() => [400, 'request_malformed']))
})

test('what an entitlement keeps from delegation, a request keeps too, whatever it calls its grants', async () => {
  const w = await world()
  const { put, entitlement, ask } = await organization(w)
  const grant = { ...readCustomers[0]!, actions: ['read', 'update'] }
  const kept = (id: string, actions = ['update']) => [{ grant: id, actions }]
  await put('/entitlements/customers-for-analysts', {
    ...entitlement,
    grants: [grant],
    delegation: { remainingDepth: 1, nonDelegable: kept('g1') },
  })
  const asked = async (id: string, nonDelegable: object[] | undefined, actions = grant.actions) => {
    const delegation = { remainingDepth: 1, ...(nonDelegable ? { nonDelegable } : {}) }
    return (await ask({ grants: [{ ...grant, id, actions }], delegation })).json.state
  }

  expect({
    same: await asked('g1', kept('g1')),
    renamed: await asked('mine', kept('mine')),
    more: await asked('mine', kept('mine', ['read', 'update'])),
    withoutTheAction: await asked('mine', undefined, ['read']),
    shed: await asked('mine', kept('g1')),
    left: await asked('mine', undefined),
    alsoUnknown: await asked('mine', [...kept('mine'), ...kept('g1')]),
  }).toEqual({
    same: 'granted',
    renamed: 'granted',
    more: 'granted',
    withoutTheAction: 'granted',
    shed: 'refused',
    left: 'refused',
    alsoUnknown: 'refused',
  })
})
