import { organization, stage as stageOf } from '../governance/organization.ts'
import { type Attack, judge } from './attack.ts'
import { inForce } from './moves.ts'
import { directory } from './people-at-work.ts'
import type { Stage } from './stage.ts'

const asked = (quorum = 1) => ({
  when: { purposes: ['monthly-report'] },
  outcome: 'ask',
  stages: [stageOf('operations', { quorum })],
})
const roles = ['operations']

/** An organization in which operations is asked before anything is granted. */
async function setUp(stage: Stage) {
  const target = await stage.service()
  const made = await organization(target)
  const approver = await made.member('Ops', { roles })
  const approve = async (request: any, as = approver) =>
    as.call('POST', `/requests/${request.id}/approve`, { digest: request.digest })
  return { target, ...made, approver, approve }
}

async function playOutdated(stage: Stage) {
  const { target, ask, approve, put, agent, entitlement } = await setUp(stage)
  return inForce(target, '/approval-rules/asked', asked(), async () => {
    const open: any[] = []
    for (const lifetimeSeconds of [60, 61, 62, 63]) open.push((await ask({ lifetimeSeconds })).json)
    const outcomes: Record<string, string> = {}
    const try_ = async (what: string) => {
      const answer = await approve(open.shift())
      outcomes[what] = `${answer.status} ${answer.json.state ?? answer.json.type?.split('#')[1]}`
    }
    const assign = (to: readonly string[]) =>
      target.raw('PUT', `/agents/${agent.id}/roles`, { body: { roles: to } })
    await assign([])
    await try_('its role was taken from the agent')
    await assign(['analyst'])
    await target.raw('DELETE', '/entitlements/customers-for-analysts')
    await try_('the entitlement was withdrawn')
    await put('/entitlements/customers-for-analysts', entitlement)
    const never = { when: { purposes: ['monthly-report'] }, outcome: 'refuse' }
    await inForce(target, '/approval-rules/never', never, () => try_('a rule refuses by now'))
    const honest = await approve((await ask({ lifetimeSeconds: 64 })).json)
    return judge(
      Object.fromEntries(
        Object.entries(outcomes).map(([what, outcome]) => [
          `after ${what} the last approval is answered ${outcome}`,
          outcome === '200 granted',
        ]),
      ),
      { [`what stands as it was asked is ${honest.json.state}`]: honest.json.state === 'granted' },
    )
  })
}

async function playAlias(stage: Stage) {
  const { target, member, approve, ask, approver } = await setUp(stage)
  const email = `eve-${crypto.randomUUID()}@acme.example`
  const eve = await member('Eve', { roles: ['analyst'], scopes: ['owner'], email })
  const twin = await member('Eve again', { roles, email })
  const mine = await target.agent({ owner: eve.id, roles: ['analyst'] })
  return inForce(target, '/approval-rules/asked', asked(), async () => {
    const open = (await ask({}, eve, mine)).json
    const before = await approve(open, twin)
    const alias = `alias-${email}`
    const renamed = await (await directory(target)).scim('PATCH', `/Users/${twin.id}`, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path: 'emails', value: [{ value: alias, primary: true }] }],
    })
    const after = await approve(open, twin)
    const honest = await approve(open, approver)
    return judge(
      {
        [`her other record approves before: ${before.status}`]: before.status === 200,
        [`under an alias (${renamed.status}) her other record approves: ${after.status}`]:
          after.status === 200,
      },
      {
        [`somebody else approves: ${honest.status}`]:
          honest.json.state === 'granted' || after.status === 200,
      },
    )
  })
}

async function playPuppet(stage: Stage) {
  const { target, member, approve, door, approver } = await setUp(stage)
  const eve = await member('Eve', { roles: ['analyst'], scopes: ['owner', 'administrator'] })
  const puppet = await member('Puppet', { roles, by: eve })
  const mine = await target.agent({ owner: eve.id, roles: ['analyst'] })
  return inForce(target, '/approval-rules/asked', asked(), async () => {
    const task = (await target.task(door)).id
    const json = { agent: mine.id, task, reason: 'x' }
    const open: any = await (await mine.client.requests.$post({ json: json as never })).json()
    const answer = await approve(open, puppet)
    const honest = await approve(open, approver)
    return judge(
      { [`the puppet approves: ${answer.status}`]: answer.status === 200 },
      {
        [`somebody else approves: ${honest.status}`]:
          honest.json.state === 'granted' || answer.status === 200,
      },
    )
  })
}

async function playReason(stage: Stage) {
  const { target, ask, owner, approver, approve } = await setUp(stage)
  return inForce(target, '/approval-rules/asked', asked(), async () => {
    const open = (await ask()).json
    const read = (await approver.call('GET', `/requests/${open.id}`)).json
    const edited = await owner.call('PUT', `/requests/${open.id}`, { reason: 'for myself' })
    const granted = await approve(read)
    const now = (await approver.call('GET', `/requests/${open.id}`)).json
    const other = (await ask({ lifetimeSeconds: 60 })).json
    const honest = await approve((await approver.call('GET', `/requests/${other.id}`)).json)
    return judge(
      {
        [`the reason became “${now.reason}” (${edited.status}) before it was approved: ${granted.status}`]:
          now.reason !== read.reason && granted.status === 200,
      },
      { [`what was read is approved: ${honest.json.state}`]: honest.json.state === 'granted' },
    )
  })
}

/** With an Idempotency-Key, whatever is refused without one must be refused as well. */
async function playIdempotency(stage: Stage) {
  const { target, ask, owner, member, approver } = await setUp(stage)
  const self = await member('Olga again', { roles, identityOf: owner.id })
  return inForce(target, '/approval-rules/asked', asked(), async () => {
    const open = (await ask()).json
    const post = (action: string, token: string, body: object, key = crypto.randomUUID()) =>
      target.raw('POST', `/requests/${open.id}/${action}`, {
        token,
        body: { digest: open.digest, ...body },
        headers: { 'idempotency-key': key },
      })
    const approved = await post('approve', self.token, {})
    const refused = await post('refuse', self.token, { comment: 'no' })
    const key = crypto.randomUUID()
    const honest = [
      await post('approve', approver.token, {}, key),
      await post('approve', approver.token, {}, key),
    ]
    return judge(
      {
        [`an approval that is not allowed is answered ${approved.status}`]: approved.status !== 403,
        [`a refusal that is not allowed is answered ${refused.status}`]: refused.status !== 403,
      },
      {
        [`an approval and its repetition are answered ${honest.map(({ status }) => status)}`]:
          honest.every(({ status, json }) => status === 200 && json.state === 'granted'),
      },
    )
  })
}

export const requests: readonly Attack[] = [
  {
    finding: 'M3',
    title: 'a request is granted although its role, entitlement or rule changed since it was made',
    play: playOutdated,
  },
  {
    finding: 'M4',
    title: 'a directory gives the requester’s other record an alias, under which it approves',
    play: playAlias,
  },
  {
    finding: 'M4',
    title: 'a record that the owner made approves what the owner’s agent asks',
    play: playPuppet,
  },
  {
    finding: 'M10',
    title: 'an Idempotency-Key turns a refused vote into another answer',
    play: playIdempotency,
  },
  {
    finding: 'L6',
    title: 'the reason of a request is changed between reading and approving',
    play: playReason,
  },
]
