import { type Member, organization } from '../governance/organization.ts'
import { type Attack, judge } from './attack.ts'
import { inForce, until } from './moves.ts'
import { apart, beforeTheBank, directory, payments } from './people-at-work.ts'
import type { Stage } from './stage.ts'

async function playRecords(stage: Stage) {
  const { target, member, agentOf, sides, issue } = await beforeTheBank(await stage.service())
  const violations = async () =>
    (await target.raw('GET', '/separation-rules/apart/violations')).json.violations?.length > 0
  const link = (record: Member, to: Member) =>
    target.raw('PATCH', `/people/${record.id}`, { body: { identityOf: to.id } })
  const email = `pia-${crypto.randomUUID()}@acme.example`
  const [pia, piaAgain] = [await member('Pia', { email }), await member('Pia again', { email })]
  const [quinn, quinnLater] = [await member('Quinn'), await member('Quinn later')]
  const [rob, robLater] = [await member('Rob'), await member('Rob later')]
  const heads = await member('Head')
  const headsOther = await member('Head’s other', { roles: ['head'], identityOf: heads.id })
  const [ann, ben] = [await member('Ann'), await member('Ben')]
  return inForce(target, '/separation-rules/apart', apart, async () => {
    const mailbox = await sides(await agentOf(pia), await agentOf(piaAgain))
    const [one, other] = [await agentOf(quinn), await agentOf(quinnLater)]
    const separate = await sides(one, other)
    const linked = await link(quinnLater, quinn)
    const isSeen = linked.status !== 200 || (await until(true, 3_000, violations))
    const robs = await issue(await agentOf(robLater), payments.initiate)
    const robsLink = await link(robLater, rob)
    const robsOther = await issue(await agentOf(rob), payments.approve)
    const honest = await sides(await agentOf(ann), await agentOf(ben))
    const sidesOfHead = [{ name: 'head', roles: ['head'] }, apart.sides[1]]
    const role = await inForce(
      target,
      '/separation-rules/heads',
      { sides: sidesOfHead },
      async () => issue(await agentOf(heads), payments.approve),
    )
    return judge(
      {
        [`two records of one mailbox get both sides: ${mailbox}`]: mailbox.join() === '201,201',
        [`records linked afterwards (${linked.status}) keep both, and no violation is told`]:
          !isSeen,
        [`one linked (${robsLink.status}) to who holds a side gets the other: ${robsOther.status}`]:
          robsLink.status === 200 && robsOther.status === 201,
        [`a role of a person’s other record (${headsOther.id.slice(0, 4)}…) does not count: ${role.status}`]:
          role.status === 201,
      },
      {
        [`two people get a side each: ${honest}`]: honest.join() === '201,201',
        [`so did they before they were linked: ${separate}, ${robs.status}`]:
          separate.join() === '201,201' && robs.status === 201,
      },
    )
  })
}

async function playLastAdministrator(stage: Stage) {
  const target = await stage.start()
  const { call, scim } = await directory(target)
  const [administrator] = (await target.raw('GET', '/people')).json.items ?? []
  const other = await target.person('Other')
  const ordinary = await call('POST', `/people/${other.id}/leave`, {})
  const last = await call('POST', `/people/${administrator.id}/leave`, {})
  const deleted = await scim('DELETE', `/Users/${administrator.id}`, {})
  const after = await target.raw('GET', '/people')
  return judge(
    {
      [`the last administrator leaves: ${last.status}, ${deleted.status}`]:
        last.status === 200 || after.status !== 200,
    },
    { [`somebody else leaves: ${ordinary.status}`]: ordinary.status === 200 },
  )
}

async function playSecondKey(stage: Stage) {
  const target = await stage.service()
  const { member, owner, ask } = await organization(target)
  const role = `operations-${crypto.randomUUID().slice(0, 8)}`
  const approver = await member('Approver', { roles: [role] })
  const { token } = await target.keyFor(`person:${owner.id}`, 'administrator')
  const rule = { outcome: 'ask', stages: [{ name: 'one', approvers: { roles: [role] } }] }
  return inForce(target, '/approval-rules/second-key', rule, async () => {
    const body = {
      name: 'second key',
      holder: { kind: 'person', id: approver.id },
      scopes: ['approver'],
    }
    const second = await target.raw('POST', '/api-keys', { token, body })
    const asked = (await ask()).json
    const approve = async (by: string) =>
      (
        await target.raw('POST', `/requests/${asked.id}/approve`, {
          token: by,
          body: { digest: asked.digest },
        })
      ).status
    const rotated = await target.raw('POST', `/api-keys/${second.json.id}/rotate`, {
      token: second.json.token,
      body: {},
    })
    const stolen = await approve(rotated.json.token ?? second.json.token)
    await target.raw('POST', `/api-keys/${second.json.id}/revoke`, { token, body: {} })
    const honest = await approve(approver.token)
    return judge(
      {
        [`with a key that the requester made, the approval is answered ${stolen}`]: stolen === 200,
      },
      { [`without it the approver approves, answered ${honest}`]: honest === 200 },
    )
  })
}

export const people: readonly Attack[] = [
  {
    finding: 'M4',
    title:
      'whoever asks for a permission makes the approver a second API key, and approves with it',
    play: playSecondKey,
  },
  {
    finding: 'M2',
    title: 'a person comes to hold both sides of a rule by several records of themselves',
    play: playRecords,
  },
  {
    finding: 'L4',
    title: 'a directory makes the last administrator leave',
    isLarge: true,
    play: playLastAdministrator,
  },
]
