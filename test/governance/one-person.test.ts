import { expect, test } from 'vitest'
import { changePerson } from '../../src/operations/administering/change-person.ts'
import { createPerson } from '../../src/operations/administering/create-person.ts'
import { registerAgent } from '../../src/operations/administering/register-agent.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { separateDuties } from '../../src/operations/enforcing/check-duties-held.ts'
import {
  putSeparationRule,
  scanDuties,
} from '../../src/operations/governing/change-separation-rule.ts'
import { grantsOf } from '../../src/permission/grants-of.ts'
import { admin, realDeps } from '../deps.ts'
import { readCustomers, type World, world } from '../world.ts'
import { eventsOf, organization, refusal, stage } from './organization.ts'
import { approve, conflict, grant, initiate, rule, setUp } from './payments.ts'

/** What a directory may do to link two records after they were made. */
const ways: Readonly<Record<string, (w: World, one: string, other: string) => Promise<unknown>>> = {
  'another identity': (w, one, other) =>
    w.raw('PATCH', `/people/${other}`, { body: { identityOf: one } }),
  'a mailbox': async (w, one, other) => {
    await w.raw('PATCH', `/people/${one}`, { body: { email: 'Pia@acme.example' } })
    await w.raw('PATCH', `/people/${other}`, { body: { email: 'pia@ACME.example' } })
  },
  'a mailbox that one of them had before': async (w, one, other) => {
    await w.raw('PATCH', `/people/${one}`, { body: { email: 'pia@acme.example' } })
    await w.raw('PATCH', `/people/${one}`, { body: { email: 'new@acme.example' } })
    await w.raw('PATCH', `/people/${other}`, { body: { email: 'pia@acme.example' } })
  },
  'an alias over SCIM': async (w, one, other) => {
    await w.raw('PATCH', `/people/${one}`, { body: { email: 'pia@acme.example' } })
    await w.raw('PUT', `/scim/v2/Users/${other}`, {
      body: {
        userName: 'quinn',
        emails: [
          { value: 'quinn@acme.example', primary: true },
          { value: 'pia@acme.example', type: 'other' },
        ],
      },
    })
  },
  'a user name that is a mailbox': async (w, one, other) => {
    await w.raw('PATCH', `/people/${one}`, { body: { email: 'pia@acme.example' } })
    await w.raw('PATCH', `/people/${other}`, { body: { userName: 'PIA@acme.example' } })
  },
}

test('two records of one mailbox belong to one human being from the start, and nobody holds both sides with them', async () => {
  const w = await world()
  const { put, member, issue } = await setUp(w)
  const one = await member('Pat', { email: 'pat@acme.example' })
  const twin = await member('Pat again', { email: 'PAT@Acme.example' })
  const [mine, hers] = [await w.agent({ owner: one.id }), await w.agent({ owner: twin.id })]
  await put('/separation-rules/payments', rule)

  const answers = [await issue(mine, initiate), await issue(hers, approve)]

  expect((await w.raw('GET', `/people/${twin.id}`)).json.identityOf).toBe(one.id)
  expect(answers[0]!.status).toBe(201)
  expect(refusal(answers[1]!)).toEqual(conflict)
  const [event] = await eventsOf(w, 'person.linked', 1)
  expect(event!.facts).toEqual({ person: twin.id, human: one.id, by: 'mailbox' })
})

test.each(Object.keys(ways))(
  'linking records afterwards joins their duties: the violation is reported, and new acts are denied: by %s',
  async (way) => {
    const w = await world()
    const { put, pia, quinn, first, other, issue, act } = await setUp(w)
    await put('/separation-rules/payments', rule)
    const [one, two] = [(await issue(first, initiate)).json, (await issue(other, approve)).json]
    const path = '/separation-rules/payments/violations'
    const before = (await w.raw('GET', path)).json

    await ways[way]!(w, pia.id, quinn.id)

    expect(before).toEqual({ known: true, violations: [] })
    expect((await w.raw('GET', path)).json.violations).toEqual([
      {
        party: `person:${pia.id}`,
        credentials: [[`urn:uuid:${one.id}`], [`urn:uuid:${two.id}`]],
      },
    ])
    expect([
      await act(first, 'initiate', [one.credential]),
      await act(other, 'approve', [two.credential]),
    ]).toEqual(['deny: separation_of_duties', 'deny: separation_of_duties'])
  },
)

test('whoever holds one side under another record does not get the other: linking moves what is held', async () => {
  const w = await world()
  const { put, pia, quinn, first, other, issue } = await setUp(w)
  await put('/separation-rules/payments', rule)
  await issue(other, initiate)

  await w.raw('PATCH', `/people/${quinn.id}`, { body: { identityOf: pia.id } })

  expect(refusal(await issue(first, approve))).toEqual(conflict)
})

test('a person who acted on both sides of a transaction before the records were linked acts on neither again, and the violation is reported', async () => {
  const w = await world()
  const { put, pia, quinn, first, other, issue, act } = await setUp(w)
  await put('/separation-rules/payments', { ...rule, transaction: '/payment' })
  const both = grant('initiate', 'approve')
  const [mine, theirs] = [(await issue(first, both)).json, (await issue(other, both)).json]
  const pay = (payment: string) => ({ args: { payment } })
  await act(first, 'initiate', [mine.credential], pay('P-1'))
  await act(other, 'approve', [theirs.credential], pay('P-1'))
  await act(other, 'initiate', [theirs.credential], pay('P-2'))

  await w.raw('PATCH', `/people/${quinn.id}`, { body: { identityOf: pia.id } })

  expect([
    await act(first, 'initiate', [mine.credential], pay('P-1')),
    await act(other, 'approve', [theirs.credential], pay('P-1')),
    await act(first, 'approve', [mine.credential], pay('P-2')),
    await act(first, 'initiate', [mine.credential], pay('P-2')),
  ]).toEqual([
    'deny: separation_of_duties',
    'deny: separation_of_duties',
    'deny: separation_of_duties',
    'allow',
  ])
  expect((await w.raw('GET', '/separation-rules/payments/violations')).json.violations).toEqual([
    { party: `person:${pia.id}`, credentials: [[], []] },
  ])
})

test('a role counts against its human being under every record and on every agent they own; it gives something only under its own record', async () => {
  const w = await world()
  const { put, member, pia, first, issue } = await setUp(w)
  await put('/separation-rules/payments', {
    sides: [{ name: 'treasury', roles: ['treasurer'] }, rule.sides[1]],
  })
  const path = '/separation-rules/payments/violations'
  const before = await issue(first, approve)
  await w.raw('POST', `/credentials/${before.json.id}/revoke`, { body: {} })

  const twin = await member('Pia at the treasury', { identityOf: pia.id, roles: ['treasurer'] })
  const underOther = await issue(first, approve)
  await w.raw('PATCH', `/people/${twin.id}`, { body: { roles: [] } })
  const agent = await w.agent({ owner: twin.id, roles: ['treasurer'] })
  const onAgent = await issue(first, approve)
  await w.raw('POST', `/agents/${agent.id}/retire`, { body: { reason: 'test' } })
  const freed = await issue(first, approve)
  await w.agent({ owner: twin.id, roles: ['treasurer'] })

  expect([before.status, freed.status]).toEqual([201, 201])
  expect([underOther, onAgent].map(refusal)).toEqual([conflict, conflict])
  expect((await w.raw('GET', path)).json.violations).toEqual([
    { party: `person:${pia.id}`, credentials: [[], []] },
  ])

  const { door } = await organization(w)
  const analyst = await member('Emma')
  await member('Emma the analyst', { identityOf: analyst.id, roles: ['analyst'] })
  const personal = await w.agent({ owner: analyst.id, kind: 'employee' })
  const exceeded = await w.raw('POST', `/agents/${personal.id}/credentials`, {
    body: { task: (await w.task(door)).id, audience: [door.did], grants: readCustomers },
  })
  expect(refusal(exceeded)).toEqual([403, 'role_exceeded'])
})

test('the link between two records stays: neither another address nor an order undoes it', async () => {
  const w = await world()
  const { member, owner, ask, put } = await organization(w)
  await w.raw('PATCH', `/people/${owner.id}`, { body: { email: 'olga@acme.example' } })
  const roles = ['operations']
  const second = await member('Olga again', { email: 'olga@acme.example', roles })
  await put('/approval-rules/all', { outcome: 'ask', stages: [stage('operations')] })
  const asked = (await ask()).json

  const scim = await w.raw('PUT', `/scim/v2/Users/${second.id}`, {
    body: {
      userName: 'second',
      emails: [{ value: 'somebody@else.example' }],
      roles: [{ value: 'operations' }],
    },
  })
  const undone = await w.raw('PATCH', `/people/${second.id}`, { body: { identityOf: null } })
  const vote = await second.call('POST', `/requests/${asked.id}/approve`, { digest: asked.digest })

  expect([scim.status, scim.json.emails[0].value]).toEqual([200, 'somebody@else.example'])
  expect(refusal(undone)).toEqual([422, 'request_unprocessable'])
  expect(refusal(vote)).toEqual([403, 'approval_not_allowed'])
  expect((await w.raw('GET', `/people/${second.id}`)).json.identityOf).toBe(owner.id)
})

test('records made with one mailbox at the same moment belong to one human being', async () => {
  const w = await world()
  const make = () =>
    w.raw('POST', '/people', { body: { name: 'Twin', email: 'twin@acme.example' } })

  const made = await Promise.all(Array.from({ length: 12 }, make))

  const records = await Promise.all(made.map(({ json }) => w.raw('GET', `/people/${json.id}`)))
  const humans = new Set(records.map(({ json }) => json.identityOf ?? json.id))
  expect([made.map(({ status }) => status), humans.size]).toEqual([made.map(() => 201), 1])
})

test('two groups of records that turn out to share a person become one group', async () => {
  const w = await world()
  const { member } = await organization(w)
  const [a, b] = [
    await member('A', { email: 'a@acme.example' }),
    await member('B', { email: 'b@acme.example' }),
  ]
  const [a2, b2] = [
    await member('A2', { identityOf: a.id }),
    await member('B2', { identityOf: b.id }),
  ]

  await w.raw('PATCH', `/people/${b2.id}`, { body: { email: 'a@acme.example' } })

  const humans = await Promise.all(
    [a, a2, b, b2].map(async ({ id }) => (await w.raw('GET', `/people/${id}`)).json.identityOf),
  )
  expect(humans).toEqual([null, a.id, a.id, a.id])
})

test('an address is forgotten when its record is erased, and not before', async () => {
  const w = await world()
  const { member } = await organization(w)
  const gone = await member('Gone', { email: 'gone@acme.example' })
  await w.raw('PATCH', `/people/${gone.id}`, { body: { email: 'late@acme.example' } })
  await w.raw('POST', `/people/${gone.id}/leave`, { body: {} })
  const made = (email: string) => w.raw('POST', '/people', { body: { name: 'New', email } })

  const before = await made('gone@acme.example')
  await w.raw('POST', `/people/${gone.id}/erase`, { body: {} })
  const after = await made('late@acme.example')

  expect([before.json.identityOf, after.json.identityOf]).toEqual([gone.id, null])
})

test('nothing is given to a person who meanwhile turns out to be another', async () => {
  const deps = await realDeps()
  const [pia, quinn] = [
    await carryOut(deps, () => createPerson(deps, admin, { name: 'Pia' })),
    await carryOut(deps, () => createPerson(deps, admin, { name: 'Quinn' })),
  ]
  const agent = await carryOut(deps, () =>
    registerAgent(deps, admin, {
      name: 'a',
      kind: 'company',
      owner: quinn.id,
      riskTier: 'medium',
      segment: 'default',
      didMethod: 'key',
      custody: 'service',
      keyKind: 'Ed25519',
    }),
  )
  await carryOut(deps, () =>
    putSeparationRule(deps, admin, 'payments', { ...rule, party: 'person' } as never),
  )
  await scanDuties(deps)
  const writes = await separateDuties(deps, agent, {
    grants: grantsOf(initiate),
    issuer: 'did:a',
    credentialId: 'urn:1',
    validUntil: Date.now() + 60_000,
  })

  await carryOut(deps, () => changePerson(deps, admin, quinn, () => ({ identityOf: pia.id })))

  await expect(deps.commit(writes, [])).rejects.toMatchObject({ code: 'write_conflict' })
})
