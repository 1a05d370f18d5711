import { delegate, read, signDelegation } from '../../src/sdk/index.ts'
import { submit, type WorldAgent } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { inForce } from './moves.ts'
import { apart, beforeTheBank, payments, perTransaction } from './people-at-work.ts'
import type { Stage } from './stage.ts'

async function playDeputy(stage: Stage) {
  const { target, member, bank, agentOf, issue, act } = await beforeTheBank(await stage.service())
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
  const { target, member, bank, agentOf, issue, act } = await beforeTheBank(await stage.service())
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
  const { target, member, agentOf, issue, act } = await beforeTheBank(await stage.service())
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

export const duties: readonly Attack[] = [
  {
    finding: 'M2',
    title: 'the deputy of one agent and owner of another does both sides of a transaction',
    play: playDeputy,
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
