import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { createPerson } from '../../src/operations/administering/create-person.ts'
import { registerAgent } from '../../src/operations/administering/register-agent.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { flawOfDuties } from '../../src/operations/enforcing/check-duties-held.ts'
import { putDocument } from '../../src/operations/governing/change-governance-document.ts'
import { scanDuties } from '../../src/operations/governing/change-separation-rule.ts'
import { grantsOf } from '../../src/permission/grants-of.ts'
import { delegate, present, read, signDelegation } from '../../src/sdk/index.ts'
import { admin, realDeps } from '../deps.ts'
import { ask as askVerifier, type WorldAgent, world } from '../world.ts'
import { organization, refusal, soon } from './organization.ts'
import { approve, conflict, depth, grant, initiate, payments, rule, setUp } from './payments.ts'

test('nobody comes to hold both sides: not in one permission, not in two, not with two agents of one person', async () => {
  const w = await world()
  const { put, first, second, other, issue } = await setUp(w)
  await put('/separation-rules/payments', rule)

  const both = await issue(first, grant('initiate', 'approve'))
  const one = await issue(first, initiate)
  const answers = [
    await issue(first, approve),
    await issue(second, approve),
    await issue(other, approve),
    await issue(other, initiate),
    await issue(second, initiate),
  ]

  expect(refusal(both)).toEqual(conflict)
  expect(one.status).toBe(201)
  expect(answers.map(({ status }) => status)).toEqual([403, 403, 201, 403, 201])
  expect(refusal(answers[0]!)).toEqual(conflict)
})

test('two records of one human being are one party; a rule about agents allows two agents of a person', async () => {
  const w = await world()
  const { put, member, pia, first, second, issue } = await setUp(w)
  const twin = await member('Pia again', { identityOf: pia.id })
  const hers = await w.agent({ owner: twin.id })
  await put('/separation-rules/payments', rule)
  await issue(first, initiate)

  const asPerson = await issue(hers, approve)
  await put('/separation-rules/payments', { ...rule, party: 'agent' })
  const asAgents = [await issue(second, approve), await issue(first, approve)]

  expect(refusal(asPerson)).toEqual(conflict)
  expect(asAgents.map(({ status }) => status)).toEqual([201, 403])
})

test('ended and revoked permissions are no longer duties', async () => {
  const w = await world()
  const { put, first, issue } = await setUp(w)
  await put('/separation-rules/payments', rule)

  const one = await issue(first, initiate)
  await w.raw('POST', `/credentials/${one.json.id}/revoke`, { body: {} })
  const afterRevocation = await issue(first, approve, { lifetimeSeconds: 60 })
  const during = await issue(first, initiate)
  w.advance(61_000)
  const afterEnd = await issue(first, initiate)

  expect([afterRevocation, during, afterEnd].map(({ status }) => status)).toEqual([201, 403, 201])
})

test('a credential that has the id of a permission frees nobody of a duty: an issuer gives an id once, and another’s counts for itself', async () => {
  const w = await world()
  const { put, first, issue } = await setUp(w)
  await put('/separation-rules/payments', rule)
  await w.raw('POST', '/issuers', { body: { name: 'second' } })
  const one = await issue(first, initiate)
  const namesake = (issuer: string) =>
    w.raw('POST', `/issuers/${issuer}/credentials/issue`, {
      body: {
        credential: {
          '@context': ['https://www.w3.org/ns/credentials/v2'],
          id: one.json.credential.id,
          type: ['VerifiableCredential'],
          credentialSubject: { id: 'did:example:a' },
        },
      },
    })

  const [byTheSame, byAnother] = [await namesake('main'), await namesake('second')]
  const listed = (await w.raw('GET', '/credentials?limit=100')).json.items as any[]
  const other = listed.find(({ type }) => type === 'VerifiableCredential')
  const revoked = await w.raw('POST', `/credentials/${other.id}/revoke`, { body: {} })
  const after = await issue(first, approve)
  await w.raw('POST', `/credentials/${one.json.id}/revoke`, { body: {} })

  expect([byTheSame.status, byTheSame.json.type, byAnother.status, revoked.status]).toEqual([
    409,
    expect.stringContaining('already_exists'),
    201,
    200,
  ])
  expect(refusal(after)).toEqual(conflict)
  expect((await issue(first, approve)).status).toBe(201)
})

test('when many give both sides at the same moment, one side wins', async () => {
  const w = await world()
  const { put, first, second, issue } = await setUp(w)
  await put('/separation-rules/payments', rule)

  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) =>
      n % 2 === 0 ? issue(first, initiate) : issue(second, approve),
    ),
  )

  const won = new Set(
    answers.flatMap(({ status, json }) =>
      status === 201 ? [json.credential.credentialSubject.permission.grants[0].actions[0]] : [],
    ),
  )
  expect(won.size).toBe(1)
})

test('a request that would join both sides is refused with the cause', async () => {
  const w = await world()
  const { put, owner, ask, agent, door } = await organization(w)
  await put('/separation-rules/customers', {
    sides: [
      { name: 'head', roles: ['head'] },
      { name: 'read', grants: [{ type: 'database', actions: ['read'] }] },
    ],
  })
  const before = await ask()
  await w.raw('PATCH', `/people/${owner.id}`, { body: { roles: ['analyst', 'head'] } })
  const after = await ask()
  const direct = await w.raw('POST', `/agents/${agent.id}/credentials`, {
    body: {
      task: (await w.task(door)).id,
      audience: [door.did],
      grants: before.json.terms.grants,
    },
  })
  const decided = await askVerifier(door, agent, [before.json.credential])
  const violations = await w.raw('GET', '/separation-rules/customers/violations')

  expect([before, after].map(({ json }) => [json.state, json.because])).toEqual([
    ['granted', null],
    [
      'refused',
      'separation of duties: customers@1: a party with duty “head” must not receive “read”',
    ],
  ])
  expect(refusal(direct)).toEqual(conflict)
  expect(decided).toBe('deny: separation_of_duties')
  expect(violations.json).toEqual({
    known: true,
    violations: [{ party: `person:${owner.id}`, credentials: [[], []] }],
  })
})

test('a delegation with the service’s help joins no two sides; one without it is denied when used', async () => {
  const w = await world()
  const { put, first, second, other, issue, act } = await setUp(w)
  await put('/separation-rules/payments', rule)
  await issue(first, initiate)
  const theirs = (await issue(other, approve, depth)).json.credential

  const helped = await other.client.delegations.$post({
    json: { chain: [theirs], subject: second.did } as never,
  })
  const quiet = await delegate(other, theirs, { subject: second.did })
  const used = await act(second, 'approve', [theirs, quiet])
  const byHolder = await act(other, 'approve', [theirs])

  expect([helped.status, used, byHolder]).toEqual([403, 'deny: separation_of_duties', 'allow'])
})

test('two sides that came by delegation alone: whoever used one cannot use the other', async () => {
  const w = await world()
  const { put, member, first, second, other, issue, act } = await setUp(w)
  const third = await w.agent({ owner: (await member('Rob')).id })
  await put('/separation-rules/payments', rule)
  const roots = [
    (await issue(other, approve, depth)).json.credential,
    (await issue(third, initiate, depth)).json.credential,
  ]
  const chains = [
    [roots[0], await delegate(other, roots[0], { subject: first.did })],
    [roots[1], await delegate(third, roots[1], { subject: second.did })],
  ]

  const answers = [
    await act(first, 'approve', chains[0]!),
    await act(second, 'initiate', chains[1]!),
    await act(first, 'approve', chains[0]!),
  ]

  expect(answers).toEqual(['allow', 'deny: separation_of_duties', 'allow'])
})

test('per transaction: whoever initiates a payment cannot approve it, with any agent or delegate, and a request without the transaction is denied', async () => {
  const w = await world()
  const { put, first, second, other, issue, act } = await setUp(w)
  await put('/separation-rules/payments', { ...rule, transaction: '/payment' })
  const both = grant('initiate', 'approve')
  const [mine, hers, theirs] = [
    (await issue(first, both, depth)).json.credential,
    (await issue(second, both)).json.credential,
    (await issue(other, both)).json.credential,
  ]
  const delegated = await delegate(first, mine, { subject: other.did })
  const payment = (id: unknown) => ({ args: { payment: id } })

  const answers = [
    await act(first, 'initiate', [mine], payment(42)),
    await act(first, 'approve', [mine], payment(42)),
    await act(first, 'approve', [mine], payment('42')),
    await act(second, 'approve', [hers], payment(42)),
    await act(other, 'approve', [mine, delegated], payment(42)),
    await act(other, 'approve', [theirs], payment(42)),
    await act(first, 'approve', [mine], payment(43)),
    await act(second, 'initiate', [hers], payment(43)),
    await act(first, 'initiate', [mine]),
    await act(first, 'initiate', [mine], payment({ id: 42 })),
    await act(first, 'initiate', [mine], payment(42)),
  ]

  const no = 'deny: separation_of_duties'
  expect(answers).toEqual(['allow', no, no, no, no, 'allow', 'allow', no, no, no, 'allow'])
})

test('when many act on both sides of one transaction at the same moment, one side succeeds', async () => {
  const w = await world()
  const { put, first, issue, act } = await setUp(w)
  await put('/separation-rules/payments', { ...rule, transaction: '/payment' })
  const { credential } = (await issue(first, grant('initiate', 'approve'))).json

  const answers = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => {
      const action = n % 2 === 0 ? 'initiate' : 'approve'
      return [action, await act(first, action, [credential], { args: { payment: 7 } })]
    }),
  )

  const done = new Set(answers.flatMap(([action, answer]) => (answer === 'allow' ? [action] : [])))
  expect(done.size).toBe(1)
})

test('an act that is both sides at once is denied by the rule itself, which the denial names', async () => {
  const w = await world()
  const { put, bank, first, issue } = await setUp(w)
  const settle = (name: string, action: string) => ({
    name,
    grants: [{ type: 'http-api', actions: [action, 'settle'] }],
  })
  const sides = [settle('initiate payments', 'initiate'), settle('approve payments', 'approve')]
  await put('/separation-rules/payments', { sides, transaction: '/payment' })
  const { credential } = (await issue(first, grant('initiate', 'settle'))).json
  const decide = async (action: string) => {
    const { challenge, domain } = await read(
      bank.client.challenges.$post({ json: { audience: bank.did } }),
    )
    const presentation = await present(first, [credential], { challenge, domain })
    const act = { action, resource: payments, purpose: 'monthly-report', args: { payment: 9 } }
    const decision = await read(bank.client.decisions.$post({ json: { presentation, ...act } }))
    return decision.decision === 'allow' ? 'allow' : [decision.reason, decision.detail]
  }

  expect([await decide('settle'), await decide('initiate')]).toEqual([
    [
      'separation_of_duties',
      'payments@1: a party with duty “approve payments” must not perform “initiate payments”',
    ],
    'allow',
  ])
})

test('a new rule finds who already holds both sides', async () => {
  const w = await world()
  const { put, pia, quinn, first, second, other, issue } = await setUp(w)
  const [one, two] = [await issue(first, initiate), await issue(second, approve)]
  await issue(other, approve)
  const revoked = await issue(other, initiate)
  await w.raw('POST', `/credentials/${revoked.json.id}/revoke`, { body: {} })

  await put('/separation-rules/payments', rule)
  const path = '/separation-rules/payments/violations'
  await expect.poll(async () => (await w.raw('GET', path)).json.known, soon).toBe(true)
  const found = await w.raw('GET', path)
  await w.raw('POST', `/credentials/${two.json.id}/revoke`, { body: {} })
  const after = await w.raw('GET', path)
  const withdrawn = await w.raw('DELETE', '/separation-rules/payments')
  const freed = await issue(other, initiate)

  expect(found.json.violations).toEqual([
    {
      party: `person:${pia.id}`,
      credentials: [[`urn:uuid:${one.json.id}`], [`urn:uuid:${two.json.id}`]],
    },
  ])
  expect([after.json.violations, withdrawn.status, freed.status]).toEqual([[], 200, 201])
  expect((await w.raw('GET', path)).status).toBe(404)
  expect(quinn.id).not.toBe(pia.id)
})

test('nobody gets the other side with an agent that is handed over; a leaver’s agent is suspended instead', async () => {
  const w = await world()
  const { put, pia, quinn, first, other, issue } = await setUp(w)
  await put('/separation-rules/payments', rule)
  const handOver = (owner: string, deputy: string | null = null) =>
    w.raw('POST', `/agents/${first.id}/hand-over`, { body: { owner, deputy } })
  await issue(first, initiate)
  const harmless = await issue(other, approve)

  const taken = await handOver(quinn.id)
  const asDeputy = await handOver(pia.id, quinn.id)
  const left = await w.raw('POST', `/people/${pia.id}/leave`, { body: {} })
  await w.raw('POST', `/credentials/${harmless.json.id}/revoke`, { body: {} })
  const freed = await handOver(quinn.id)
  const afterwards = await issue(other, approve)

  expect(refusal(taken)).toEqual(conflict)
  expect([asDeputy.status, left.json.handedOver]).toEqual([200, []])
  expect(left.json.suspended).toContain(first.id)
  expect(freed.status).toBe(200)
  expect(refusal(afterwards)).toEqual(conflict)
})

test('a new rule counts suspended permissions, which may be resumed', async () => {
  const w = await world()
  const { put, first, second, issue } = await setUp(w)
  const { id } = (await issue(first, initiate)).json
  await w.raw('POST', `/credentials/${id}/suspend`, { body: {} })
  await put('/separation-rules/payments', rule)

  expect(refusal(await issue(second, approve))).toEqual(conflict)
})

test('a delegation is a duty only when it is used: until then it takes nothing from whoever is behind the delegate', async () => {
  const w = await world()
  const { put, member, first, second, other, issue, act } = await setUp(w)
  await put('/separation-rules/payments', rule)
  const theirs = (await issue(other, approve, depth)).json.credential
  const delegateTo = async (agent: WorldAgent) => {
    const helped = await other.client.delegations.$post({
      json: { chain: [theirs], subject: agent.did } as never,
    })
    const prepared = ((await helped.json()) as { credential: JsonObject }).credential
    return [helped.status, [theirs, await signDelegation(other, prepared)]] as const
  }
  const [helped, chain] = await delegateTo(second)
  const third = await w.agent({ owner: (await member('Rob')).id })
  const [, used] = await delegateTo(third)

  const otherSide = await issue(first, initiate)
  const denied = await act(second, 'approve', chain)
  const initiated = await act(first, 'initiate', [otherSide.json.credential])
  const allowed = await act(third, 'approve', used)
  const tooLate = await issue(third, initiate)

  expect([helped, otherSide.status]).toEqual([201, 201])
  expect([denied, initiated, allowed]).toEqual(['deny: separation_of_duties', 'allow', 'allow'])
  expect(refusal(tooLate)).toEqual(conflict)
})

test('when a delegation is used and the other side issued at the same moment, one wins', async () => {
  const w = await world()
  const { put, first, second, other, issue, act } = await setUp(w)
  await put('/separation-rules/payments', rule)
  const theirs = (await issue(other, approve, depth)).json.credential
  const chain = [theirs, await delegate(other, theirs, { subject: second.did })]

  const [acts, issued] = await Promise.all([
    Promise.all(Array.from({ length: 5 }, () => act(second, 'approve', chain))),
    Promise.all(Array.from({ length: 5 }, () => issue(first, initiate))),
  ])

  const sides = [acts.includes('allow'), issued.some(({ status }) => status === 201)]
  expect(sides.filter(Boolean)).toHaveLength(1)
})

test('a new rule counts no unused delegation', async () => {
  const w = await world()
  const { put, first, second, other, issue } = await setUp(w)
  const theirs = (await issue(other, approve, depth)).json.credential
  await other.client.delegations.$post({
    json: { chain: [theirs], subject: second.did } as never,
  })
  await put('/separation-rules/payments', rule)

  expect((await issue(first, initiate)).status).toBe(201)
})

test('a transaction is named in its normal form, or the act is denied: no spelling makes two of one', async () => {
  const w = await world()
  const { put, first, issue, act } = await setUp(w)
  await put('/separation-rules/payments', { ...rule, transaction: '/payment' })
  const { credential } = (await issue(first, grant('initiate', 'approve'))).json
  const done = (action: string, payment: unknown) =>
    act(first, action, [credential], { args: { payment } })
  const initiated = await done('initiate', 'Zé 2')
  const spellings = [
    'Zé 2 ',
    ' Zé 2',
    'Ze\u0301 2',
    'Zé\u00a02',
    'Zé\u200b 2',
    // Default ignorable, though letters and marks: the Hangul filler, the grapheme joiner, a selector.
    'Zé\u3164 2',
    'Zé\u034f 2',
    'Zé 2\ufe0f',
    // A Braille pattern without dots is blank.
    'Zé 2\u2800',
    'Zé 2\u0000',
    'Zé\n2',
    '',
  ]

  const answers = await Promise.all(spellings.map((one) => done('approve', one)))

  expect([initiated, await done('approve', 'Zé 2')]).toEqual([
    'allow',
    'deny: separation_of_duties',
  ])
  expect(answers).toEqual(spellings.map(() => 'deny: separation_of_duties'))
  expect(await done('approve', 'Zé 3')).toBe('allow')
})

test('a pattern with an action that no grant of its type can have is refused: the rule would never apply', async () => {
  const w = await world()
  const { raw } = w
  const put = (actions: readonly string[]) =>
    raw('PUT', '/separation-rules/payments', {
      body: { sides: [{ name: 'a', grants: [{ type: 'http-api', actions }] }, rule.sides[1]] },
    })

  const refused = [await put(['initiate ']), await put(['Initiate']), await put(['ok', 'initiàte'])]

  expect(refused.map(refusal)).toEqual(refused.map(() => [422, 'request_unprocessable']))
  expect((await put(['initiate'])).status).toBe(200)
})

test('until the service knows who holds what, it gives nothing that a new rule covers, and never both sides at once', async () => {
  const deps = await realDeps()
  const { id: owner } = await carryOut(deps, () => createPerson(deps, admin, { name: 'Pia' }))
  const agent = await carryOut(deps, () =>
    registerAgent(deps, admin, {
      name: 'a',
      kind: 'company',
      owner,
      riskTier: 'medium',
      segment: 'default',
      didMethod: 'key',
      custody: 'service',
      keyKind: 'Ed25519',
    }),
  )
  await carryOut(deps, () =>
    putDocument(
      deps,
      admin,
      'separation-rule',
      'payments',
      { ...rule, party: 'person' } as never,
      (document) => [
        deps.duties.setScan({
          rule: `payments@${document.version}`,
          lookedUntil: null,
          isDone: false,
        }),
      ],
    ),
  )
  const flaw = (...actions: string[]) => flawOfDuties(deps, agent, grantsOf(grant(...actions)))

  const during = await flaw('initiate')
  while (await scanDuties(deps));
  const after = [await flaw('initiate'), await flaw('initiate', 'approve'), await flaw('other')]

  expect(during).toBe(
    'payments@1: the rule was just introduced, and existing permissions are still being scanned',
  )
  expect(after).toEqual([
    undefined,
    'payments@1: a party with duty “approve payments” must not receive “initiate payments”',
    undefined,
  ])
})
