import { humanOf, type Person, type PersonStore } from '../../../directory/party.ts'
import { type Database, type Statement, sql, type Write } from '../../../foundation/database.ts'
import { type Id, idBytes, idText } from '../../../foundation/id.ts'
import { takeTurn } from './directory-turn.ts'
import { inParts } from './in-parts.ts'

/** The part of `PersonStore` about the human beings behind records. */
type HumanStore = Pick<
  PersonStore,
  | 'recordsOf'
  | 'humansWithMailbox'
  | 'rolesOf'
  | 'behind'
  | 'mustBeOf'
  | 'keepMailboxes'
  | 'join'
  | 'actFor'
  | 'nobodyActsFor'
  | 'deleteExpired'
>

const recordOf = (human: Id): Statement =>
  sql`(id = ${idBytes(human)} OR identity_of = ${idBytes(human)})`

/** @param locking to change the link, which excludes commits that rely on it. */
const mustBeOf = (id: Id, human: Id, locking: 'relying' | 'changing'): Write => {
  const found = sql`SELECT 1 FROM people
    WHERE id = ${idBytes(id)} AND COALESCE(identity_of, id) = ${idBytes(human)}`
  return locking === 'relying'
    ? sql`INSERT INTO guards (person_linked) SELECT 0 WHERE NOT EXISTS (${found} /* FOR KEY SHARE */)`
    : sql`INSERT INTO guards (person_linked) SELECT 0 WHERE NOT EXISTS (${found} /* FOR UPDATE */)`
}

export function makeHumanStore(
  database: Database,
  people: (condition: Statement) => Promise<readonly Person[]>,
): HumanStore {
  return {
    recordsOf: (human) => people(sql`${recordOf(human)} ORDER BY id`),
    async humansWithMailbox(mailboxes) {
      const found = new Set<Id>()
      for (const part of inParts(mailboxes))
        for (const { human } of await database.read<{ human: Uint8Array }>(
          sql`SELECT DISTINCT COALESCE(p.identity_of, p.id) AS human
            FROM mailboxes m JOIN people p ON p.id = m.person_id WHERE m.address IN (${part})`,
        ))
          found.add(idText(human))
      return [...found].sort()
    },
    async rolesOf(human) {
      const rows = await database.read<{ roles: string }>(
        sql`SELECT roles FROM people WHERE ${recordOf(human)} AND state = 'active'
          UNION SELECT roles FROM agents WHERE state <> 'retired'
            AND owner_id IN (SELECT id FROM people WHERE ${recordOf(human)})`,
      )
      return [...new Set(rows.flatMap(({ roles }) => JSON.parse(roles) as readonly string[]))]
    },
    behind: ({ id, owner }, now) =>
      people(sql`id = ${idBytes(owner)} OR id IN (
        SELECT person_id FROM acting_for WHERE agent_id = ${idBytes(id)} AND valid_until > ${now})`),
    mustBeOf: (id, human) => mustBeOf(id, human, 'relying'),
    keepMailboxes(person, mailboxes, at) {
      if (mailboxes.length === 0) return []
      return [
        takeTurn,
        ...mailboxes.flatMap((address) => [
          sql`INSERT INTO guards (person_linked) SELECT 0 WHERE EXISTS (
            SELECT 1 FROM mailboxes m JOIN people p ON p.id = m.person_id
            WHERE m.address = ${address} AND COALESCE(p.identity_of, p.id) <> ${idBytes(humanOf(person))})`,
          sql`INSERT INTO mailboxes (address, person_id, since)
            VALUES (${address}, ${idBytes(person.id)}, ${at}) ON CONFLICT DO NOTHING`,
        ]),
      ]
    },
    join(records, human) {
      const former = humanOf(records[0]!)
      return [
        takeTurn,
        mustBeOf(human, human, 'relying'),
        ...records.map(({ id }) => mustBeOf(id, former, 'changing')),
        sql`INSERT INTO guards (person_linked) SELECT 0
          WHERE (SELECT COUNT(*) FROM people WHERE ${recordOf(former)}) <> ${records.length}`,
        sql`UPDATE people SET identity_of = ${idBytes(human)} WHERE ${recordOf(former)}`,
      ]
    },
    actFor: (agentId, personId, until) =>
      sql`INSERT INTO acting_for (agent_id, person_id, valid_until)
        VALUES (${idBytes(agentId)}, ${idBytes(personId)}, ${until})
        ON CONFLICT (agent_id, person_id) DO UPDATE SET valid_until =
          CASE WHEN acting_for.valid_until < excluded.valid_until
            THEN excluded.valid_until ELSE acting_for.valid_until END`,
    nobodyActsFor: (agentId) => sql`DELETE FROM acting_for WHERE agent_id = ${idBytes(agentId)}`,
    async deleteExpired(mark) {
      await database.commit([sql`DELETE FROM acting_for WHERE valid_until <= ${mark}`])
    },
  }
}
