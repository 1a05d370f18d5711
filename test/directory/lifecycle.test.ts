import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { toMultikey } from '../../src/keys/public-key.ts'
import {
  generatePrivateJwk,
  makeClient,
  proveKey,
  read,
  signerFromJwk,
} from '../../src/sdk/index.ts'
import { acceptOffer, organization, refusal } from '../governance/organization.ts'
import { ask, readCustomers, submit, world } from '../world.ts'

const problem = (code: string) => `https://w3id.org/procura/problems#${code}`

test('F22 an agent is pending until it has proved possession of its key; somebody else’s public key is refused', async () => {
  const w = await world()
  const ada = await w.person()
  const [own, victim] = [
    signerFromJwk(await generatePrivateJwk('Ed25519')),
    signerFromJwk(await generatePrivateJwk('Ed25519')),
  ]
  const pending = await read(w.admin.agents.$post({ json: { name: 'x', owner: ada.id } as never }))
  const activate = (body: object) =>
    w.raw('POST', `/agents/${pending.id}/activate`, { token: null, body })
  const proof = await proveKey(pending.id, pending.keyChallenge!, own)
  const other = await read(w.admin.agents.$post({ json: { name: 'y', owner: ada.id } as never }))

  const refused = [
    await activate({ ...proof, publicKeyMultibase: toMultikey(victim.publicKey) }),
    await activate({ ...proof, challenge: other.keyChallenge }),
    await activate({ ...proof, challenge: 'made up' }),
    await activate({ ...proof, signature: proof.signature.slice(2) }),
    await activate({
      ...proof,
      publicKeyMultibase: 'z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc',
    }),
  ]
  const active = await activate(proof)
  const twice = await activate(proof)

  expect([pending.state, pending.did]).toEqual(['pending', null])
  expect(refused.map(({ status, json }) => [status, json.type])).toEqual(
    refused.map(() => [422, problem('key_proof_invalid')]),
  )
  expect([active.json.state, active.json.did]).toEqual([
    'active',
    `did:key:${toMultikey(own.publicKey)}`,
  ])
  expect([twice.status, twice.json.type]).toEqual([409, problem('challenge_spent')])
})

test('one key belongs to one agent', async () => {
  const w = await world()
  const x = await w.agent()
  const pending = await read(
    w.admin.agents.$post({ json: { name: 'twin', owner: (await w.person()).id } as never }),
  )

  const twin = await w.raw('POST', `/agents/${pending.id}/activate`, {
    body: await proveKey(pending.id, pending.keyChallenge!, x.signer),
  })

  expect([twin.status, twin.json.type]).toEqual([409, problem('already_exists')])
})

test('an agent changes state only as the table allows', async () => {
  const w = await world()
  const ada = await w.person()
  const pending = await read(w.admin.agents.$post({ json: { name: 'p', owner: ada.id } as never }))
  const x = await w.agent()
  const step = async (id: string, name: string) =>
    (await w.raw('POST', `/agents/${id}/${name}`, { body: {} })).status
  const statuses: Record<string, number> = {}
  for (const name of ['suspend', 'resume'])
    statuses[`pending ${name}`] = await step(pending.id, name)
  statuses['active resume'] = await step(x.id, 'resume')
  statuses['active suspend'] = await step(x.id, 'suspend')
  statuses['suspended suspend'] = await step(x.id, 'suspend')
  statuses['suspended resume'] = await step(x.id, 'resume')
  statuses['active retire'] = await step(x.id, 'retire')
  for (const name of ['suspend', 'resume', 'retire'])
    statuses[`retired ${name}`] = await step(x.id, name)
  statuses['pending retire'] = await step(pending.id, 'retire')

  expect(statuses).toEqual({
    'pending suspend': 409,
    'pending resume': 409,
    'active resume': 409,
    'active suspend': 200,
    'suspended suspend': 409,
    'suspended resume': 200,
    'active retire': 200,
    'retired suspend': 409,
    'retired resume': 409,
    'retired retire': 409,
    'pending retire': 200,
  })
})

test('a suspension is lifted only by those entitled to lift its cause, and a stronger cause replaces a weaker one', async () => {
  const w = await world()
  const { owner, agent } = await organization(w)
  const system = await w.raw('POST', '/systems', { body: { name: 'directory' } })
  const { token } = await w.keyFor(`system:${system.json.id}`, 'provisioner')
  const path = `/agents/${agent.id}`
  const bySuspender = {
    owner: (step: string) => owner.call('POST', `${path}/${step}`, {}),
    directory: (step: string) =>
      w.raw('PATCH', `/scim/v2${path.replace('agents', 'Agents')}`, {
        token,
        body: { Operations: [{ op: 'replace', path: 'active', value: step === 'resume' }] },
      }),
    administrator: (step: string) => w.raw('POST', `${path}/${step}`, { body: {} }),
  }
  const suspenders = Object.keys(bySuspender) as (keyof typeof bySuspender)[]
  const now = async () => (await w.raw('GET', path)).json.suspendedBy

  const resumed: Record<string, readonly number[]> = {}
  for (const cause of suspenders) {
    const statuses = []
    for (const by of suspenders) {
      if ((await now()) === null) await bySuspender[cause]('suspend')
      statuses.push((await bySuspender[by]('resume')).status)
    }
    resumed[cause] = statuses
  }
  const causes = []
  for (const by of [...suspenders, 'owner'] as const) {
    await bySuspender[by]('suspend')
    causes.push(await now())
  }

  expect(resumed).toEqual({
    owner: [200, 403, 200],
    directory: [403, 200, 200],
    administrator: [403, 403, 200],
  })
  expect(causes).toEqual(['owner', 'directory', 'administrator', 'administrator'])
})

test('a hand-over does not lift a suspension that its new owner could not', async () => {
  const w = await world()
  const { member, owner, agent } = await organization(w)
  const heir = await member('Heir', { roles: ['analyst'], scopes: ['owner'] })
  const path = `/agents/${agent.id}`
  const state = async () => {
    const { json } = await w.raw('GET', path)
    return [json.state, json.suspendedBy, json.owner]
  }
  const offered = await owner.call('POST', `${path}/hand-over`, { owner: heir.id, deputy: null })
  await w.raw('POST', `${path}/suspend`, { body: {} })

  const accepted = await acceptOffer(heir, agent.id)
  const after = await state()
  await w.raw('POST', `${path}/resume`, { body: {} })
  await owner.call('POST', `${path}/suspend`, {})
  const again = await acceptOffer(heir, agent.id)

  expect([offered.status, refusal(accepted), again.status]).toEqual([
    200,
    [409, 'agent_state_conflict'],
    200,
  ])
  expect(after).toEqual(['suspended', 'administrator', owner.id])
  expect(await state()).toEqual(['pending', null, heir.id])
})

test('a change of a suspended agent by a directory that does not name active leaves the suspension alone', async () => {
  const w = await world()
  const { owner, agent } = await organization(w)
  const system = await w.raw('POST', '/systems', { body: { name: 'directory' } })
  const { token } = await w.keyFor(`system:${system.json.id}`, 'provisioner')
  await owner.call('POST', `/agents/${agent.id}/suspend`, {})

  const changed = await w.raw('PATCH', `/scim/v2/Agents/${agent.id}`, {
    token,
    body: { Operations: [{ op: 'replace', path: 'roles', value: [{ value: 'clerk' }] }] },
  })

  const { roles, suspendedBy } = (await w.raw('GET', `/agents/${agent.id}`)).json
  expect([changed.status, roles, suspendedBy]).toEqual([200, ['clerk'], 'owner'])
})

test('retiring an agent revokes everything it holds in the same commit: credentials, API keys, its own signature', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const issued = [await w.permit(x, ledger), await w.permit(x, ledger)]
  const key = await w.keyFor(`agent:${x.id}`, 'verifier')

  await read(w.admin.agents[':id'].retire.$post({ param: { id: x.id }, json: {} as never }))

  const listed = await read(w.admin.credentials.$get({ query: { agent: x.id as never } }))
  expect(listed.items.map(({ id, state }) => [id, state])).toEqual(
    issued.map(({ id }) => [id, 'revoked']),
  )
  expect(await ask(ledger, x, [issued[0]!.credential])).toBe('deny: revoked')
  expect((await w.raw('GET', `/agents/${x.id}`, { token: key.token })).status).toBe(401)
  expect((await x.client.agents[':id'].$get({ param: { id: x.id } })).status).toBe(401)
  const task = await w.task(ledger)
  const again = await w.raw('POST', `/agents/${x.id}/credentials`, {
    body: { task: task.id, audience: [ledger.did], grants: readCustomers },
  })
  expect([again.status, again.json.type]).toEqual([409, problem('agent_not_active')])
})

test('when issuing races retiring, whatever was issued is revoked', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const body = { task, audience: [ledger.did], grants: readCustomers }
  const issuing = Array.from({ length: 40 }, () =>
    w.raw('POST', `/agents/${x.id}/credentials`, { body }),
  )
  const retiring = w.raw('POST', `/agents/${x.id}/retire`, { body: {} })

  const issued = (await Promise.all(issuing)).filter(({ status }) => status === 201)
  await retiring

  const outcomes = await Promise.all(
    issued.map(({ json }) => ask(ledger, x, [json.credential as JsonObject])),
  )
  expect(outcomes).toEqual(issued.map(() => 'deny: revoked'))
})

test('an ephemeral agent ends by itself, together with what it holds', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent({ lifetimeSeconds: 5 }), await w.agent()]
  const { credential } = await w.permit(x, ledger)

  w.advance(5_000)
  await new Promise((resolve) => setTimeout(resolve, 1_500))

  expect((await read(w.admin.agents[':id'].$get({ param: { id: x.id } }))).state).toBe('retired')
  expect(Date.parse(credential.validUntil as string)).toBeLessThanOrEqual(Date.now() + 5_000)
  expect(await ask(ledger, x, [credential])).toMatch(/^deny: (revoked|expired)$/)
})

test('when a task completes, its permissions end, no more are issued, and the first end stands', async () => {
  const w = await world()
  const [x, ledger, stranger] = [await w.agent(), await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const { credential } = await w.permit(x, ledger, { task })
  const end = (client: typeof x.client, outcome: 'completed' | 'failed' = 'completed') =>
    client.tasks[':id'].end.$post({ param: { id: task }, json: { outcome } })

  const byStranger = (await end(stranger.client)).status
  const byHost = (await end(ledger.client)).status
  const again = (await end(x.client, 'failed')).status
  const more = await w.raw('POST', `/agents/${x.id}/credentials`, {
    body: { task, audience: [ledger.did], grants: readCustomers },
  })

  expect([byStranger, byHost, again, more.status, more.json.type]).toEqual([
    404,
    200,
    409,
    409,
    problem('task_ended'),
  ])
  expect((await read(w.admin.tasks[':id'].$get({ param: { id: task } }))).state).toBe('completed')
  expect(await ask(ledger, x, [credential])).toBe('deny: revoked')
})

test('a task that nobody ends expires after its time, 24 hours at most', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const tooLong = await w.raw('POST', '/tasks', { body: { purpose: 'x', lifetimeSeconds: 86_401 } })
  const short = (
    await w.raw('POST', '/tasks', { body: { purpose: 'monthly-report', lifetimeSeconds: 30 } })
  ).json
  const { credential } = await w.permit(x, ledger, { task: short.id, lifetimeSeconds: 3600 })

  w.advance(30_000)
  await new Promise((resolve) => setTimeout(resolve, 1_500))

  expect(tooLong.status).toBe(400)
  expect((await w.raw('GET', `/tasks/${short.id}`)).json.state).toBe('expired')
  expect(Date.parse(credential.validUntil as string)).toBeLessThanOrEqual(Date.parse(short.endsAt))
  expect(await ask(ledger, x, [credential])).toMatch(/^deny: (revoked|expired)$/)
})

test('an agent surrenders only its own credential', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id, credential } = await w.permit(x, ledger)
  const surrender = async (client: typeof x.client) =>
    (await client.credentials[':id'].revoke.$post({ param: { id }, json: {} })).status

  expect([await surrender(ledger.client), await surrender(x.client)]).toEqual([404, 200])
  expect(await ask(ledger, x, [credential])).toBe('deny: revoked')
})

test('an agent that cannot keep a key has one sealed in the service, which only signs presentations', async () => {
  const w = await world()
  const ada = await w.person()
  const ledger = await w.agent()
  const x = await read(
    w.admin.agents.$post({
      json: { name: 'sealed', owner: ada.id, custody: 'service', keyKind: 'P-256' } as never,
    }),
  )
  const { id } = await w.permit(x, ledger)
  const stolen = await w.permit(ledger, ledger)
  const key = await w.keyFor(`agent:${x.id}`, 'verifier')
  const own = makeClient(w.url, { apiKey: key.token })
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const request = { credentials: [id], challenge: challenge.challenge, domain: ledger.did }

  const { verifiablePresentation } = await read(
    own.agents[':id'].presentations.$post({ param: { id: x.id }, json: request as never }),
  )

  expect(await submit(ledger, verifiablePresentation as JsonObject)).toBe('allow')
  const other = await w.raw('POST', `/agents/${x.id}/presentations`, {
    body: { ...request, credentials: [stolen.id] },
  })
  const ofOwnKey = await w.raw('POST', `/agents/${ledger.id}/presentations`, {
    body: { ...request, credentials: [stolen.id] },
  })
  expect([other.status, ofOwnKey.status]).toEqual([422, 422])
})

test('D22 D23 a did:web agent rotates its key: the new one signs, the old one no longer does', async () => {
  const publicUrl = 'https://iam.example.com'
  const w = await world({ PROCURA_PUBLIC_URL: publicUrl })
  const ada = await w.person()
  const [first, second] = [
    signerFromJwk(await generatePrivateJwk('Ed25519')),
    signerFromJwk(await generatePrivateJwk('Ed25519')),
  ]
  const pending = await read(
    w.admin.agents.$post({ json: { name: 'x', owner: ada.id, didMethod: 'web' } as never }),
  )
  const active = await read(
    w.admin.agents[':id'].activate.$post({
      param: { id: pending.id },
      json: await proveKey(pending.id, pending.keyChallenge!, first),
    }),
  )
  const did = active.did!
  const { keyChallenge } = (
    await w.raw('POST', `/agents/${pending.id}/key-challenge`, { body: {} })
  ).json

  const rotated = await w.raw('POST', `/agents/${pending.id}/rotate-key`, {
    body: { proof: await proveKey(pending.id, keyChallenge, second) },
  })
  const document = (await w.raw('GET', `/agents/${pending.id}/did.json`, { token: null })).json

  expect([did, rotated.status]).toEqual([`did:web:iam.example.com:agents:${pending.id}`, 200])
  expect(document.authentication).toEqual([`${did}#${toMultikey(second.publicKey)}`])
  expect(document.assertionMethod).toHaveLength(2)
  const third = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const next = (await w.raw('POST', `/agents/${pending.id}/key-challenge`, { body: {} })).json
  await w.raw('POST', `/agents/${pending.id}/rotate-key`, {
    body: { proof: await proveKey(pending.id, next.keyChallenge, third), compromised: true },
  })
  const last = (await w.raw('GET', `/agents/${pending.id}/did.json`, { token: null })).json
  expect(last.verificationMethod.map(({ id }: { id: string }) => id)).toEqual([
    `${did}#${toMultikey(third.publicKey)}`,
  ])
})

test('a credential cannot grant what the permission model does not know', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const grant = readCustomers[0]!
  const bad: readonly object[] = [
    { grants: [] },
    { grants: [{ ...grant, actions: [] }] },
    { grants: [{ ...grant, locations: [] }] },
    { grants: [{ ...grant, actions: ['*'] }] },
    { grants: [{ ...grant, type: 'shell' }] },
    { grants: [{ ...grant, locations: ['db://crm/../x'] }] },
    { grants: [{ ...grant, extra: 1 }] },
    { grants: [grant, grant] },
    { grants: [{ ...grant, constraints: [{ type: 'mood', max: 1 }] }] },
    { grants: [{ ...grant, constraints: [{ type: 'risk', max: 101 }] }] },
    {
      grants: [
        {
          ...grant,
          constraints: [
            { type: 'risk', max: 1 },
            { type: 'risk', max: 2 },
          ],
        },
      ],
    },
    { grants: [{ ...grant, constraints: [{ type: 'network', sourceCidr: ['010.0.0.0/8'] }] }] },
    {
      grants: [
        {
          ...grant,
          constraints: [{ type: 'time', days: ['mon'], from: '10:00', to: '09:00', tz: 'UTC' }],
        },
      ],
    },
    { grants: [{ ...grant, constraints: [{ type: 'args', where: [['=~', '/x', '.*']] }] }] },
    { grants: [{ ...grant, from: 'g0' }] },
    { delegation: { remainingDepth: 9 }, grants: [grant] },
  ]

  const answers = await Promise.all(
    bad.map((body) =>
      w.raw('POST', `/agents/${x.id}/credentials`, {
        body: { task, audience: [ledger.did], ...body },
      }),
    ),
  )

  expect(answers.map(({ status, json }) => [status, json.type])).toEqual(
    bad.map(() => [422, problem('permission_invalid')]),
  )
  expect((await w.raw('GET', `/credentials?agent=${x.id}`)).json.items).toEqual([])
})

test('an agent whose permission was revoked cannot end the task for the others', async () => {
  const w = await world()
  const [x, y, ledger] = [await w.agent(), await w.agent(), await w.agent()]
  const task = (await w.task(ledger)).id
  const [revoked, other] = [
    await w.permit(x, ledger, { task }),
    await w.permit(y, ledger, { task }),
  ]
  await read(w.admin.credentials[':id'].revoke.$post({ param: { id: revoked.id }, json: {} }))
  const end = async (client: typeof x.client) =>
    (await client.tasks[':id'].end.$post({ param: { id: task }, json: { outcome: 'canceled' } }))
      .status

  expect([
    await end(x.client),
    await ask(ledger, y, [other.credential]),
    await end(y.client),
  ]).toEqual([404, 'allow', 200])
})
