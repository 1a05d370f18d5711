import { taskPermissionType } from '../../../credential/credential.ts'
import {
  type Database,
  type Row,
  type Statement,
  sql,
  type Write,
} from '../../../foundation/database.ts'
import { idBytes, idText } from '../../../foundation/id.ts'
import type {
  Duty,
  DutyScan,
  DutyStore,
  SideIndex,
  Violation,
} from '../../../governance/separation-rule.ts'

interface ScanRow extends Row {
  readonly rule: string
  readonly looked_until: Uint8Array | null
  readonly done: number
}

const scan = (row: ScanRow): DutyScan => ({
  rule: row.rule,
  lookedUntil: row.looked_until && idText(row.looked_until),
  isDone: row.done === 1,
})

/**
 * Only revocation by the issuer of a permission ends a duty before its `validUntil`: an issuer gives
 * each id once. A credential of another service or of a delegator has an id that its signer chose,
 * so it may have that of a revoked one. CROSS JOIN tells SQLite to begin with the one credential.
 */
const isLive = (now: number): Statement =>
  sql`d.valid_until > ${now} AND NOT EXISTS (
    SELECT 1 FROM credentials c CROSS JOIN issuers i CROSS JOIN status_causes s
    WHERE c.credential_id = d.credential_id AND c.type = ${taskPermissionType}
      AND i.id = c.issuer_id AND i.did = d.issuer
      AND s.issuer_id = c.issuer_id AND s.purpose = 'revocation' AND s.slot = c.slot)`

/**
 * Duties of a party that performed both in one transaction, under records that turned out later to
 * belong to one human being. `do` never writes it.
 */
const bothSides = 3

/** Of the party `p`. */
const hasLive = (side: SideIndex, now: number): Statement =>
  sql`EXISTS (SELECT 1 FROM duties d WHERE d.rule = p.rule AND d.party = p.party
    AND d.side = ${side} AND ${isLive(now)})`

const oneOf = (parties: readonly string[]): Statement =>
  parties.map((party) => sql`${party}`).reduce((all, one) => sql`${all}, ${one}`)

export function makeDutyStore(database: Database): DutyStore {
  return {
    async isHeld(rule, parties, side, now) {
      if (parties.length === 0) return false
      const rows = await database.read(
        sql`SELECT 1 FROM duties d WHERE d.rule = ${rule} AND d.party IN (${oneOf(parties)})
          AND d.side = ${side} AND ${isLive(now)} LIMIT 1`,
      )
      return rows.length > 0
    },
    async isDone(rule, parties, side, transactionKey) {
      if (parties.length === 0) return false
      const rows = await database.read(
        sql`SELECT 1 FROM acts WHERE rule = ${rule} AND transaction_key = ${transactionKey}
          AND party IN (${oneOf(parties)}) AND side IN (${side}, ${bothSides}) LIMIT 1`,
      )
      return rows.length > 0
    },
    take: (duty, now) => [
      // A concurrent commit that gives this party the other duty waits here. Records of live duties
      // may have been deleted while a clock was ahead: then it is unknown who has the other duty.
      touchParty(duty),
      sql`INSERT INTO guards (duties_separate) SELECT 0 WHERE EXISTS (
        SELECT 1 FROM duties d WHERE d.rule = ${duty.rule} AND d.party = ${duty.party}
          AND d.side = ${1 - duty.side} AND ${isLive(now)})
        OR EXISTS (SELECT 1 FROM cursors WHERE name = 'forgotten' AND position >= ${now})`,
      insert(duty),
    ],
    note: (duty) => [touchParty(duty), insert(duty)],
    do: ({ rule, transactionKey, party, side, expiresAt }) =>
      sql`INSERT INTO acts (rule, transaction_key, party, side, expires_at)
        VALUES (${rule}, ${transactionKey}, ${party}, ${side}, ${expiresAt})
        ON CONFLICT (rule, transaction_key, party) DO UPDATE SET
          side = CASE WHEN acts.side = excluded.side THEN acts.side ELSE 2 END`,
    merge: (from, to) => [
      sql`INSERT INTO duties (rule, party, side, issuer, credential_id, valid_until)
        SELECT rule, ${to}, side, issuer, credential_id, valid_until FROM duties WHERE party = ${from}
        ${orLonger}`,
      sql`INSERT INTO duty_parties (rule, party, changes)
        SELECT DISTINCT rule, ${to}, 1 FROM duties WHERE party = ${from}
        ON CONFLICT (rule, party) DO UPDATE SET changes = duty_parties.changes + 1`,
      sql`DELETE FROM duties WHERE party = ${from}`,
      sql`INSERT INTO acts (rule, transaction_key, party, side, expires_at)
        SELECT rule, transaction_key, ${to}, side, expires_at FROM acts WHERE party = ${from}
        ON CONFLICT (rule, transaction_key, party) DO UPDATE SET
          side = CASE WHEN acts.side = excluded.side THEN acts.side ELSE ${bothSides} END,
          expires_at = CASE WHEN acts.expires_at < excluded.expires_at
            THEN excluded.expires_at ELSE acts.expires_at END`,
      sql`DELETE FROM acts WHERE party = ${from}`,
    ],
    async didBoth(rule, limit) {
      const rows = await database.read<{ party: string }>(
        sql`SELECT DISTINCT party FROM acts WHERE rule = ${rule} AND side = ${bothSides}
          ORDER BY party LIMIT ${limit}`,
      )
      return rows.map(({ party }) => party)
    },
    async violations(rule, now, limit) {
      const violators = await database.read<{ party: string }>(
        sql`SELECT p.party FROM duty_parties p
          WHERE p.rule = ${rule} AND ${hasLive(0, now)} AND ${hasLive(1, now)}
          ORDER BY p.party LIMIT ${limit}`,
      )
      const found: Violation[] = []
      for (const { party } of violators) {
        const held = await database.read<{ side: SideIndex; credential_id: string }>(
          sql`SELECT d.side, d.credential_id FROM duties d WHERE d.rule = ${rule}
            AND d.party = ${party} AND ${isLive(now)} ORDER BY d.credential_id`,
        )
        const of = (one: SideIndex) =>
          held.filter(({ side }) => side === one).map(({ credential_id }) => credential_id)
        found.push({ party, credentials: [of(0), of(1)] })
      }
      return found
    },
    async scan(rule) {
      const [row] = await database.read<ScanRow>(sql`SELECT * FROM duty_scans WHERE rule = ${rule}`)
      return row && scan(row)
    },
    async openScans() {
      return (
        await database.read<ScanRow>(sql`SELECT * FROM duty_scans WHERE done = 0 ORDER BY rule`)
      ).map(scan)
    },
    setScan: ({ rule, lookedUntil, isDone }) =>
      sql`INSERT INTO duty_scans (rule, looked_until, done)
        VALUES (${rule}, ${lookedUntil && idBytes(lookedUntil)}, ${isDone ? 1 : 0})
        ON CONFLICT (rule) DO UPDATE SET looked_until = excluded.looked_until, done = excluded.done`,
    forget: (rule) => [
      sql`DELETE FROM duties WHERE rule = ${rule}`,
      sql`DELETE FROM duty_parties WHERE rule = ${rule}`,
      sql`DELETE FROM duty_scans WHERE rule = ${rule}`,
    ],
    async deleteExpired(mark) {
      await database.commit([
        sql`DELETE FROM duties WHERE valid_until <= ${mark}`,
        sql`DELETE FROM acts WHERE expires_at <= ${mark}`,
      ])
    },
  }
}

const touchParty = ({ rule, party }: Duty): Write =>
  sql`INSERT INTO duty_parties (rule, party, changes) VALUES (${rule}, ${party}, 1)
    ON CONFLICT (rule, party) DO UPDATE SET changes = duty_parties.changes + 1`

/** A signer may use one id for a shorter and a longer credential. */
const orLonger = sql`ON CONFLICT (rule, party, side, issuer, credential_id) DO UPDATE SET valid_until =
  CASE WHEN duties.valid_until < excluded.valid_until THEN excluded.valid_until ELSE duties.valid_until END`

const insert = ({ rule, party, side, issuer, credentialId, validUntil }: Duty): Write =>
  sql`INSERT INTO duties (rule, party, side, issuer, credential_id, valid_until)
    VALUES (${rule}, ${party}, ${side}, ${issuer}, ${credentialId}, ${validUntil}) ${orLonger}`
