import { delegate, read, signDelegation } from '../../src/client/index.ts'
import { type Member, organization } from '../governance/organization.ts'
import { ask as askVerifier, submit, type WorldAgent } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { inForce, until } from './moves.ts'
import { apart, directory, payments, perTransaction } from './people-at-work.ts'
import type { Stage } from './stage.ts'

/** Agents in front of the bank, where initiating and approving payments are kept apart. */
async function setUp(stage: Stage) {
  const target = await stage.service()
  const { member } = await organization(target)
  const bank = await target.agent()
  const agentOf = (owner: Member, more: object = {}) => target.agent({ owner: owner.id, ...more })
  const issue = async (agent: { id: string }, grants: unknown, more: object = {}) =>
    target.raw('POST', `/agents/${agent.id}/credentials`, {
      body: { task: (await target.task(bank)).id, audience: [bank.did], grants, ...more },
    })
  const sides = async (one: { id: string }, other: { id: string }) => [
    (await issue(one, payments.initiate)).status,
    (await issue(other, payments.approve)).status,
  ]
  const act = (agent: WorldAgent, action: string, credential: any, payment: string) =>
    askVerifier(bank, agent, [credential].flat(), {
      action,
      resource: payments.url,
      args: { payment },
    })
  return { target, member, bank, agentOf, issue, sides, act }
}

async function playRecords(stage: Stage) {
  const { target, member, agentOf, sides, issue } = await setUp(stage)
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

async function playDeputy(stage: Stage) {
  const { target, member, bank, agentOf, issue, act } = await setUp(stage)
  const scopes = ['owner']
  const [pia, dora, carl] = [
    await member('Pia', { scopes }),
    await member('Dora', { scopes }),
    await member('Carl', { scopes }),
  ]
  const kept = await target.raw('POST', '/agents', {
    body: { name: 'kept', owner: pia.id, deputy: dora.id, custody: 'service' },
  })
  const [hers, his] = [await agentOf(dora), await agentOf(carl)]
  return inForce(target, '/separation-rules/transactions', perTransaction, async () => {
    const issued = await issue(kept.json, payments.both)
    const challenge = await read(bank.client.challenges.$post({ json: { audience: bank.did } }))
    const { json } = await dora.call('POST', `/agents/${kept.json.id}/presentations`, {
      credentials: [issued.json.id],
      challenge: challenge.challenge,
      domain: challenge.domain,
    })
    const payment = { resource: payments.url, args: { payment: 'P-9' } }
    const first = json.verifiablePresentation
      ? await submit(bank, json.verifiablePresentation, { action: 'initiate', ...payment })
      : 'not presented'
    const second = await act(
      hers,
      'approve',
      (await issue(hers, payments.both)).json.credential,
      'P-9',
    )
    const honest = await act(
      his,
      'approve',
      (await issue(his, payments.both)).json.credential,
      'P-9',
    )
    return judge(
      {
        [`the deputy’s own agent does the other side: “${second}”`]:
          first === 'allow' && second === 'allow',
      },
      { [`the agent of somebody else does: “${honest}”`]: honest === 'allow' },
    )
  })
}

async function playUnwanted(stage: Stage) {
  const { target, member, bank, agentOf, issue, act } = await setUp(stage)
  const [mallory, victor, wanda] = [
    await member('Mallory'),
    await member('Victor'),
    await member('Wanda'),
  ]
  const [attacker, victim, other] = [
    await agentOf(mallory),
    await agentOf(victor),
    await agentOf(wanda),
  ]
  return inForce(target, '/separation-rules/apart', apart, async () => {
    const depth = { delegation: { remainingDepth: 1 } }
    const root = (await issue(attacker, payments.approve, depth)).json.credential
    const prepare = (subject: WorldAgent) =>
      attacker.client.delegations.$post({ json: { chain: [root], subject: subject.did } as never })
    const unasked = await prepare(victim)
    const held = await issue(victim, payments.initiate)
    const wanted: any = await (await prepare(other)).json()
    const signed = await signDelegation(attacker, wanted.credential)
    const used = await act(other, 'approve', [root, signed], 'P-1')
    const afterwards = await issue(other, payments.initiate)
    const quiet = await delegate(attacker, root, { subject: victim.did })
    const both = await act(victim, 'approve', [root, quiet], 'P-1')
    return judge(
      {
        [`after a delegation (${unasked.status}) that nobody signed, the victim is refused: ${held.status}`]:
          held.status !== 201,
        [`who holds a side uses a delegation of the other: “${both}”`]:
          held.status === 201 && both === 'allow',
      },
      {
        [`a delegation is used: “${used}”`]: used === 'allow',
        [`then its user is refused the other side: ${afterwards.status}`]:
          afterwards.status === 403,
        'the bank is there': bank.did !== undefined,
      },
    )
  })
}

async function playSpelling(stage: Stage) {
  const { target, member, agentOf, issue, act } = await setUp(stage)
  const [pia, carl] = [await member('Pia'), await member('Carl')]
  const [one, two, his] = [await agentOf(pia), await agentOf(pia), await agentOf(carl)]
  return inForce(target, '/separation-rules/transactions', perTransaction, async () => {
    const permission = async (agent: WorldAgent) =>
      (await issue(agent, payments.both)).json.credential
    const first = await act(one, 'initiate', await permission(one), 'P-é2')
    const spelt = []
    for (const other of ['P-é2 ', ' P-é2', 'P-é2'.normalize('NFD')])
      spelt.push(await act(two, 'approve', await permission(two), other))
    const honest = await act(his, 'approve', await permission(his), 'P-é2')
    return judge(
      { [`under other spellings the other side is “${spelt}”`]: spelt.includes('allow') },
      {
        [`the first side is “${first}”`]: first === 'allow',
        [`somebody else’s agent is “${honest}”`]: honest === 'allow',
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

export const people: readonly Attack[] = [
  {
    finding: 'M2',
    title: 'a person comes to hold both sides of a rule by several records of themselves',
    play: playRecords,
  },
  {
    finding: 'M2',
    title: 'the deputy of one agent and owner of another does both sides of a transaction',
    play: playDeputy,
  },
  {
    finding: 'L4',
    title: 'a directory makes the last administrator leave',
    isLarge: true,
    play: playLastAdministrator,
  },
  {
    finding: 'L11',
    title: 'a delegation that nobody signed takes from a stranger the other side of a rule',
    play: playUnwanted,
  },
  {
    finding: 'L14',
    title: 'a transaction is another one with a space or in another Unicode form',
    play: playSpelling,
  },
]
