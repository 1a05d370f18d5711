import { expect, test } from 'vitest'
import { toMultikey } from '../../src/keys/public-key.ts'
import { generatePrivateJwk, proveKey, read, signerFromJwk } from '../../src/sdk/index.ts'
import { submit, type WorldAgent, world } from '../world.ts'
import type { Member } from './organization.ts'
import { grant, payments, rule, setUp } from './payments.ts'

test('a deputy who has an agent’s kept key sign cannot act on the other side with an agent of their own, before or after', async () => {
  const w = await world()
  const { put, pia, member, bank, issue, act } = await setUp(w)
  await put('/separation-rules/payments', { ...rule, transaction: '/payment' })
  const deputy = await member('Dee', { scopes: ['owner'] })
  const kept = await read(
    w.admin.agents.$post({
      json: { name: 'kept', owner: pia.id, deputy: deputy.id, custody: 'service' } as never,
    }),
  )
  const own = await w.agent({ owner: deputy.id })
  const both = grant('initiate', 'approve')
  const held = (await issue({ ...own, id: kept.id } as never, both)).json
  const mine = (await issue(own, both)).json
  const byKept = async (as: Pick<Member, 'token'> | null, action: string, payment: string) => {
    const challenge = await read(bank.client.challenges.$post({ json: { audience: bank.did } }))
    const presented = await w.raw('POST', `/agents/${kept.id}/presentations`, {
      body: { credentials: [held.id], challenge: challenge.challenge, domain: bank.did },
      ...(as ? { token: as.token } : {}),
    })
    const invocation = { action, resource: payments, args: { payment } }
    return submit(bank, presented.json.verifiablePresentation, invocation)
  }
  const byOwn = (action: string, payment: string) =>
    act(own, action, [mine.credential], { args: { payment } })
  const owner = await w.keyFor(`person:${pia.id}`, 'owner')

  const answers = [
    await byKept(owner, 'initiate', 'P-0'),
    await byOwn('approve', 'P-0'),
    await byKept(deputy, 'initiate', 'P-1'),
    await byOwn('approve', 'P-1'),
    await byOwn('initiate', 'P-2'),
    await byKept(deputy, 'approve', 'P-2'),
  ]
  const no = 'deny: separation_of_duties'
  expect(answers).toEqual(['allow', 'allow', 'allow', no, 'allow', no])
})

test('a deputy who brings an agent a new key acts with it, until another person, and not the agent, brings another', async () => {
  const w = await world({ PROCURA_PUBLIC_URL: 'https://iam.example.com' })
  const { put, pia, member, issue, act } = await setUp(w)
  await put('/separation-rules/payments', { ...rule, transaction: '/payment' })
  const deputy = await member('Dee', { scopes: ['owner'] })
  const agent = await w.agent({ owner: pia.id, deputy: deputy.id, didMethod: 'web' })
  const own = await w.agent({ owner: deputy.id })
  const both = grant('initiate', 'approve')
  const [theirs, mine] = [(await issue(agent, both)).json, (await issue(own, both)).json]
  const itself = await w.keyFor(`agent:${agent.id}`, 'owner')
  const rotatedBy = async (token: string): Promise<WorldAgent> => {
    const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
    const path = `/agents/${agent.id}`
    const { keyChallenge } = (await w.raw('POST', `${path}/key-challenge`, { body: {}, token }))
      .json
    const proof = await proveKey(agent.id, keyChallenge, signer)
    const { status } = await w.raw('POST', `${path}/rotate-key`, { body: { proof }, token })
    if (status !== 200) throw new Error(`rotation is answered ${status}`)
    // A document of our own is remembered for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    return { ...agent, signer, verificationMethod: `${agent.did}#${toMultikey(signer.publicKey)}` }
  }
  const bothSides = async (as: WorldAgent, payment: string) => [
    await act(as, 'initiate', [theirs.credential], { args: { payment } }),
    await act(own, 'approve', [mine.credential], { args: { payment } }),
  ]

  const answers = [
    await bothSides(agent, 'P-1'),
    await bothSides(await rotatedBy(deputy.token), 'P-2'),
    await bothSides(await rotatedBy(itself.token), 'P-3'),
    await bothSides(await rotatedBy(w.apiKey), 'P-4'),
  ]

  const no = 'deny: separation_of_duties'
  expect(answers).toEqual([
    ['allow', 'allow'],
    ['allow', no],
    ['allow', no],
    ['allow', 'allow'],
  ])
})
