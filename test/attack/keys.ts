import { toMultikey } from '../../src/keys/public-key.ts'
import {
  delegate,
  generatePrivateJwk,
  type Holder,
  proveKey,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { ask, readCustomers } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { byKey, forge, presentTo, sleep, tryAsk } from './moves.ts'
import type { Stage } from './stage.ts'

async function playThief(stage: Stage) {
  const target = await stage.service()
  const [agent, door] = [await target.agent({ didMethod: 'web' }), await target.agent()]
  const issue = async () => {
    const { json } = await target.raw('POST', `/agents/${agent.id}/credentials`, {
      body: {
        task: (await target.task(door)).id,
        audience: [door.did],
        grants: readCustomers,
        forms: ['dc+sd-jwt'],
      },
    })
    return { plain: json.credential, bound: json.forms['dc+sd-jwt'] }
  }
  const thief: Holder = agent
  const stolen = await issue()
  const before = await ask(door, thief, [stolen.bound])
  const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const { keyChallenge } = (
    await target.raw('POST', `/agents/${agent.id}/key-challenge`, { body: {} })
  ).json
  const rotated = await target.raw('POST', `/agents/${agent.id}/rotate-key`, {
    body: { proof: await proveKey(agent.id, keyChallenge, signer), compromised: true },
  })
  const renewed: Holder = {
    did: agent.did,
    signer,
    verificationMethod: `${agent.did}#${toMultikey(signer.publicKey)}`,
  }
  // The promise is two seconds.
  await sleep(2_000)
  const after = await tryAsk(door, thief, [stolen.bound])
  const inOtherForm = await tryAsk(door, thief, [stolen.plain])
  const fresh = await issue()
  const mine = await tryAsk(door, renewed, [fresh.plain])
  const bound = await tryAsk(door, renewed, [fresh.bound])
  return judge(
    {
      [`the thief of the old key is answered “${after}” for an SD-JWT`]: after === 'allow',
      [`the thief of the old key is answered “${inOtherForm}”`]: inOtherForm === 'allow',
    },
    {
      [`before it the SD-JWT is “${before}”`]: before === 'allow',
      [`the key is rotated: ${rotated.status}`]: rotated.status === 200,
      [`the agent with its new key is “${mine}”`]: mine === 'allow',
      [`the agent with a new SD-JWT is “${bound}”`]: bound === 'allow',
    },
  )
}

async function playForger(stage: Stage) {
  const target = await stage.start()
  const [agent, door] = [await target.agent(), await target.agent()]
  const { credential } = await target.permit(agent, door)
  const before = await ask(door, agent, [credential])
  const key = await target.keyFor(`agent:${door.id}`, 'verifier')
  const presentation = await presentTo(await byKey(target, door), agent, [credential])
  const opened = await target.raw('POST', '/sessions', { token: key.token, body: { presentation } })
  const { session } = opened.json
  const inSession = async () =>
    (
      await target.raw('POST', `/sessions/${session}/decisions`, {
        token: key.token,
        body: {
          action: 'read',
          resource: readCustomers[0]!.locations[0],
          purpose: 'monthly-report',
        },
      })
    ).json.decision
  const sessionBefore = await inSession()
  const rotated = await target.raw('POST', '/issuers/main/rotate', { body: { compromised: true } })
  await sleep(2_000)
  const after = await tryAsk(door, agent, [credential])
  const sessionAfter = await inSession()
  const next = await target.permit(agent, door)
  const honest = await tryAsk(door, agent, [next.credential])
  return judge(
    {
      [`what was signed with the compromised key is “${after}”`]: after === 'allow',
      [`a session that rests on it is “${sessionAfter}”`]: sessionAfter === 'allow',
    },
    {
      [`before it the permission is “${before}”`]: before === 'allow',
      [`before it the session is “${sessionBefore}”`]: sessionBefore === 'allow',
      [`the issuer’s key is rotated: ${rotated.status}`]: rotated.status === 200,
      [`what is signed with the new key is “${honest}”`]: honest === 'allow',
    },
  )
}

async function playOldKey(stage: Stage) {
  const target = await stage.service()
  const [agent, door, friend] = [
    await target.agent({ didMethod: 'web' }),
    await target.agent(),
    await target.agent(),
  ]
  const permit = async () =>
    (await target.permit(agent, door, { delegation: { remainingDepth: 1 } })).credential
  const earlier = await permit()
  const before = await delegate(agent, earlier, { subject: friend.did })
  const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const { keyChallenge } = (
    await target.raw('POST', `/agents/${agent.id}/key-challenge`, { body: {} })
  ).json
  await target.raw('POST', `/agents/${agent.id}/rotate-key`, {
    body: { proof: await proveKey(agent.id, keyChallenge, signer) },
  })
  const verificationMethod = `${agent.did}#${toMultikey(signer.publicKey)}`
  await sleep(1_100)
  const later = await permit()
  const byNew = await delegate({ ...agent, signer, verificationMethod }, later, {
    subject: friend.did,
  })
  const byOld = await forge(agent, byNew, () => undefined)
  const stolen = await tryAsk(door, friend, [later, byOld])
  const honest = [
    await tryAsk(door, friend, [earlier, before]),
    await tryAsk(door, friend, [later, byNew]),
  ]
  return judge(
    { [`what the old key delegates is “${stolen}”`]: stolen === 'allow' },
    { [`earlier and new delegations are “${honest}”`]: honest.join() === 'allow,allow' },
  )
}

export const keys: readonly Attack[] = [
  {
    finding: 'H4',
    title: 'whoever has an agent’s old key delegates what the agent was given after the rotation',
    play: playOldKey,
  },
  {
    finding: 'H4',
    title: 'the thief of a key goes on with SD-JWT permissions after it was rotated as compromised',
    play: playThief,
  },
  {
    finding: 'M5',
    title: 'what a thief signed with an issuer’s key is good after that was rotated as compromised',
    isLarge: true,
    play: playForger,
  },
]
