import { expect, test } from 'vitest'
import type { Migration } from '../../src/adapters/storage/migration.ts'
import { makeApiKeyStore } from '../../src/adapters/storage/stores/api-key-store.ts'
import { makeDutyStore } from '../../src/adapters/storage/stores/duty-store.ts'
import { makePersonStore } from '../../src/adapters/storage/stores/party-store.ts'
import type { Person } from '../../src/directory/party.ts'
import {
  ConstraintViolation,
  type Database,
  sql,
  type Write,
} from '../../src/foundation/database.ts'
import { type Id, idBytes, idText } from '../../src/foundation/id.ts'
import { newPerson } from '../../src/operations/administering/create-person.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'

const id = (n: number): Id => idText(new Uint8Array(16).fill(n))
const bytes = (n: number) => new Uint8Array(32).fill(n)
const person = (n: number, identityOf: Id | null = null): Person => ({
  ...newPerson(id(n), `p${n}`, n),
  identityOf,
})

/** How many databases the contract opens. */
export const humansContractDatabases = 6

/** What every engine must do about the human beings behind records. */
export function humansContract(engine: string, open: () => Promise<Database>): void {
  async function setUp() {
    const database = await open()
    const met = (...writes: readonly Write[]) =>
      database.commit(writes).then(
        () => undefined,
        (error: unknown) => (error instanceof ConstraintViolation ? error.constraint : error),
      )
    return { database, met, people: makePersonStore(database), duties: makeDutyStore(database) }
  }

  test(`${engine}: a mailbox leads to its record until the record is erased`, async () => {
    const { met, people } = await setUp()
    await met(people.add(person(1)), people.add(person(2)), people.add(person(3, id(1))))
    const kept = [
      await met(...people.keepMailboxes(person(1), ['a@b.example', 'old@b.example'], 5)),
      await met(...people.keepMailboxes(person(3, id(1)), ['a@b.example'], 6)),
      await met(...people.keepMailboxes(person(2), ['a@b.example'], 7)),
      await met(...people.keepMailboxes(person(2), [], 7)),
    ]
    const found = async (...mailboxes: readonly string[]) => people.humansWithMailbox(mailboxes)

    expect(kept).toEqual([undefined, undefined, 'person_linked', undefined])
    expect([await found('a@b.example'), await found('x@b.example'), await found()]).toEqual([
      [id(1)],
      [],
      [],
    ])
    await met(...people.erase({ ...person(1), name: 'erased' }, 8))
    expect([await found('a@b.example'), await found('old@b.example')]).toEqual([[id(1)], []])
  })

  test(`${engine}: records are joined only as they were read, and whoever relies on the link is told of a change`, async () => {
    const { met, people } = await setUp()
    await met(people.add(person(1)), people.add(person(2)), people.add(person(3, id(2))))
    const group = [person(2), person(3, id(2))]
    const before = [
      await met(people.mustBeOf(id(3), id(2))),
      await met(people.mustBeOf(id(1), id(1))),
      await met(people.mustBeOf(id(3), id(1))),
    ]

    const partly = await met(...people.join([person(2)], id(1)))
    const whole = await met(...people.join(group, id(1)))
    const again = await met(...people.join(group, id(1)))

    expect(before).toEqual([undefined, undefined, 'person_linked'])
    expect([partly, whole, again]).toEqual(['person_linked', undefined, 'person_linked'])
    expect((await people.recordsOf(id(1))).map(({ id, identityOf }) => [id, identityOf])).toEqual([
      [id(1), null],
      [id(2), id(1)],
      [id(3), id(1)],
    ])
    expect(await met(people.mustBeOf(id(3), id(2)))).toBe('person_linked')
  })

  test(`${engine}: a human being’s roles are those of all active records and of all agents`, async () => {
    const { database, met, people } = await setUp()
    await met(
      people.add({ ...person(1), roles: ['a', 'b'] }),
      people.add({ ...person(2, id(1)), roles: ['b', 'c'] }),
      people.add({ ...person(3, id(1)), roles: ['gone'] }),
      people.add({ ...person(4), roles: ['other'] }),
      ...people.leave(id(3)),
    )
    const agent = (n: number, owner: number, role: string, state: string) =>
      sql`INSERT INTO agents (id, name, kind, owner_id, risk_tier, segment, did_method, custody, key_kind,
          state, created_at, roles)
        VALUES (${idBytes(id(n))}, 'a', 'company', ${idBytes(id(owner))}, 'low', 'default', 'key', 'own',
          'Ed25519', ${state}, 1, ${JSON.stringify([role])})`
    await database.commit([
      agent(50, 2, 'd', 'suspended'),
      agent(51, 3, 'e', 'active'),
      agent(52, 1, 'retired', 'retired'),
      agent(53, 4, 'foreign', 'active'),
    ])

    expect([...(await people.rolesOf(id(1)))].sort()).toEqual(['a', 'b', 'c', 'd', 'e'])
    const acting = async (now: number) =>
      (await people.behind({ id: id(50), owner: id(2) }, now)).map((one) => one.id).sort()
    await met(people.actFor(id(50), id(4), 100))
    await met(people.actFor(id(50), id(4), 90))
    expect([await acting(99), await acting(100)]).toEqual([[id(2), id(4)], [id(2)]])
    await people.deleteExpired(99)
    expect(await acting(99)).toEqual([id(2), id(4)])
    await met(people.nobodyActsFor(id(50)))
    expect(await acting(99)).toEqual([id(2)])
  })

  test(`${engine}: after a merge, what two parties held and did is one party’s, even both sides of one transaction`, async () => {
    const { database, met, duties } = await setUp()
    const act = (party: string, transaction: number, side: 0 | 1) =>
      duties.do({ rule: 'r', transactionKey: bytes(transaction), party, side, expiresAt: 100 })
    await database.commit([
      ...duties.note({
        rule: 'r@1',
        party: 'a',
        side: 0,
        issuer: 'did:a',
        credentialId: 'urn:1',
        validUntil: 100,
      }),
      ...duties.note({
        rule: 'r@1',
        party: 'b',
        side: 1,
        issuer: 'did:a',
        credentialId: 'urn:2',
        validUntil: 100,
      }),
      ...duties.note({
        rule: 'r@1',
        party: 'b',
        side: 0,
        issuer: 'did:a',
        credentialId: 'urn:1',
        validUntil: 100,
      }),
      act('a', 1, 0),
      act('b', 1, 1),
      act('a', 2, 0),
      act('b', 2, 0),
      act('b', 3, 1),
    ])
    expect(await duties.didBoth('r', 9)).toEqual([])

    await database.commit(duties.merge('b', 'a'))

    expect(await duties.violations('r@1', 10, 9)).toEqual([
      { party: 'a', credentials: [['urn:1'], ['urn:2']] },
    ])
    expect([await duties.didBoth('r', 9), await duties.didBoth('other', 9)]).toEqual([['a'], []])
    const sides = async (transaction: number) => [
      await duties.isDone('r', ['a'], 0, bytes(transaction)),
      await duties.isDone('r', ['a'], 1, bytes(transaction)),
    ]
    expect([await sides(1), await sides(2), await sides(3)]).toEqual([
      [true, true],
      [true, false],
      [false, true],
    ])
    expect([await met(act('a', 1, 0)), await met(act('a', 1, 1))]).toEqual([
      'acts_side',
      'acts_side',
    ])
    expect([await met(act('a', 2, 0)), await met(act('a', 2, 1))]).toEqual([undefined, 'acts_side'])
    expect(await duties.isDone('r', ['b'], 1, bytes(3))).toBe(false)
  })

  test(`${engine}: when many records with one mailbox arrive at once, those that seem alone meet the first`, async () => {
    const { met, people } = await setUp()

    const outcomes = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        met(...people.keepMailboxes(person(n), ['one@b.example'], 1), people.add(person(n))),
      ),
    )

    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1)
    expect(new Set(outcomes)).toEqual(new Set([undefined, 'person_linked']))
    expect(await people.humansWithMailbox(['one@b.example'])).toHaveLength(1)
  })

  test(`${engine}: an administrator always remains, whoever leaves and whichever key ends, even at the same moment`, async () => {
    const { database, met, people } = await setUp()
    const keys = makeApiKeyStore(database)
    const key = (n: number, holder: number, more: object = {}) =>
      keys.add({
        id: id(n),
        name: 'k',
        holder: { kind: 'person', id: id(holder) },
        scopes: ['owner', 'administrator'],
        digest: bytes(n),
        madeBy: null,
        createdAt: 1,
        expiresAt: 100,
        revokedAt: null,
        ...more,
      })
    await database.commit([
      ...[1, 2, 3, 4].map((n) => people.add(person(n))),
      ...people.leave(id(4)),
      ...key(10, 1),
      ...key(11, 2),
      ...key(12, 2),
      ...key(13, 3, { scopes: ['auditor'] }),
      ...key(14, 4),
      ...key(15, 3, { expiresAt: 10 }),
      ...key(16, 9, { holder: { kind: 'system', id: id(9) } }),
    ])
    const leave = (n: number) =>
      met(
        ...keys.mustLeaveAdministrator({ person: id(n) }, 50),
        ...people.leave(id(n)),
        keys.revokeAllOf({ kind: 'person', id: id(n) }, 50),
      )
    const revoke = (n: number) =>
      met(...keys.mustLeaveAdministrator({ key: id(n) }, 50), keys.revoke(id(n), 50))

    expect(await Promise.all([1, 2, 3, 9].map((n) => keys.administers(id(n), 50)))).toEqual([
      true,
      true,
      false,
      false,
    ])
    expect([await revoke(11), await leave(3)]).toEqual([undefined, undefined])
    const outcomes = await Promise.all([leave(1), leave(2)])
    expect(outcomes.toSorted()).toEqual(['last_administrator', undefined])
    const last = outcomes[0] === undefined ? [2, 12] : [1, 10]
    expect([await revoke(last[1]!), await leave(last[0]!), await revoke(16)]).toEqual([
      'last_administrator',
      'last_administrator',
      undefined,
    ])
  })
}

/**
 * A database of before is taken over: whoever shares a mailbox is one, and what they did and hold is theirs.
 *
 * @param openAt opens one and the same database, with these migrations.
 */
export function takeOverContract(
  engine: string,
  openAt: (migrations: readonly Migration[]) => Promise<Database>,
): void {
  test(`${engine}: a database of the previous version is taken over: records of one mailbox are joined, with what they did and hold`, async () => {
    const before = await openAt(loadMigrations().filter(({ name }) => name < '0012'))
    const row = (n: number, email: string | null, first: number | null = null) =>
      sql`INSERT INTO people (id, name, email, identity_of, created_at)
        VALUES (${idBytes(id(n))}, 'p', ${email}, ${first === null ? null : idBytes(id(first))}, ${n})`
    const act = (n: number, transaction: number, side: number) =>
      sql`INSERT INTO acts (rule, transaction_key, party, side, expires_at)
        VALUES ('r', ${bytes(transaction)}, ${`person:${id(n)}`}, ${side}, ${n})`
    const duty = (n: number, side: number) => [
      sql`INSERT INTO duty_parties (rule, party, changes) VALUES ('r@1', ${`person:${id(n)}`}, 1)`,
      sql`INSERT INTO duties (rule, party, side, credential_id, valid_until)
        VALUES ('r@1', ${`person:${id(n)}`}, ${side}, ${`urn:${n}`}, 100)`,
    ]
    await before.commit([
      row(0xa1, 'Ada@acme.example'),
      row(0xa2, 'ada@ACME.example'),
      row(0xa3, 'else@acme.example', 0xa2),
      row(0xa4, 'ELSE@acme.example'),
      row(0xa5, null),
      row(0xa6, 'other@acme.example'),
      row(0xa7, 'third@acme.example', 0xa6),
      sql`UPDATE people SET user_name = 'Else@acme.example' WHERE id = ${idBytes(id(0xa5))}`,
      sql`UPDATE people SET user_name = 'other' WHERE id = ${idBytes(id(0xa1))}`,
      act(0xa1, 1, 0),
      act(0xa2, 1, 1),
      act(0xa4, 2, 1),
      act(0xa6, 2, 0),
      ...duty(0xa2, 0),
      ...duty(0xa4, 1),
      ...duty(0xa6, 1),
    ])

    const after = await openAt(loadMigrations())

    const [people, duties] = [makePersonStore(after), makeDutyStore(after)]
    const all = await people.list({ limit: 99 })
    expect(all.map(({ identityOf }) => identityOf)).toEqual([
      null,
      ...[0xa2, 0xa3, 0xa4, 0xa5].map(() => id(0xa1)),
      null,
      id(0xa6),
    ])
    const one = `person:${id(0xa1)}`
    expect(await duties.violations('r@1', 10, 9)).toEqual([
      { party: one, credentials: [[`urn:${0xa2}`], [`urn:${0xa4}`]] },
    ])
    expect(await duties.didBoth('r', 9)).toEqual([one])
    expect(await duties.isDone('r', [one], 1, bytes(2))).toBe(true)
    expect(await duties.isDone('r', [`person:${id(0xa4)}`], 1, bytes(2))).toBe(false)
    expect(await duties.isDone('r', [`person:${id(0xa6)}`], 0, bytes(2))).toBe(true)
    expect(await people.humansWithMailbox(['else@acme.example', 'third@acme.example'])).toEqual([
      id(0xa1),
      id(0xa6),
    ])
  })
}
