import { type Answer, codeOf } from './api.ts'
import { roles } from './company.ts'
import type { Quarter } from './organization.ts'

/** A forbidden attempt, and its outcome. */
export interface Shortcut {
  readonly tried: string
  readonly expected: string
  readonly met: string
}

/** Every forbidden way is tried, and each must be refused with its own reason. */
export async function tryShortcuts(quarter: Quarter): Promise<readonly Shortcut[]> {
  const { company, advance } = quarter
  const { admin } = company
  const tried: Shortcut[] = []
  const expect = (what: string, expected: string, met: string | Answer) =>
    tried.push({ tried: what, expected, met: typeof met === 'string' ? met : codeOf(met) })
  const agent = company.agents.find(({ role, state }) => role === 'analyst' && state === 'active')!
  const { owner } = agent
  const twin = await company.hire(`${owner.name}, again`, ['operations'], { identityOf: owner.id })
  const elevation = await quarter.elevate(agent, owner)
  const vote = { digest: elevation.digest }
  const path = `/requests/${elevation.id}/approve`

  expect(
    'an owner approves for their own agent',
    'approval_not_allowed',
    await owner.call('POST', path, vote),
  )
  expect(
    'and again under a second identity',
    'approval_not_allowed',
    await twin.call('POST', path, vote),
  )

  const [operations] = company.operations
  await operations!.must('POST', path, vote)
  await owner.must('PUT', `/requests/${elevation.id}`, {
    reason: 'more',
    grants: [{ ...quarter.beyond[0]!, actions: ['delete', 'insert'] }],
    audience: [company.doors.analyst.did],
    lifetimeSeconds: 3600,
  })
  expect(
    'an approval is used after an edit',
    'approval_outdated',
    await company.operations[1]!.call('POST', path, vote),
  )
  const edited = await owner.must('GET', `/requests/${elevation.id}`)
  await advance(3 * 86_400_000)
  await quarter.until('the stage to expire', async () => {
    const { state } = await owner.must('GET', `/requests/${elevation.id}`)
    return state === 'expired'
  })
  expect(
    'a stage is approved after its deadline',
    'request_closed',
    await operations!.call('POST', path, { digest: edited.digest }),
  )

  expect(
    'an issuer takes a permission into another segment',
    'segment_crossing',
    await quarter.issue(agent, company.doors.payer.did, roles.analyst.grants),
  )
  expect(
    'an issuer gives a permission that requires an approval',
    'approval_required',
    await quarter.issue(agent, company.doors.analyst.did, [
      { ...quarter.beyond[0]!, actions: ['ddl'] },
    ]),
  )
  const refused = await quarter.ask(agent, {
    grants: [{ ...quarter.beyond[0]!, actions: ['ddl'] }],
    audience: [company.doors.analyst.did],
    kind: 'elevation',
  })
  expect('something that a rule refuses is requested', 'refused by destruction@1', refused.because)
  const beyond = await quarter.ask(agent, {
    grants: quarter.beyond,
    audience: [company.doors.analyst.did],
  })
  expect(
    'a permission beyond every entitlement is requested as if it were within one',
    'no entitlement of the agent covers this for such a task: ask for an elevation',
    beyond.because,
  )

  await trySeparation(quarter, expect)
  const stranger = await company.hire('Stranger', [], {}, ['owner'])
  expect(
    'another owner’s request is read',
    'not_found',
    await stranger.call('GET', `/requests/${elevation.id}`),
  )
  expect(
    'an outsider closes a segment',
    'caller_forbidden',
    await owner.call('POST', '/segments/finance/close', { reason: 'x' }),
  )
  expect(
    'an auditor’s route is called by an owner',
    'caller_forbidden',
    await owner.call('GET', '/audit'),
  )
  for (const { id } of [twin, stranger]) await admin.must('POST', `/people/${id}/leave`, {})
  return tried
}

/** The owner of a high-risk agent may not review it, even if named as reviewer. */
export async function tryOwnReview(
  { company }: Quarter,
  campaign: string,
): Promise<readonly Shortcut[]> {
  const { admin } = company
  const agent = company.agents.find(({ role, state }) => role === 'payer' && state === 'active')!
  const { items } = await admin.must('GET', `/reviews/${campaign}/items?agent=${agent.id}`)
  const { roles: before } = await admin.must('GET', `/people/${agent.owner.id}`)
  await admin.must('PATCH', `/people/${agent.owner.id}`, { roles: [...before, 'reviewer'] })
  const path = `/reviews/${campaign}/items/${items[0].id}`
  const met = codeOf(await agent.owner.call('POST', path, { outcome: 'certify' }))
  await admin.must('PATCH', `/people/${agent.owner.id}`, { roles: before })
  return [{ tried: 'an owner reviews alone', expected: 'approval_not_allowed', met }]
}

/** Initiating and approving payments must not be joined by a second agent, nor by delegation. */
async function trySeparation(
  quarter: Quarter,
  expect: (what: string, expected: string, met: string | Answer) => void,
): Promise<void> {
  const { company } = quarter
  const payer = company.agents.find(({ role, state }) => role === 'payer' && state === 'active')!
  const treasurer = company.agents.find(
    ({ role, state, owner }) => role === 'treasurer' && state === 'active' && owner !== payer.owner,
  )!
  await quarter.ask(payer)
  const second = await company.register(payer.owner, undefined, 'treasurer')
  const conflict =
    'separation of duties: payments@1: a party with duty “initiate payments” must not receive “approve payments”'
  expect('one person’s agents come to both duties', conflict, (await quarter.ask(second)).because)
  const door = company.doors.treasurer
  const task = await company.admin.must('POST', '/tasks', {
    purpose: roles.treasurer.purpose,
    host: door.did,
  })
  const delegable = await company.admin.must('POST', `/agents/${treasurer.id}/credentials`, {
    task: task.id,
    audience: [door.did],
    grants: roles.treasurer.grants,
    delegation: { remainingDepth: 1 },
  })
  const caller = await quarter.callerOf(treasurer)
  expect(
    'a duty is delegated to an agent of whoever has the other',
    'separation_of_duties',
    await caller.call('POST', '/delegations', {
      chain: [delegable.credential],
      subject: second.did,
    }),
  )
  await company.admin.must('POST', `/tasks/${task.id}/end`, {})
  await company.admin.must('POST', `/agents/${second.id}/retire`, { reason: 'a test' })
  second.state = 'gone'
}
