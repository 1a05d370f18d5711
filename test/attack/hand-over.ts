import { proveKey } from '../../src/sdk/index.ts'
import { type Member, organization } from '../governance/organization.ts'
import { party } from '../parties.ts'
import { ask as askVerifier, type WorldAgent } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { inForce } from './moves.ts'
import { directory, payments, perTransaction } from './people-at-work.ts'
import type { Stage } from './stage.ts'

const askOperations = {
  when: { purposes: ['monthly-report'] },
  outcome: 'ask',
  stages: [{ name: 'operations', approvers: { roles: ['operations'] } }],
}

async function playBystander(stage: Stage) {
  const target = await stage.service()
  const { member, door } = await organization(target)
  const both = { roles: ['analyst', 'operations'], scopes: ['owner', 'approver'] }
  const alice = await member('Alice', both)
  const [bob, carol] = [await member('Bob', both), await member('Carol', both)]
  const agent = await target.agent({ owner: alice.id, roles: ['analyst'] })
  return inForce(target, '/approval-rules/asked', askOperations, async () => {
    const handed = await alice.call('POST', `/agents/${agent.id}/hand-over`, { owner: bob.id })
    const ask = async () => {
      const json = { agent: agent.id, task: (await target.task(door)).id, reason: 'x' }
      const answer = await agent.client.requests.$post({ json: json as never })
      return (await answer.json()) as any
    }
    const approve = async (as: Member, { id, digest }: { id: string; digest: string }) =>
      as.call('POST', `/requests/${id}/approve`, { digest })
    const asked = await ask()
    const own = await approve(alice, asked)
    const granted = await approve(carol, asked)
    const accepted = await bob.call('POST', `/agents/${agent.id}/hand-over/accept`, {
      offer: handed.json.handOver?.id,
    })
    // By the key that she has; a service may want another one first, and then there is no request.
    const later = await ask()
    const approved = later.digest === undefined ? undefined : await approve(alice, later)
    const byAdministrator = await target.raw('POST', `/agents/${agent.id}/hand-over`, {
      body: { owner: carol.id },
    })
    const after = await target.raw('GET', `/agents/${agent.id}`)
    return judge(
      {
        [`handing over is answered ${handed.status}, and she approves: ${own.status} ${own.json.state}`]:
          own.status === 200,
        [`after he accepted (${accepted.status}) she approves: ${approved?.status}`]:
          approved?.status === 200,
      },
      {
        [`he accepts: ${accepted.status} ${accepted.json.owner === bob.id}`]:
          accepted.status === 200 && accepted.json.owner === bob.id,
        [`somebody else approves: ${granted.status} ${granted.json.state}`]:
          granted.json.state === 'granted',
        [`an administrator hands over: ${byAdministrator.status}`]:
          byAdministrator.status === 200 && after.json.owner === carol.id,
      },
    )
  })
}

async function playOtherSide(stage: Stage) {
  const target = await stage.service()
  const { member } = await organization(target)
  const scopes = ['owner']
  const [alice, bob, carol] = [
    await member('Alice', { scopes }),
    await member('Bob', { scopes }),
    await member('Carol', { scopes }),
  ]
  const bank = await target.agent()
  const [one, two, other] = [
    await target.agent({ owner: alice.id }),
    await target.agent({ owner: alice.id }),
    await target.agent({ owner: carol.id }),
  ]
  return inForce(target, '/separation-rules/transactions', perTransaction, async () => {
    const act = async (agent: WorldAgent, action: string) => {
      const { credential } = await target.permit(agent, bank, { grants: payments.both })
      const args = { payment: 'P-1' }
      return askVerifier(bank, agent, [credential], { action, resource: payments.url, args })
    }
    const created = await act(one, 'initiate')
    const before = await act(two, 'approve')
    const handed = await alice.call('POST', `/agents/${two.id}/hand-over`, { owner: bob.id })
    const after = await act(two, 'approve')
    const honest = await act(other, 'approve')
    return judge(
      { [`handed over (${handed.status}), the second agent is “${after}”`]: after === 'allow' },
      {
        [`the first side is “${created}”`]: created === 'allow',
        [`before, the second is “${before}”`]: before === 'deny: separation_of_duties',
        [`an agent of somebody else is “${honest}”`]: honest === 'allow',
      },
    )
  })
}

async function playStrictApprover(stage: Stage) {
  const target = await stage.service()
  const { member, owner, agent, ask } = await organization(target)
  const strict = await member('Strict', { roles: ['operations'] })
  return inForce(target, '/approval-rules/asked', askOperations, async () => {
    const [one, two] = [(await ask()).json, (await ask({ lifetimeSeconds: 60 })).json]
    const named = await owner.call('POST', `/agents/${agent.id}/hand-over`, {
      owner: owner.id,
      deputy: strict.id,
    })
    const refused = await strict.call('POST', `/requests/${one.id}/refuse`, {
      digest: one.digest,
      comment: 'no',
    })
    const after = await strict.call('GET', `/requests/${one.id}`)
    const other = await member('Other', { roles: ['operations'] })
    const granted = await other.call('POST', `/requests/${two.id}/approve`, { digest: two.digest })
    return judge(
      {
        [`named as deputy (${named.status}), the approver refuses: ${refused.status}`]:
          refused.status !== 200 || after.json.state !== 'refused',
      },
      { [`another approver grants: ${granted.status}`]: granted.json.state === 'granted' },
    )
  })
}

async function playDirectory(stage: Stage) {
  const target = await stage.service()
  const { member, door } = await organization(target)
  const bob = await member('Bob', { scopes: ['owner'], roles: ['analyst'] })
  const { call } = await directory(target)
  const thief = party()
  const registered = await call('POST', '/agents', {
    name: 'helper',
    owner: bob.id,
    roles: ['analyst'],
    riskTier: 'low',
  })
  const { id, keyChallenge } = registered.json
  const active = await target.raw('POST', `/agents/${id}/activate`, {
    token: null,
    body: keyChallenge ? await proveKey(id, keyChallenge, thief.signer) : {},
  })
  const [giver] = [await target.agent()]
  const { credential } = await target.permit(giver, door, { delegation: { remainingDepth: 1 } })
  const delegated =
    active.json.state === 'active'
      ? await giver.client.delegations.$post({
          json: { chain: [credential], subject: active.json.did } as never,
        })
      : undefined
  const honest = await target.agent({ owner: bob.id, roles: ['analyst'] })
  return judge(
    {
      [`an agent in another’s name is ${active.json.state} by the directory’s key`]:
        active.json.state === 'active',
      [`work is delegated to it: ${delegated?.status}`]: delegated?.status === 201,
    },
    { 'an agent that an administrator registers is active': honest.did !== undefined },
  )
}

export const handOver: readonly Attack[] = [
  {
    finding: 'H6',
    title: 'an owner hands the agent over to a bystander, and approves what it asks',
    play: playBystander,
  },
  {
    finding: 'H6',
    title: 'an owner hands an agent over to do the other side of a transaction',
    play: playOtherSide,
  },
  {
    finding: 'M15',
    title: 'a requester names the strict approver as deputy, who then may not even refuse',
    play: playStrictApprover,
  },
  {
    finding: 'L9',
    title: 'a directory registers an agent in another’s name and keeps its key',
    play: playDirectory,
  },
]
