import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { rememberAgents } from '../../src/adapters/storage/remembered/agents.ts'
import { rememberApiKeys } from '../../src/adapters/storage/remembered/api-keys.ts'
import { rememberIssuers } from '../../src/adapters/storage/remembered/issuers.ts'
import { rememberTasks } from '../../src/adapters/storage/remembered/tasks.ts'
import {
  makeAccessRequestStore,
  makeCeilingStore,
} from '../../src/adapters/storage/stores/access-request-store.ts'
import { makeAgentStore as rawAgents } from '../../src/adapters/storage/stores/agent-store.ts'
import { makeApiKeyStore as rawApiKeys } from '../../src/adapters/storage/stores/api-key-store.ts'
import { makeAuditStore } from '../../src/adapters/storage/stores/audit-store.ts'
import { makeClosureStore } from '../../src/adapters/storage/stores/closure-store.ts'
import { makeCredentialStore } from '../../src/adapters/storage/stores/credential-store.ts'
import { makeCursorStore } from '../../src/adapters/storage/stores/cursor-store.ts'
import { makeDocumentStore } from '../../src/adapters/storage/stores/document-store.ts'
import { makeDutyStore } from '../../src/adapters/storage/stores/duty-store.ts'
import { makeHandOverStore } from '../../src/adapters/storage/stores/hand-over-store.ts'
import { makeIdentityStore } from '../../src/adapters/storage/stores/identity-store.ts'
import { makeInvalidationStore } from '../../src/adapters/storage/stores/invalidation-store.ts'
import {
  makeTrustedIssuerStore,
  makeIssuerStore as rawIssuers,
} from '../../src/adapters/storage/stores/issuer-store.ts'
import { makeMeterStore } from '../../src/adapters/storage/stores/meter-store.ts'
import { makeOverlayStore } from '../../src/adapters/storage/stores/overlay-store.ts'
import { makePersonStore, makeSystemStore } from '../../src/adapters/storage/stores/party-store.ts'
import { makePolicyStore } from '../../src/adapters/storage/stores/policy-store.ts'
import { makeRequestStore } from '../../src/adapters/storage/stores/request-store.ts'
import { makeReviewStore } from '../../src/adapters/storage/stores/review-store.ts'
import { makeSeenListStore } from '../../src/adapters/storage/stores/seen-list-store.ts'
import { makeSessionStore } from '../../src/adapters/storage/stores/session-store.ts'
import { makeStatusStore } from '../../src/adapters/storage/stores/status-store.ts'
import { makeTaskStore as rawTasks } from '../../src/adapters/storage/stores/task-store.ts'
import { makeUsageStore } from '../../src/adapters/storage/stores/usage-store.ts'
import type { AuditFilter } from '../../src/audit/audit-store.ts'
import { makeRecorder } from '../../src/audit/record.ts'
import type { IssuedCredential } from '../../src/credential/credential-store.ts'
import type { Issuer } from '../../src/credential/issuer.ts'
import type { IdentityKey } from '../../src/did/identity.ts'
import type { Agent } from '../../src/directory/agent.ts'
import type { HandOver } from '../../src/directory/hand-over.ts'
import type { Person } from '../../src/directory/party.ts'
import type { TaskRecord } from '../../src/directory/task.ts'
import {
  ConstraintViolation,
  type Database,
  endCommit,
  sql,
  type Write,
} from '../../src/foundation/database.ts'
import { type Id, idText } from '../../src/foundation/id.ts'
import { makeMemory } from '../../src/foundation/memory.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import type { AccessRequest } from '../../src/governance/access-request.ts'
import type { CryptoProvider } from '../../src/keys/signature.ts'
import type { Count, Reservation } from '../../src/permission/meter.ts'
import type { Overlay } from '../../src/permission/overlay.ts'
import type { Policy } from '../../src/permission/policy.ts'
import type { Session } from '../../src/permission/session.ts'
import type { CredentialsOf, OwnList, StatusPurpose } from '../../src/status/status-store.ts'

const id = (n: number): Id => idText(new Uint8Array(16).fill(n))
const bytes = (n: number) => new Uint8Array(32).fill(n)
const all = { limit: 500 }

const issuer: Issuer = {
  id: id(1),
  name: 'main',
  did: 'did:key:zIssuer',
  keyKind: 'Ed25519',
  mechanism: 'eddsa-jcs-2022',
  statusMessages: null,
  state: 'active',
  createdAt: 1,
}
const agent: Agent = {
  id: id(2),
  name: 'reporter',
  kind: 'company',
  owner: id(3),
  deputy: id(4),
  model: null,
  softwareDigest: 'sha-256:00',
  riskTier: 'high',
  segment: 'default',
  roles: ['analyst'],
  externalId: null,
  lastActiveAt: 5,
  dormantSince: null,
  suspendedBy: null,
  didMethod: 'key',
  custody: 'own',
  keyKind: 'Ed25519',
  did: null,
  state: 'pending',
  endsAt: 5_000,
  createdAt: 2,
}
const task: TaskRecord = {
  id: id(5),
  issuerId: issuer.id,
  purpose: 'monthly-report',
  host: 'did:key:zHost',
  agents: [id(2)],
  state: 'open',
  createdAt: 3,
  endsAt: 9_000,
  endedAt: null,
}
const credential: IssuedCredential = {
  id: id(6),
  credentialId: 'urn:example:1',
  issuerId: issuer.id,
  agentId: agent.id,
  taskId: task.id,
  type: 'TaskPermissionCredential',
  slot: 7,
  validFrom: 1_000,
  validUntil: 2_000,
  createdAt: 1_000,
  secured: { '@context': ['x'], nested: { empty: [], text: 'é𝄞' } },
  forms: { 'vc+jwt': { id: 'x' } },
  basis: 'issuer',
}

/** Stores that a service caches are tried with and without their cache. */
const makers = {
  plain: { agents: rawAgents, apiKeys: rawApiKeys, issuers: rawIssuers, tasks: rawTasks },
  remembered: {
    agents: (database: Database) => rememberAgents(rawAgents(database), ofItsOwn()),
    apiKeys: (database: Database) => rememberApiKeys(rawApiKeys(database), ofItsOwn()),
    issuers: (database: Database) => rememberIssuers(rawIssuers(database), ofItsOwn()),
    tasks: (database: Database) => rememberTasks(rawTasks(database), ofItsOwn()),
  },
} as const
/** What another node changes, or a holder of a key, a cache sees a second later. */
let time = 0
const passTime = () => {
  time += 1_001
}
const ofItsOwn = () =>
  makeMemory(
    monotonicClock(() => time),
    50_000_000,
  )

/** As a service commits: caches are told of every commit. */
const tellingCaches = (database: Database): Database => ({
  ...database,
  commit: (writes) => database.commit(writes).finally(() => endCommit(writes)),
})

/**
 * What every store must do on every engine.
 *
 * @param kind `remembered`: the same of stores that have a cache in front.
 */
export function storesContract(
  engine: string,
  open: () => Promise<Database>,
  crypto: CryptoProvider,
  kind: keyof typeof makers = 'plain',
): void {
  const {
    agents: makeAgentStore,
    apiKeys: makeApiKeyStore,
    issuers: makeIssuerStore,
    tasks: makeTaskStore,
  } = makers[kind]
  async function setUp() {
    const opened = await open()
    const database = kind === 'plain' ? opened : tellingCaches(opened)
    /** The constraint that a commit met, or undefined. */
    const met = (...writes: readonly Write[]) =>
      database.commit(writes).then(
        () => undefined,
        (error: unknown) => (error instanceof ConstraintViolation ? error.constraint : error),
      )
    return { database, met }
  }

  test(`${engine}: people and systems are read back unchanged, a page at a time`, async () => {
    const { database, met } = await setUp()
    const [people, systems] = [makePersonStore(database), makeSystemStore(database)]
    const person = (n: number): Person => ({ ...aPerson(n), userName: `user ${n}` })
    const system = { id: id(9), name: 's', audiences: ['did:key:zA'], createdAt: 4 } as const

    await database.commit([person(1), person(2), person(3)].map(people.add))
    await met(systems.add(system))

    expect(await people.list({ limit: 2 })).toEqual([person(1), person(2)])
    expect(await people.list({ limit: 2, after: id(2) })).toEqual([person(3)])
    expect([await people.find(id(2)), await people.find(id(8))]).toEqual([person(2), undefined])
    expect([await systems.find(id(9)), await systems.list(all)]).toEqual([system, [system]])
    expect(await met(people.add({ ...person(1), userName: null }))).toBe('people_id')
    expect(await met(people.add({ ...person(4), userName: 'user 1' }))).toBe('people_user_name')
  })

  test(`${engine}: a revoked API key stays revoked, and gets no new secret`, async () => {
    const { database, met } = await setUp()
    const keys = makeApiKeyStore(database)
    const key = (n: number) => ({
      id: id(n),
      name: `k${n}`,
      holder: { kind: 'agent', id: agent.id } as const,
      scopes: ['issuer', 'verifier'] as const,
      digest: bytes(n),
      madeBy: null,
      createdAt: 1,
      expiresAt: 9,
      revokedAt: null,
    })
    await database.commit([1, 2, 3].flatMap((n) => keys.add(key(n))))
    const person = { kind: 'person', id: id(60) } as const

    await database.commit(
      keys.replaceSecret({ ...key(1), digest: bytes(7), expiresAt: 20, madeBy: 'person:x' }),
    )
    await met(keys.revoke(id(2), 5))
    const late = await met(...keys.replaceSecret({ ...key(2), digest: bytes(8), expiresAt: 30 }))
    await database.commit(keys.add({ ...key(4), holder: person, madeBy: 'service' }))
    const makers = [
      await keys.liveMakers([agent.id], 10),
      await keys.liveMakers([agent.id], 20),
      await keys.liveMakers([person.id], 8),
    ]
    await met(keys.revoke(id(4), 6))
    const ever = [await keys.makersOf(agent.id), await keys.makersOf(person.id)]
    await met(keys.revokeAllOf({ kind: 'agent', id: agent.id }, 6))

    expect(late).toBe('api_key_live')
    expect(makers).toEqual([['person:x'], [], ['service']])
    expect(ever).toEqual([['person:x'], ['service']])
    expect(await keys.list(all)).toEqual([
      { ...key(1), digest: bytes(7), expiresAt: 20, madeBy: 'person:x', revokedAt: 6 },
      { ...key(2), revokedAt: 5 },
      { ...key(3), revokedAt: 6 },
      { ...key(4), holder: person, madeBy: 'service', revokedAt: 6 },
    ])
  })

  test(`${engine}: a key is found while its holder may act, and is given only to a holder who may act`, async () => {
    const { database, met } = await setUp()
    const [keys, agents, people, systems] = [
      makeApiKeyStore(database),
      makeAgentStore(database),
      makePersonStore(database),
      makeSystemStore(database),
    ]
    const holders = [
      { kind: 'person', id: id(21) },
      { kind: 'system', id: id(22) },
      { kind: 'agent', id: agent.id },
      { kind: 'person', id: agent.id },
    ] as const
    const key = (n: number) => ({
      id: id(30 + n),
      name: `k${n}`,
      holder: holders[n]!,
      scopes: ['issuer'] as const,
      digest: bytes(n),
      madeBy: null,
      createdAt: 1,
      expiresAt: 9,
      revokedAt: null,
    })
    const look = async () => [
      await Promise.all(holders.map(async (_, n) => (await keys.findOfActing(id(30 + n)))?.name)),
      await Promise.all(holders.map((holder) => met(keys.mustAct(holder)))),
    ]
    await database.commit([
      people.add(aPerson(21)),
      systems.add({ id: id(22), name: 's', audiences: [], createdAt: 4 }),
      agents.add(agent),
      ...holders.flatMap((_, n) => keys.add(key(n))),
    ])

    const pending = await look()
    await met(agents.assignDid(agent.id, 'did:key:zA'), ...agents.step(agent.id, 'activate'))
    const active = await look()
    await met(...people.leave(id(21)), ...agents.suspend(agent.id, 'owner'))
    passTime()
    const ended = await look()

    const no = 'holder_acts'
    expect(pending).toEqual([
      ['k0', 'k1', undefined, undefined],
      [undefined, undefined, no, no],
    ])
    expect(active).toEqual([
      ['k0', 'k1', 'k2', undefined],
      [undefined, undefined, undefined, no],
    ])
    expect(ended).toEqual([
      [undefined, 'k1', undefined, undefined],
      [no, undefined, no, no],
    ])
    expect(await keys.findOfActing(id(31))).toEqual(key(1))
  })

  test(`${engine}: the number that tells nodes of a compromise grows with each, even when many come at once`, async () => {
    const { database, met } = await setUp()
    const invalidations = makeInvalidationStore(database)

    const before = await invalidations.generation()
    await Promise.all(Array.from({ length: 5 }, () => met(invalidations.raise())))

    expect([before, await invalidations.generation()]).toEqual([0, 5])
  })

  test(`${engine}: an agent changes state only as the table allows`, async () => {
    const { database, met } = await setUp()
    const agents = makeAgentStore(database)
    await met(agents.add(agent))
    const early = [
      await met(...agents.step(agent.id, 'resume')),
      await met(agents.mustBeActive(agent.id)),
      await met(agents.mustBeNobodys(agent.owner)),
    ]
    await met(agents.assignDid(agent.id, 'did:key:zA'), ...agents.step(agent.id, 'activate'))
    const active = { ...agent, did: 'did:key:zA', state: 'active' } as const

    expect(early).toEqual(['agent_state', 'agent_active', 'nothing_left'])
    expect(await met(agents.mustBeActive(agent.id))).toBeUndefined()
    expect([await agents.find(agent.id), await agents.findByDid('did:key:zA')]).toEqual([
      active,
      active,
    ])
    const wanted = ['did:key:zB', 'did:key:zA', 'did:key:zA'] as const
    expect(await agents.findByDids(wanted)).toEqual([undefined, active, active])
    expect([
      await agents.hasInSegment(agent.segment),
      await agents.hasInSegment('nowhere'),
    ]).toEqual([true, false])
    expect([await agents.segmentOf('did:key:zA'), await agents.segmentOf('did:key:zB')]).toEqual([
      agent.segment,
      undefined,
    ])
    expect([await agents.ended(4_999, 10), await agents.ended(5_000, 10)]).toEqual([[], [agent.id]])
    expect(
      await Promise.all(
        [agent.owner, agent.deputy!, id(9)].map(async (answerable) =>
          (await agents.list({ answerable, state: 'active' }, all)).map((one) => one.id),
        ),
      ),
    ).toEqual([[agent.id], [agent.id], []])
    const other = agents.add({ ...agent, id: id(8), did: 'did:key:zA' })
    expect(await met(other)).toBe('agents_did')
    const answering = [agent.owner, agent.deputy!, id(9)].map(
      (person) => () => met(agents.mustBeNobodys(person)),
    )
    const found = async () => [await answering[0]!(), await answering[1]!(), await answering[2]!()]
    expect(await found()).toEqual(['nothing_left', 'nothing_left', undefined])
    await met(...agents.suspend(agent.id, 'owner'))
    expect(await found()).toEqual([undefined, 'nothing_left', undefined])
    await database.commit(agents.step(agent.id, 'retire'))
    expect(await found()).toEqual([undefined, undefined, undefined])
    expect(await met(...agents.step(agent.id, 'resume'))).toBe('agent_state')
    expect(await agents.ended(9_000, 10)).toEqual([])
  })

  test(`${engine}: a task ends once, and the first end stands`, async () => {
    const { database, met } = await setUp()
    const tasks = makeTaskStore(database)
    await met(tasks.add(task))
    const [overdue, open] = [await tasks.overdue(9_000, 10), await met(tasks.mustBeOpen(task.id))]

    await database.commit(tasks.end(task.id, 'completed', 8_000))
    const again = [
      await met(...tasks.end(task.id, 'failed', 8_500)),
      await met(tasks.mustBeOpen(task.id)),
    ]

    expect([overdue, open, again]).toEqual([[task.id], undefined, ['task_open', 'task_open']])
    expect(await tasks.find(task.id)).toEqual({ ...task, state: 'completed', endedAt: 8_000 })
    expect([await tasks.list({ state: 'open' }, all), await tasks.overdue(9_000, 10)]).toEqual([
      [],
      [],
    ])
  })

  test(`${engine}: what is ended for good is revoked until its record may go, whatever this node’s clock says`, async () => {
    const isRevokedWith = async (mark: number) => {
      const { database, met } = await setUp()
      const status = makeStatusStore(database, crypto)
      await met(makeIssuerStore(database).add(issuer))
      await met(makeCredentialStore(database).add(credential))
      await makeRequestStore(database).moveForgetting(3_600_000 + mark)
      await database.commit(
        status.addCauseToAll({ taskId: task.id }, 'revocation', 'task', 9_000_000),
      )
      return (await status.slots(issuer.id, [7]))[0]!.set.includes('revocation')
    }

    expect([await isRevokedWith(1_999), await isRevokedWith(2_000)]).toEqual([true, false])
  })

  test(`${engine}: what concerns more credentials than one commit takes counts at once, and its entries follow in parts`, async () => {
    const { database } = await setUp()
    const [agents, credentials, status] = [
      makeAgentStore(database),
      makeCredentialStore(database),
      makeStatusStore(database, nodeCrypto, 3),
    ]
    const make = (n: number, more: object = {}) =>
      credentials.add({
        ...credential,
        id: id(100 + n),
        credentialId: `urn:${n}`,
        agentId: agent.id,
        slot: n,
        ...more,
      })
    await database.commit([
      makeIssuerStore(database).add(issuer),
      agents.add(agent),
      ...[0, 1, 2, 3, 4, 5, 6].map((n) => make(n)),
      make(20, { agentId: null, taskId: null, basis: 'delegation:urn:5' }),
      make(21, { agentId: null, taskId: null, basis: 'delegation:urn:20' }),
      make(30, { agentId: null, taskId: null }),
    ])
    await status.reserve(issuer.id, 64)
    const [revocation, suspension] = (await status.listsOf(issuer.id, 0)) as [OwnList, OwnList]
    const slots = [0, 1, 2, 3, 4, 5, 6, 20, 21, 30, 40, 41, 42]
    const having = async (purpose: StatusPurpose) => {
      const list = purpose === 'revocation' ? revocation : suspension
      const found = await status.slots(issuer.id, slots)
      const inSlots = slots.filter((_, i) => found[i]!.set.includes(purpose))
      const inList = [...(await status.setSlots(list))].sort((a, b) => a - b)
      expect(inList).toEqual(inSlots)
      return inSlots.join(' ')
    }
    const sweep = async () => {
      let runs = 0
      while ((await status.sweepOrders()) > 0) runs++
      return runs
    }
    const entries = async () =>
      (await database.read<{ n: number }>(sql`SELECT COUNT(*) AS n FROM status_causes`))[0]!.n
    const suspend = (of: CredentialsOf) =>
      database.commit(status.addCauseToAll(of, 'suspension', 'agent', 1_500))
    const resume = (of: CredentialsOf) =>
      database.commit(status.removeSuspensionOfAll(of, 'agent', 1_500))

    const suspended = []
    for (const of of [{ agentId: agent.id }, { taskId: task.id }, { segment: agent.segment }]) {
      await suspend(of)
      suspended.push([await having('suspension'), await entries()])
      await resume(of)
      suspended.push([await having('suspension'), await sweep(), await entries()])
      await suspend(of)
      suspended.push([await sweep(), await having('suspension')])
      await resume(of)
      suspended.push([await having('suspension'), await sweep(), await having('suspension')])
    }
    await database.commit(status.addCauseToAll({ below: agent.id }, 'revocation', 'agent', 1_500))
    await database.commit([
      make(40),
      // Their ids name each other: whoever signs a delegation chooses its id.
      make(41, { agentId: null, taskId: null, basis: 'delegation:urn:42' }),
      make(42, { agentId: null, taskId: null, basis: 'delegation:urn:41' }),
    ])
    const before = [await having('revocation'), await entries()]
    const state = (await credentials.find(id(121), 1_500))!.state
    const causes = await status.causes(issuer.id, 'revocation', 21)
    const after = [await sweep(), await having('revocation'), await entries()]

    const held = '0 1 2 3 4 5 6'
    const ofOne = [
      [held, 0],
      ['', 3, 0],
      [3, held],
      [held, 3, ''],
    ]
    expect(suspended.slice(0, 8)).toEqual([...ofOne, ...ofOne])
    expect(suspended.slice(8).map((one) => one.filter((x) => typeof x === 'string'))).toEqual(
      ofOne.map((one) => one.filter((x) => typeof x === 'string')),
    )
    expect(before).toEqual([`${held} 20 21`, 0])
    expect([state, causes]).toEqual(['revoked', [{ cause: 'agent', since: 1_500 }]])
    expect(after).toEqual([3, `${held} 20 21`, 9])
  })

  test(`${engine}: a credential’s state follows its causes and the clock, and no slot is used twice`, async () => {
    const { database, met } = await setUp()
    const [credentials, status] = [makeCredentialStore(database), makeStatusStore(database, crypto)]
    await met(makeIssuerStore(database).add(issuer))
    await met(credentials.add(credential))
    const state = async (now: number) => (await credentials.find(credential.id, now))?.state
    const seen = [await state(1_500), await state(2_000)]
    await database.commit(status.addCause(issuer.id, 'suspension', 7, 'order', 1))
    seen.push(await state(1_500))
    await database.commit(
      status.addCauseToAll({ taskId: task.id }, 'revocation', 'task', 1_600) as Write[],
    )
    seen.push(await state(1_500))

    expect(seen).toEqual(['active', 'expired', 'suspended', 'revoked'])
    const [seven] = await status.slots(issuer.id, [7])
    expect([[...seven!.set].sort(), seven!.message]).toEqual([['revocation', 'suspension'], 0])
    const listed = { ...credential, state: 'revoked' }
    expect(await credentials.findByCredentialId('urn:example:1', 1_500)).toEqual([listed])
    expect(
      await Promise.all(
        [{ agentId: agent.id }, { taskId: id(9) }, { state: 'active' as const }].map(
          async (filter) => (await credentials.list(filter, all, 1_500)).length,
        ),
      ),
    ).toEqual([1, 0, 0])
    expect(await met(credentials.add({ ...credential, id: id(9), credentialId: 'urn:2' }))).toBe(
      'credentials_issuer_id_slot',
    )
  })

  test(`${engine}: an issuer is found by name and DID until it is retired, and trust is by type`, async () => {
    const { database, met } = await setUp()
    const [issuers, trusted] = [makeIssuerStore(database), makeTrustedIssuerStore(database)]
    await met(issuers.add(issuer))
    const trust = { id: id(2), did: 'did:key:zT', credentialType: 'A', createdAt: 1 } as const
    await met(trusted.add(trust))

    const found = [await issuers.findByName('main'), await issuers.findByDid(issuer.did)]
    await database.commit(issuers.retire(issuer.id))

    expect(found).toEqual([issuer, issuer])
    expect(await issuers.list(all)).toEqual([{ ...issuer, state: 'retired' }])
    expect(await met(issuers.mustBeActive(issuer.id))).toBe('issuer_active')
    expect(await met(issuers.add({ ...issuer, id: id(3), did: 'did:key:zO' }))).toBe('issuers_name')
    expect([
      await trusted.isTrusted('did:key:zT', 'A'),
      await trusted.isTrusted('did:key:zT', 'B'),
    ]).toEqual([true, false])
    expect(await met(trusted.add({ ...trust, id: id(4) }))).toBe(
      'trusted_issuers_did_credential_type',
    )
    await met(trusted.remove(trust.id))
    expect(await trusted.list(all)).toEqual([])
  })

  test(`${engine}: a superseded key is previous, a compromised one is gone, and a sealed key is replaced once`, async () => {
    const { database, met } = await setUp()
    const keys = makeIdentityStore(database)
    const key = (n: number): IdentityKey => ({
      id: id(n),
      did: 'did:web:a',
      fragment: `k${n}`,
      publicKey: { kind: 'Ed25519', bytes: bytes(n) },
      sealed: n === 2 ? null : bytes(n),
      state: 'current',
      createdAt: n,
    })
    const isCurrent = (n: number) =>
      met(keys.mustBeCurrent('did:web:a', { kind: 'Ed25519', bytes: bytes(n) }))
    expect(await met(keys.mustHaveCurrent('did:web:a'))).toBe('key_current')
    await met(keys.addKey(key(1)))
    await met(keys.supersede('did:web:a', false), keys.addKey(key(2)))
    expect([await isCurrent(1), await isCurrent(2)]).toEqual(['key_current', undefined])
    expect(await met(keys.mustHaveCurrent('did:web:a'))).toBeUndefined()
    const rotated = (await keys.find('did:web:a'))!.keys.map(({ id, state }) => [id, state])
    await met(keys.supersede('did:web:a', true), keys.addKey(key(3)))
    const replaced = (await keys.find('did:web:a'))!.keys.map(({ id, state }) => [id, state])
    await met(keys.replaceSeal(id(3), bytes(3), bytes(30)))
    await met(keys.replaceSeal(id(3), bytes(3), bytes(31)))

    expect(rotated.toSorted()).toEqual([
      [id(1), 'previous'],
      [id(2), 'current'],
    ])
    expect(replaced).toEqual([[id(3), 'current']])
    expect((await keys.findKey(id(3)))?.sealed).toEqual(bytes(30))
    expect((await keys.sealedKeys(undefined, 10)).map(({ id }) => id)).toContain(id(3))
  })

  test(`${engine}: a challenge is spent once, and an answer is kept until it expires`, async () => {
    const { database, met } = await setUp()
    const requests = makeRequestStore(database)
    const challenge = { nonce: bytes(1), expiresAt: 100 }
    const answer = { requestDigest: bytes(2), answer: '{"id":1}' }
    const spent = [await met(requests.spend(challenge)), await met(requests.spend(challenge))]
    await database.commit(requests.answer(bytes(3), answer, 10, 50))

    const found = [await requests.answered(bytes(3), 49), await requests.answered(bytes(3), 50)]
    const doubled = await met(...requests.answer(bytes(3), answer, 49, 90))
    const later = await met(...requests.answer(bytes(3), answer, 50, 90))
    await requests.deleteExpired(100)

    expect(spent).toEqual([undefined, 'spent_challenges_nonce'])
    expect(found).toEqual([answer, undefined])
    expect([doubled, later]).toEqual(['idempotency_keys_digest', undefined])
    expect(await requests.answered(bytes(3), 1)).toBeUndefined()
    expect(await met(requests.spend(challenge))).toBeUndefined()
    await met(requests.restored(id(1), 5))
    await met(requests.restored(id(2), 6))
    expect(await requests.lastRestoration()).toBe(id(2))
  })

  test(`${engine}: F01 a forgotten challenge is refused as spent, and a clock that is ahead makes nothing forgotten early`, async () => {
    const { database, met } = await setUp()
    const requests = makeRequestStore(database)
    const [meters, duties] = [makeMeterStore(database), makeDutyStore(database)]
    const [minute, hour, year] = [60_000, 3_600_000, 365 * 86_400_000]
    const now = 10 * year
    const challenge = (n: number, expiresAt: number) => ({ nonce: bytes(n), expiresAt })
    const count = (n: number, expiresAt: number) =>
      meters.reserve({
        id: id(n),
        actor: 'agent:x',
        counts: [{ key: bytes(n), unit: 'uses', amount: 1, max: 1, expiresAt }],
        state: 'reserved',
        createdAt: 1,
        expiresAt,
      })
    const take = (side: 0 | 1, credentialId: string, validUntil: number) =>
      duties.take({ rule: 'r', party: 'a', side, issuer: 'did:a', credentialId, validUntil }, now)
    const sweep = async (at: number) => {
      const mark = await requests.moveForgetting(at)
      for (const store of [requests, meters, duties]) await store.deleteExpired(mark)
      return mark
    }

    const first = await sweep(now)
    await met(requests.spend(challenge(1, now + 5 * minute)))
    await met(...count(1, now + 5 * minute))
    await met(...take(0, 'urn:1', now + 5 * minute))
    // A year ahead for two minutes, on two nodes, and put right: nothing is gone.
    for (let i = 0; i < 4; i++) await sweep(now + year)
    const replays = async (from = 1) => [
      await met(requests.spend(challenge(from, now + 5 * minute))),
      await met(...count(from, now + 5 * minute)),
      await met(...take(1, 'urn:2', now + 6 * minute)),
    ]
    const short = await replays()
    const back = await sweep(now)
    // A year ahead for longer: it is gone, and refused.
    for (let i = 0; i < 40; i++) await sweep(now + year)
    const long = await replays()
    const later = await met(requests.spend(challenge(2, now + hour)))

    expect([first, back]).toEqual([now - hour, now - hour])
    expect(short).toEqual(['spent_challenges_nonce', 'meter_limit', 'duties_separate'])
    expect(long).toEqual(['challenge_forgotten', 'meter_forgotten', 'duties_separate'])
    expect(later).toBeUndefined()
  })

  test(`${engine}: E15 the newest list seen stays the newest, whoever notes an older one`, async () => {
    const { database } = await setUp()
    const lists = makeSeenListStore(database)
    const name = { issuer: 'did:web:a', list: 'https://a/status/1' }
    const other = { ...name, issuer: 'did:web:b' }
    const day = 86_400_000
    const [older, newer] = [
      { madeAt: 10 * day, staleAt: 11 * day },
      { madeAt: 10 * day + 1, staleAt: 10 * day + 5 },
    ]

    const noted = [
      await lists.newest(name, older),
      await lists.newest(name, newer),
      await lists.newest(name, older),
      await lists.newest(other, older),
    ]
    await lists.deleteExpired(10 * day)
    const kept = await lists.newest(name, older)
    await lists.deleteExpired(11 * day)

    expect(noted).toEqual([older, newer, newer, older])
    expect([kept, await lists.newest(name, older)]).toEqual([newer, older])
  })

  test(`${engine}: an erased event keeps its place and commitment, and is found by node and decision`, async () => {
    const { database } = await setUp()
    const audit = makeAuditStore(database)
    let now = 1_000
    const record = makeRecorder(() => now, crypto)
    const decision = { id: id(70), decision: 'deny' } as never
    const records = [
      record({ type: 'person.created', actor: 'service', facts: { person: id(1), roles: [] } }),
      record({ type: 'decision.made', actor: `person:${id(2)}`, facts: decision }),
    ]
    now = 2_000
    records.push(
      record({ type: 'person.created', actor: 'service', facts: { person: id(3), roles: [] } }),
    )
    await database.commit(records.map(audit.add))
    const missing = await audit.decision(id(70))
    const events = records.map(({ id }, i) => ({ id, commitment: bytes(i + 1) }))
    const frontier = { size: 3, roots: [bytes(9)] }
    await database.commit(audit.sequence(events, 0, { frontier, note: 'n', at: 1 }))
    const left = async () =>
      (await audit.list({}, 0, 9)).map(({ content }) => content !== undefined)

    expect(missing).toBe(undefined)
    expect((await audit.decision(id(70)))?.sequence).toBe(1)
    const found = async (n: number, from: number, to: number) =>
      (await audit.containing(id(n), from, to)).map(({ sequence }) => sequence)
    expect([await found(1, 0, 3), await found(2, 0, 3), await found(1, 1, 3)]).toEqual([
      [0],
      [1],
      [],
    ])
    await database.commit(audit.erase([0]))
    expect([await left(), await found(1, 0, 3)]).toEqual([[false, true, true], []])
    await database.commit(audit.erase([1]))
    expect([await left(), (await audit.decision(id(70)))?.content]).toEqual([
      [false, false, true],
      undefined,
    ])
    expect(await audit.erasedUntil()).toBe(0)
    await database.commit(audit.eraseBetween(0, 2_000))
    expect([await left(), await audit.erasedUntil()]).toEqual([[false, false, true], 2_000])
    await database.commit(audit.eraseBetween(2_000, 2_001))
    expect([await left(), await audit.erasedUntil()]).toEqual([[false, false, false], 2_001])
    expect(await audit.leaves(1, 3)).toEqual([bytes(2), bytes(3)])
    expect(await audit.nodeCount(1)).toBe(0)
    await database.commit([audit.addNode(1, 0, bytes(5)), audit.addNode(1, 1, bytes(6))])
    expect([await audit.nodeCount(1), await audit.nodes(1, 1, 4)]).toEqual([2, [bytes(6)]])
  })

  test(`${engine}: a text that is no id leads to no event of another, though it is as long as one`, async () => {
    const { database } = await setUp()
    const audit = makeAuditStore(database)
    const record = makeRecorder(() => 1_000, crypto)
    // A reader of hexadecimal digits that does not check them takes G for 0.
    const lookalike = id(7).replace('0', 'G') as Id
    const facts = { agent: lookalike, credential: lookalike, task: lookalike, id: lookalike }
    const events = [
      record({ type: 'decision.made', actor: 'service', facts: facts as never }),
      record({ type: 'agent.resumed', actor: 'service', facts: { agent: id(7) } }),
    ]
    await database.commit(events.map(audit.add))
    const places = events.map(({ id }, i) => ({ id, commitment: bytes(i + 1) }))
    const frontier = { size: 2, roots: [bytes(9)] }
    await database.commit(audit.sequence(places, 0, { frontier, note: 'n', at: 1 }))

    const found = async (filter: AuditFilter) =>
      (await audit.list(filter, 0, 9)).map(({ sequence }) => sequence)
    expect([
      await found({ agent: id(7) }),
      await found({ credential: id(7) }),
      await found({ task: id(7) }),
      await audit.decision(id(7)),
    ]).toEqual([[1], [], [], undefined])
  })

  test(`${engine}: each event gets its place once, behind one head`, async () => {
    const { database, met } = await setUp()
    const audit = makeAuditStore(database)
    const record = makeRecorder(() => 1_000, crypto)
    const records = [1, 2, 3].map((n) =>
      record({ type: 'person.created', actor: 'service', facts: { person: id(n), roles: [] } }),
    )
    await database.commit(records.map(audit.add))
    const waiting = await audit.unsequenced(2)
    const events = waiting.map(({ id }, i) => ({ id, commitment: bytes(i + 1) }))
    const checkpoint = (size: number) => ({
      frontier: { size, roots: [bytes(9)] },
      note: `note ${size}`,
      at: 1_000,
    })
    const first = await met(...audit.sequence(events, 0, checkpoint(2)))
    const forked = await met(...audit.sequence(events, 0, checkpoint(2)))

    expect(waiting.map(({ id }) => id)).toEqual(records.slice(0, 2).map(({ id }) => id))
    expect([first, forked]).toEqual([undefined, 'audit_head'])
    expect(await audit.latest()).toEqual(checkpoint(2))
    expect([await audit.checkpointAt(2), await audit.checkpointAt(1)]).toEqual([
      checkpoint(2),
      undefined,
    ])
    expect(
      (await audit.list({}, 0, 10)).map(({ sequence, content }) => [sequence, content?.body]),
    ).toEqual(records.slice(0, 2).map(({ body }, i) => [i, body]))
    expect((await audit.unsequenced(10)).map(({ id }) => id)).toEqual([records[2]!.id])
  })

  test(`${engine}: H10 a meter never exceeds its limit, however many arrive at once, and counts all parts or none`, async () => {
    const { database, met } = await setUp()
    const meters = makeMeterStore(database)
    const count = (n: number, amount: number, max: number, expiresAt = 9_000) =>
      ({ key: bytes(n), unit: 'uses', amount, max, expiresAt }) as const
    const reservation = (n: number, ...counts: readonly Count[]): Reservation => ({
      id: id(n),
      actor: 'agent:x',
      counts,
      state: 'reserved',
      createdAt: 1,
      expiresAt: 9_000,
    })
    const both = (n: number) => reservation(n, count(2, 1, 100), count(1, 1, 10))

    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => met(...meters.reserve(both(i + 1)))),
    )
    // The other meter has counted no more than the acts that were allowed.
    const rest = await met(...meters.reserve(reservation(101, count(2, 90, 100))))
    const beyond = await met(...meters.reserve(reservation(102, count(2, 1, 100))))

    expect(answers.filter((answer) => answer === undefined)).toHaveLength(10)
    expect(new Set(answers)).toEqual(new Set([undefined, 'meter_limit']))
    expect([rest, beyond]).toEqual([undefined, 'meter_limit'])
    expect(await met(...meters.reserve(reservation(103, count(3, 1, 0))))).toBe('meter_limit')
  })

  test(`${engine}: a reservation is settled once, unused amounts are given back, and a count is kept as long as its link lives`, async () => {
    const { database, met } = await setUp()
    const meters = makeMeterStore(database)
    const parent = { key: bytes(1), unit: 'bytes', amount: 60, max: 100, expiresAt: 9_000 } as const
    const child = { ...parent, key: bytes(2), max: 80, expiresAt: 2_000 }
    const made = (n: number, ...counts: readonly Count[]): Reservation => ({
      id: id(n),
      actor: 'agent:x',
      counts,
      state: 'reserved',
      createdAt: 1,
      expiresAt: 2_000,
    })
    const first = made(1, child, parent)
    await met(...meters.reserve(first))
    const found = await meters.find(first.id)
    const settled = await met(...meters.settle(first, 'committed', [20, 20]))
    const again = await met(...meters.settle(first, 'released', [60, 60]))
    const more = await met(...meters.reserve(made(2, parent)))
    await meters.deleteExpired(2_000)
    const remembered = await met(...meters.reserve(made(3, { ...parent, amount: 1 })))
    const forgotten = await met(...meters.reserve(made(4, { ...child, amount: 80 })))

    expect(found).toEqual(first)
    expect([settled, again, more]).toEqual([undefined, 'reservation_open', undefined])
    expect([remembered, forgotten]).toEqual(['meter_limit', undefined])
    expect(await meters.find(first.id)).toBeUndefined()
  })

  test(`${engine}: an overlay is in force until it is ended or its time is over`, async () => {
    const { database, met } = await setUp()
    const overlays = makeOverlayStore(database)
    const overlay = (n: number, endsAt: number): Overlay => ({
      id: id(n),
      scope: { kind: 'agent', value: 'did:key:zA' },
      audience: n === 1 ? null : 'did:key:zHost',
      grants: [{ id: 'g' }],
      reason: 'because',
      createdBy: 'person:x',
      createdAt: 1,
      endsAt,
      endedAt: null,
    })
    await database.commit(
      [overlay(1, 100), overlay(2, 200), overlay(3, 300)].flatMap((one) => overlays.add(one, 3)),
    )
    const ended = [await met(...overlays.end(id(2), 50)), await met(...overlays.end(id(2), 60))]
    const live = async (now: number) => [
      (await overlays.live(now, null)).map(({ id }) => id),
      (await overlays.live(now, 'did:key:zHost')).map(({ id }) => id),
    ]
    const fourth = overlay(4, 300)
    const added = [await met(...overlays.add(fourth, 2)), await met(...overlays.add(fourth, 3))]
    await database.commit(overlays.end(id(4), 2))

    expect(ended).toEqual([undefined, 'overlay_live'])
    expect([await live(99), await live(100), await live(300)]).toEqual([
      [[id(1)], [id(3)]],
      [[], [id(3)]],
      [[], []],
    ])
    expect(added).toEqual(['overlay_room', undefined])
    expect(await overlays.find(id(1))).toEqual(overlay(1, 100))
    expect(await overlays.list(all)).toEqual([
      overlay(1, 100),
      { ...overlay(2, 200), endedAt: 50 },
      overlay(3, 300),
      { ...overlay(4, 300), endedAt: 2 },
    ])
  })

  test(`${engine}: the newest version of a policy is in force, unless it was withdrawn`, async () => {
    const { database, met } = await setUp()
    const policies = makePolicyStore(database)
    const policy = (n: number, name: string, version: number, body: string | null): Policy => ({
      id: id(n),
      name,
      version,
      body,
      createdBy: 'person:x',
      createdAt: n,
    })
    const versions = [
      policy(1, 'a', 1, 'one'),
      policy(2, 'a', 2, 'two'),
      policy(3, 'b', 1, 'three'),
      policy(4, 'b', 2, null),
    ]
    await database.commit(versions.map(policies.add))

    expect(await policies.inForce()).toEqual([versions[1]])
    expect([await policies.newest('b'), await policies.newest('c')]).toEqual([
      versions[3],
      undefined,
    ])
    expect(await policies.list({ name: 'a' }, all)).toEqual(versions.slice(0, 2))
    expect(await met(policies.add(policy(5, 'a', 2, 'twin')))).toBe('policies_name_version')
  })

  test(`${engine}: a session is read back as it was opened, until it is ended or expires`, async () => {
    const { database, met } = await setUp()
    const sessions = makeSessionStore(database)
    const session = (n: number): Session => ({
      id: id(n),
      actor: 'agent:x',
      audience: 'did:key:zHost',
      holder: 'did:key:zA',
      credentials: [{ id: 'urn:1', nested: { text: 'é' } }],
      createdAt: 1,
      expiresAt: n * 100,
      endedAt: null,
    })
    await database.commit([session(1), session(2)].map(sessions.add))
    await met(sessions.end(id(2), 150))
    await met(sessions.end(id(2), 170))

    expect(await sessions.find(id(1))).toEqual(session(1))
    expect(await sessions.find(id(2))).toEqual({ ...session(2), endedAt: 150 })
    await sessions.deleteExpired(100)
    expect([await sessions.find(id(1)), (await sessions.find(id(2)))?.id]).toEqual([
      undefined,
      id(2),
    ])
  })

  test(`${engine}: a person who has left is not changed, has no roles and stands in for nobody`, async () => {
    const { database, met } = await setUp()
    const people = makePersonStore(database)
    const one = { ...aPerson(1), userName: 'one', delegate: id(2), delegateUntil: 100 }
    const changed = {
      ...one,
      name: 'new',
      email: 'a@b.example',
      roles: ['x', 'y'],
      userName: 'uno',
    }
    await database.commit([one, aPerson(2)].map(people.add))

    expect(await people.findByUserName('one')).toEqual(one)
    expect(await met(...people.update(changed, one))).toBe(undefined)
    expect(await met(...people.update(one, one))).toBe('person_unchanged')
    expect(await people.find(id(1))).toEqual(changed)
    expect(await people.delegatingTo(id(2), 99)).toEqual([changed])
    expect(await people.delegatingTo(id(2), 100)).toEqual([])
    expect(await met(people.mustHaveRoles(id(1), ['x', 'y']))).toBe(undefined)
    expect(await met(people.mustHaveRoles(id(1), ['x']))).toBe('person_active')
    expect(await met(...people.leave(id(1)))).toBe(undefined)
    const left = { ...changed, state: 'left', delegate: null }
    expect(await people.find(id(1))).toEqual(left)
    expect(await people.delegatingTo(id(2), 99)).toEqual([])
    const refused = [
      people.update(one, changed),
      people.leave(id(1)),
      [people.mustHaveRoles(id(1), ['x', 'y'])],
    ]
    for (const writes of refused) expect(await met(...writes)).toBe('person_active')
  })

  test(`${engine}: of each document of a kind, the newest version is in force if it has a body`, async () => {
    const { database, met } = await setUp()
    const documents = makeDocumentStore(database)
    const document = (n: number, name: string, version: number, hasBody = true) =>
      ({
        id: id(n),
        kind: 'approval-rule',
        name,
        version,
        body: hasBody ? { when: {}, outcome: 'refuse' as const, stages: [] } : null,
        createdBy: 'service',
        createdAt: n,
      }) as const
    const versions = [
      document(1, 'b', 1),
      document(2, 'a', 1),
      document(3, 'b', 2),
      document(4, 'a', 2, false),
      document(5, 'c', 1),
    ]
    await database.commit(versions.map(documents.add))

    expect(await documents.inForce('approval-rule')).toEqual([versions[2], versions[4]])
    expect(await documents.inForce('entitlement')).toEqual([])
    expect(await documents.newest('approval-rule', 'a')).toEqual(versions[3])
    expect(await documents.list('approval-rule', { name: 'b' }, all)).toEqual([
      versions[0],
      versions[2],
    ])
    expect(await met(documents.add(document(6, 'c', 1)))).toBe(
      'governance_documents_kind_name_version',
    )
  })

  test(`${engine}: an agent keeps the history of who answered for it; an offer stands alone until it is settled or the agent is handed over`, async () => {
    const { database, met } = await setUp()
    const [agents, offers] = [makeAgentStore(database), makeHandOverStore(database)]
    const [ada, dee, bob] = [agent.owner, agent.deputy!, id(9)]
    const since = { since: agent.createdAt, until: null }
    await met(
      agents.add(agent),
      agents.beginAnswering(agent.id, { person: ada, capacity: 'owner', ...since }),
      agents.beginAnswering(agent.id, { person: dee, capacity: 'deputy', ...since }),
    )
    const offer = (n: number, to: Id): HandOver => ({
      id: id(n),
      agentId: agent.id,
      from: ada,
      to,
      owner: to,
      deputy: null,
      offeredBy: 'person:x',
      createdAt: 10,
      expiresAt: 100,
    })
    const [first, second] = [offer(20, dee), offer(21, bob)]

    await met(offers.offer(first))
    await met(offers.offer(second))
    const found = [
      await offers.find(agent.id, 99),
      await offers.find(agent.id, 100),
      ...(await offers.list({ person: bob }, all, 99)),
      ...(await offers.list({ person: dee }, all, 99)),
      ...(await offers.list({}, all, 100)),
    ]
    const settled = await met(...offers.settle(first))
    const handed = await met(...agents.handOver(agent, bob, null, 50))
    const again = await met(...agents.handOver(agent, dee, null, 60))
    const now: Agent = { ...agent, owner: bob, deputy: null }
    const unchanged = [
      await met(agents.mustBeUnchanged(now)),
      await met(agents.mustBeUnchanged(agent, 'alone')),
      await met(agents.mustBeUnchanged({ ...now, roles: [] })),
    ]

    expect(found).toEqual([second, undefined, second])
    expect([settled, handed, again]).toEqual(['hand_over_open', undefined, 'agent_unchanged'])
    expect(unchanged).toEqual([undefined, 'agent_unchanged', 'agent_unchanged'])
    expect(await offers.find(agent.id, 99)).toBeUndefined()
    expect(await agents.answering(agent.id, 49)).toEqual([
      { person: ada, capacity: 'owner', since: 2, until: 50 },
      { person: dee, capacity: 'deputy', since: 2, until: 50 },
      { person: bob, capacity: 'owner', since: 50, until: null },
    ])
    expect(await agents.answering(agent.id, 50)).toEqual([
      { person: bob, capacity: 'owner', since: 50, until: null },
    ])
  })

  test(`${engine}: a DID that an agent gives up belongs to a retired agent, for good`, async () => {
    const { database, met } = await setUp()
    const agents = makeAgentStore(database)
    const did = 'did:key:zOld'
    await met(agents.add({ ...agent, did, state: 'active' }))

    await met(...agents.leaveDid(agent.id, did, id(30)))

    expect((await agents.find(agent.id))?.did).toBeNull()
    expect(await agents.findByDid(did)).toMatchObject({ id: id(30), state: 'retired', did })
    expect(await met(agents.assignDid(agent.id, did))).toBe('agents_did')
  })

  test(`${engine}: whoever relies on what an agent holds, or on its ceilings, is told of a change`, async () => {
    const { database, met } = await setUp()
    const [credentials, ceilings] = [makeCredentialStore(database), makeCeilingStore(database)]
    const ceiling = {
      agentId: agent.id,
      entitlement: 'e',
      grants: [],
      source: 'review:x',
      createdAt: 7,
    }
    await met(credentials.add(credential), ceilings.set(ceiling))

    expect([
      await met(credentials.mustHold(agent.id, 1, 1_500)),
      await met(credentials.mustHold(agent.id, 0, 1_500)),
      await met(credentials.mustHold(agent.id, 0, 2_000)),
      await met(ceilings.mustBe(agent.id, [ceiling])),
      await met(ceilings.mustBe(agent.id, [{ ...ceiling, createdAt: 6 }])),
      await met(ceilings.mustBe(agent.id, [])),
      await met(ceilings.mustBe(id(99), [])),
    ]).toEqual([
      undefined,
      'holdings_known',
      undefined,
      undefined,
      'rules_known',
      'rules_known',
      undefined,
    ])
  })

  test(`${engine}: only whoever read a request last changes it, and each person approves a digest once`, async () => {
    const { database, met } = await setUp()
    const requests = makeAccessRequestStore(database)
    const request = (n: number, more: Partial<AccessRequest> = {}): AccessRequest => ({
      id: id(n),
      kind: 'elevation',
      agentId: id(50),
      taskId: id(51),
      requester: 'person:x',
      requesterPerson: id(52),
      entitlement: null,
      reason: 'é',
      terms: { audience: ['did:key:zA'], grants: [{ id: 'g' }], lifetimeSeconds: 60 },
      digest: 'sha-256:00',
      rules: ['r@1'],
      stages: [{ name: 's', approvers: { roles: ['x'] }, quorum: 2, deadlineSeconds: 60 }],
      stage: 0,
      stageEndsAt: n * 10,
      escalated: false,
      state: 'open',
      because: null,
      edits: 0,
      revision: 0,
      createdAt: n,
      decidedAt: null,
      credentialId: null,
      finding: null,
      reviewedBy: null,
      reviewedAt: null,
      ...more,
    })
    const vote = { requestId: id(1), stage: 0, inPlaceOf: null, comment: 'fine', at: 7 } as const
    const approvals = [
      { ...vote, digest: 'd', personId: id(60) },
      { ...vote, digest: 'd', personId: id(61), inPlaceOf: id(62), comment: null, at: 8 },
      { ...vote, digest: 'e', personId: id(60) },
    ]
    await database.commit([request(1), request(2), request(3)].map(requests.add))
    await database.commit(approvals.map(requests.approve))
    const granted = request(1, {
      state: 'granted',
      digest: 'sha-256:11',
      escalated: true,
      stage: 1,
      stageEndsAt: null,
      decidedAt: 9,
      credentialId: id(70),
    })

    expect(await requests.overdue(20, 10)).toEqual([request(1), request(2)])
    expect(await met(...requests.revise(granted))).toBe(undefined)
    expect(await met(...requests.revise(request(1)))).toBe('request_revision')
    expect(await requests.find(id(1))).toEqual({ ...granted, revision: 1 })
    expect(await requests.list({ state: 'open', agentId: id(50) }, all)).toEqual([
      request(2),
      request(3),
    ])
    expect((await requests.list({ unreviewed: true }, all)).map((one) => one.id)).toEqual([id(1)])
    expect(await requests.approvals(id(1), 'd')).toEqual(approvals.slice(0, 2))
    expect(await met(requests.approve(approvals[2]!))).toBe('approvals_request_id_digest_person_id')
  })

  test(`${engine}: the ceiling set last counts`, async () => {
    const { database } = await setUp()
    const ceilings = makeCeilingStore(database)
    const ceiling = { agentId: id(1), entitlement: 'e', source: 'review:x', createdAt: 5 }
    await database.commit([ceilings.set({ ...ceiling, grants: [{ id: 'g' }] })])
    await database.commit([ceilings.set({ ...ceiling, grants: [], createdAt: 6 })])

    expect(await ceilings.of(id(1))).toEqual([{ ...ceiling, grants: [], createdAt: 6 }])
    expect(await ceilings.of(id(2))).toEqual([])
  })

  test(`${engine}: nobody takes both sides of a rule with valid credentials, and nobody acts on both sides of one transaction`, async () => {
    const { database, met } = await setUp()
    const duties = makeDutyStore(database)
    const duty = (party: string, side: 0 | 1, credentialId: string, validUntil = 100) =>
      ({ rule: 'r', party, side, issuer: 'did:a', credentialId, validUntil }) as const
    const take = (one: ReturnType<typeof duty>, now = 10) => met(...duties.take(one, now))
    const act = (party: string, side: 0 | 1) =>
      met(
        duties.do({ rule: 'r', transactionKey: new Uint8Array([1]), party, side, expiresAt: 100 }),
      )

    expect(await take(duty('a', 0, 'urn:1'))).toBe(undefined)
    expect(await take(duty('a', 0, 'urn:1'))).toBe(undefined)
    expect(await take(duty('a', 1, 'urn:2'))).toBe('duties_separate')
    expect(await take(duty('b', 1, 'urn:2'))).toBe(undefined)
    expect(await take(duty('a', 1, 'urn:3', 300), 100)).toBe(undefined)
    await database.commit([
      ...duties.note(duty('b', 0, 'urn:4', 300)),
      ...duties.note(duty('b', 1, 'urn:5', 300)),
    ])

    expect(await duties.isHeld('r', ['x', 'a'], 0, 10)).toBe(true)
    expect(await duties.isHeld('r', ['a'], 0, 100)).toBe(false)
    expect(await duties.isHeld('other', ['a'], 0, 10)).toBe(false)
    expect(await duties.isHeld('r', [], 0, 10)).toBe(false)
    expect(await duties.violations('r', 200, 10)).toEqual([
      { party: 'b', credentials: [['urn:4'], ['urn:5']] },
    ])
    expect((await duties.violations('r', 10, 10)).map(({ party }) => party)).toEqual(['a', 'b'])

    expect([await act('a', 0), await act('a', 0), await act('a', 1), await act('b', 1)]).toEqual([
      undefined,
      undefined,
      'acts_side',
      undefined,
    ])
    expect(await duties.isDone('r', ['a', 'b'], 1, new Uint8Array([1]))).toBe(true)
    expect(await duties.isDone('r', ['a'], 1, new Uint8Array([1]))).toBe(false)

    const scan = { rule: 'r', lookedUntil: id(3), isDone: false }
    await database.commit([duties.setScan({ ...scan, lookedUntil: null }), duties.setScan(scan)])
    expect([await duties.scan('r'), await duties.openScans()]).toEqual([scan, [scan]])
    await database.commit([duties.setScan({ ...scan, isDone: true })])
    expect(await duties.openScans()).toEqual([])
    await duties.deleteExpired(100)
    expect(await duties.isDone('r', ['a'], 0, new Uint8Array([1]))).toBe(false)
    await database.commit(duties.forget('r'))
    expect([await duties.scan('r'), await duties.violations('r', 0, 10)]).toEqual([undefined, []])
  })

  test(`${engine}: a duty ends when its issuer revokes the credential, and not with another of the same id`, async () => {
    const { database, met } = await setUp()
    const [duties, credentials, status, issuers] = [
      makeDutyStore(database),
      makeCredentialStore(database),
      makeStatusStore(database, nodeCrypto),
      rawIssuers(database),
    ]
    const other = { ...issuer, id: id(90), name: 'other', did: 'did:key:zOther' as const }
    await database.commit([
      issuers.add(issuer),
      issuers.add(other),
      credentials.add(credential),
      credentials.add({ ...credential, id: id(91), issuerId: other.id }),
    ])
    const { credentialId } = credential
    const duty = { rule: 'r', party: 'a', issuer: issuer.did, credentialId, validUntil: 5_000 }
    const takeOther = (now: number) =>
      met(...duties.take({ ...duty, side: 1, credentialId: 'urn:2' }, now))
    const revoke = (issuerId: Id) =>
      database.commit(status.addCause(issuerId, 'revocation', credential.slot, 'order', 11))
    await met(...duties.take({ ...duty, side: 0 }, 10))

    const before = await takeOther(10)
    await revoke(other.id)
    const afterOther = await takeOther(12)
    await revoke(issuer.id)
    const after = await takeOther(12)

    expect([before, afterOther, after]).toEqual(['duties_separate', 'duties_separate', undefined])
  })

  test(`${engine}: a duty by credentials of the same id lasts as long as the longest, whoever signed them`, async () => {
    const { database } = await setUp()
    const duties = makeDutyStore(database)
    const duty = { rule: 'r', party: 'a', side: 0, credentialId: 'urn:1' } as const
    await database.commit([
      ...duties.note({ ...duty, issuer: 'did:a', validUntil: 100 }),
      ...duties.note({ ...duty, issuer: 'did:a', validUntil: 300 }),
      ...duties.note({ ...duty, issuer: 'did:b', validUntil: 200 }),
      ...duties.note({ ...duty, party: 'b', issuer: 'did:a', validUntil: 400 }),
    ])
    const held = async () =>
      Promise.all([150, 250, 350].map((now) => duties.isHeld('r', ['a'], 0, now)))

    const before = await held()
    await database.commit(duties.merge('b', 'a'))

    expect([before, await held()]).toEqual([
      [true, true, false],
      [true, true, true],
    ])
  })

  test(`${engine}: an issuer gives an id once, and another issuer may give the same`, async () => {
    const { database, met } = await setUp()
    const credentials = makeCredentialStore(database)
    const again = { ...credential, id: id(92), slot: 8 }

    expect([
      await met(credentials.add(credential)),
      await met(credentials.add(again)),
      await met(credentials.add({ ...again, issuerId: id(90) })),
    ]).toEqual([undefined, 'credentials_issuer_id_credential_id', undefined])
  })

  test(`${engine}: whoever relies on the documents of a kind in force is told of one that they did not know`, async () => {
    const { database, met } = await setUp()
    const documents = makeDocumentStore(database)
    const door = (n: number, version: number, hasBody = true) => ({
      id: id(n),
      kind: 'door' as const,
      name: 'd',
      version,
      body: hasBody ? { from: 'a', to: 'b' } : null,
      createdBy: 'service',
      createdAt: n,
    })
    const must = (...known: { id: Id }[]) => met(documents.mustBeInForce('door', known))

    expect([await must(), await must(door(1, 1))]).toEqual([undefined, 'rules_known'])
    await database.commit([documents.add(door(1, 1))])
    expect([await must(), await must(door(1, 1))]).toEqual(['rules_known', undefined])
    await database.commit([documents.add(door(2, 2))])
    expect([await must(door(1, 1)), await must(door(2, 2))]).toEqual(['rules_known', undefined])
    expect(await must(door(1, 1), door(2, 2))).toBe('rules_known')
    await database.commit([documents.add(door(3, 3, false))])
    expect([await must(), await must(door(2, 2))]).toEqual([undefined, 'rules_known'])
  })

  test(`${engine}: a segment is closed once, and only a second person opens what another proposed`, async () => {
    const { database, met } = await setUp()
    const closures = makeClosureStore(database)
    const closure = {
      segment: 's',
      reason: 'x',
      closedBy: 'person:a',
      closedAt: 5,
      reopenedBy: null,
      proposedAt: null,
    }
    await met(closures.close(closure))
    await met(closures.close({ ...closure, reason: 'again' }))

    expect([await closures.find('s'), await closures.find('t')]).toEqual([closure, undefined])
    expect(await met(...closures.reopen('s', id(1)))).toBe('closure_proposed')
    await met(closures.proposeReopening('s', id(1), 7))
    expect(await closures.list()).toEqual([{ ...closure, reopenedBy: id(1), proposedAt: 7 }])
    expect(await met(...closures.reopen('s', id(2)))).toBe('closure_proposed')
    expect(await met(...closures.reopen('s', id(1)))).toBe(undefined)
    expect(await closures.list()).toEqual([])
  })

  test(`${engine}: uses add up`, async () => {
    const { database } = await setUp()
    const usage = makeUsageStore(database)
    const record = {
      agentId: id(1),
      type: 'database',
      action: 'read',
      location: 'db://a',
      count: 2,
      lastUsedAt: 50,
    } as const
    await database.commit([usage.add(record), usage.add({ ...record, count: 3, lastUsedAt: 40 })])
    await database.commit([usage.add({ ...record, action: 'insert', lastUsedAt: 10 })])

    expect(await usage.of(id(1), 20)).toEqual([{ ...record, count: 5 }])
    await database.commit([usage.add({ ...record, location: 'db://b' })])
    const pages = [await usage.page(id(1), 0, { limit: 2 })]
    pages.push(await usage.page(id(1), 0, { after: pages[0]!.at(-1), limit: 2 }))
    expect(pages.map((page) => page.map(({ action, location }) => [action, location]))).toEqual([
      [
        ['insert', 'db://a'],
        ['read', 'db://a'],
      ],
      [['read', 'db://b']],
    ])
    expect(await usage.page(id(1), 20, { limit: 9 })).toEqual(await usage.of(id(1), 20))
    expect(await usage.actionsUsed(0)).toEqual(new Map([[id(1), 2]]))
    expect(await usage.actionsUsed(20)).toEqual(new Map([[id(1), 1]]))
  })

  test(`${engine}: only one node moves a subscriber’s cursor, and each subscriber has its own`, async () => {
    const { database, met } = await setUp()
    const cursors = makeCursorStore(database)

    const positions = [await cursors.position('usage')]
    const first = await met(...cursors.advance('usage', 0, 7))
    const second = await met(...cursors.advance('usage', 0, 9))
    positions.push(await cursors.position('usage'), await cursors.position('alarms'))

    expect([first, second, positions]).toEqual([undefined, 'cursor_there', [0, 7, 0]])
  })

  test(`${engine}: subscribers whose names begin alike are so many at most, and those there already go on`, async () => {
    const { database, met } = await setUp()
    const cursors = makeCursorStore(database)
    const move = (name: string, from: number) =>
      met(
        cursors.mustHaveRoom(`stream:a:${name}`, 'stream:a:', 2),
        ...cursors.advance(`stream:a:${name}`, from, from + 1),
      )
    await met(...cursors.advance('stream:b:x', 0, 1))

    const outcomes = [await move('x', 0), await move('y', 0), await move('z', 0)]
    outcomes.push(await move('x', 1))
    await met(cursors.remove('stream:a:x'))
    outcomes.push(await move('z', 0))

    expect(outcomes).toEqual([undefined, undefined, 'stream_room', undefined, undefined])
    const positions = ['a:x', 'a:y', 'a:z', 'b:x'].map((name) => cursors.position(`stream:${name}`))
    expect(await Promise.all(positions)).toEqual([0, 1, 1, 1])
  })

  test(`${engine}: a review item is decided once, and a campaign closed once`, async () => {
    const { database, met } = await setUp()
    const reviews = makeReviewStore(database)
    const campaign = {
      id: id(1),
      name: 'q',
      scope: { roles: ['a'] },
      reviewers: { people: [id(9)] },
      onDeadline: 'narrow',
      dueAt: 50,
      state: 'open',
      createdBy: 'person:x',
      createdAt: 1,
    } as const
    const item = (n: number) => ({
      id: id(n),
      campaignId: id(1),
      agentId: id(n + 10),
      entitlement: 'e',
      outcome: null,
      decidedBy: null,
      decidedAt: null,
      comment: null,
    })
    await database.commit([
      reviews.add(campaign),
      reviews.addItem(item(2)),
      reviews.addItem(item(3)),
    ])
    const decided = {
      ...item(2),
      outcome: 'certify',
      decidedBy: 'y',
      decidedAt: 3,
      comment: 'é',
    } as const

    expect(await met(...reviews.decide(decided))).toBe(undefined)
    expect(await met(...reviews.decide({ ...decided, outcome: 'revoke' }))).toBe('review_open')
    const of = (more: object) => reviews.items({ campaignId: id(1), ...more }, all)
    expect(await of({})).toEqual([decided, item(3)])
    expect([await of({ isOpen: true }), await of({ isOpen: false })]).toEqual([
      [item(3)],
      [decided],
    ])
    expect([await of({ agentId: id(13) }), await reviews.item(id(2))]).toEqual([[item(3)], decided])
    expect([await reviews.overdue(49, 9), await reviews.overdue(50, 9)]).toEqual([[], [campaign]])
    expect(await met(...reviews.close(id(1)))).toBe(undefined)
    expect(await met(...reviews.close(id(1)))).toBe('review_open')
    expect(await reviews.list({ state: 'closed' }, all)).toEqual([{ ...campaign, state: 'closed' }])
    expect(await reviews.overdue(99, 9)).toEqual([])
  })

  test(`${engine}: an unused agent is found until it is used or suspended, and what it holds is counted`, async () => {
    const { database } = await setUp()
    const [agents, credentials, status] = [
      makeAgentStore(database),
      makeCredentialStore(database),
      makeStatusStore(database, nodeCrypto),
    ]
    const one = { ...agent, state: 'active', lastActiveAt: 10 } as const
    const held = { ...credential, agentId: agent.id }
    const delegated = (n: number, parent: string) => ({
      ...held,
      id: id(n),
      credentialId: `urn:${n}`,
      agentId: null,
      slot: 100 + n,
      basis: `delegation:${parent}` as const,
    })
    await database.commit([
      agents.add(one),
      credentials.add(held),
      credentials.add(delegated(61, held.credentialId)),
      credentials.add(delegated(62, 'urn:61')),
      credentials.add(delegated(63, 'urn:other')),
    ])
    const none = { sessions: 0, apiKeys: 0, keys: 0 }

    expect([await agents.unusedSince(10, 9), await agents.unusedSince(11, 9)]).toEqual([
      [],
      [agent.id],
    ])
    await database.commit([agents.wasActive(agent.id, 20), agents.wasActive(agent.id, 15)])
    expect((await agents.find(agent.id))?.lastActiveAt).toBe(20)
    expect(await agents.holdings(one, 1_500)).toEqual({ ...none, credentials: 1, delegations: 2 })
    await database.commit(status.addCauseToAll({ below: agent.id }, 'revocation', 'agent', 1_500))
    expect(await agents.holdings(one, 1_500)).toEqual({ ...none, credentials: 0, delegations: 0 })
    await database.commit([...agents.suspend(agent.id, 'owner'), agents.setDormant(agent.id, 30)])
    expect([await agents.dormantSince(30, 9), await agents.dormantSince(31, 9)]).toEqual([
      [],
      [agent.id],
    ])
    expect(await agents.unusedSince(99, 9)).toEqual([])
  })
}

const aPerson = (n: number): Person => ({
  id: id(n),
  name: `p${n}`,
  email: null,
  roles: ['analyst'],
  state: 'active',
  identityOf: null,
  createdBy: 'service',
  delegate: null,
  delegateUntil: null,
  userName: null,
  externalId: null,
  createdAt: n,
})
