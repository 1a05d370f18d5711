import { expect, test } from 'vitest'
import type { Migration } from '../../src/adapters/storage/migration.ts'
import { makeCredentialStore } from '../../src/adapters/storage/stores/credential-store.ts'
import { makeDutyStore } from '../../src/adapters/storage/stores/duty-store.ts'
import { type Database, sql } from '../../src/foundation/database.ts'
import { type Id, idBytes, idText } from '../../src/foundation/id.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'

const id = (n: number): Id => idText(new Uint8Array(16).fill(n))

/**
 * A database that knew duties by the credential's id alone is taken over: each belongs to the issuer
 * of the permission, and ids that an issuer gave twice stay.
 *
 * @param openAt opens one and the same database, with these migrations.
 */
export function takenOverDutiesContract(
  engine: string,
  openAt: (migrations: readonly Migration[]) => Promise<Database>,
): void {
  test(`${engine}: duties of the previous version belong to the issuer of the permission, and repeated ids stay`, async () => {
    const before = await openAt(loadMigrations().filter(({ name }) => name < '0017'))
    const issuer = (n: number) =>
      sql`INSERT INTO issuers (id, name, did, key_kind, mechanism, state, next_slot, created_at)
        VALUES (${idBytes(id(n))}, ${`i${n}`}, ${`did:${n}`}, 'Ed25519', 'eddsa-jcs-2022', 'active', 9, 1)`
    const credential = (n: number, issuedBy: number, slot: number, type: string) =>
      sql`INSERT INTO credentials (id, credential_id, issuer_id, type, slot, created_at, secured)
        VALUES (${idBytes(id(n))}, 'urn:1', ${idBytes(id(issuedBy))}, ${type}, ${slot}, ${n}, '{}')`
    const revoke = (issuedBy: number, slot: number) =>
      sql`INSERT INTO status_causes (issuer_id, purpose, slot, cause, since)
        VALUES (${idBytes(id(issuedBy))}, 'revocation', ${slot}, 'order', 1)`
    const duty = (side: number, credentialId: string) =>
      sql`INSERT INTO duties (rule, party, side, credential_id, valid_until)
        VALUES ('r@1', 'a', ${side}, ${credentialId}, 100)`
    await before.commit([
      issuer(1),
      issuer(2),
      credential(0x11, 1, 1, 'TaskPermissionCredential'),
      credential(0x12, 1, 2, 'VerifiableCredential'),
      credential(0x13, 2, 3, 'VerifiableCredential'),
      revoke(1, 2),
      revoke(2, 3),
      duty(0, 'urn:1'),
      duty(1, 'urn:elsewhere'),
    ])

    const after = await openAt(loadMigrations())

    const [duties, credentials] = [makeDutyStore(after), makeCredentialStore(after)]
    const held = () =>
      Promise.all(([0, 1] as const).map((side) => duties.isHeld('r@1', ['a'], side, 10)))
    const taken = await held()
    await after.commit([revoke(1, 1)])
    const found = await credentials.findByCredentialId('urn:1', 10)
    expect([taken, await held(), found.map((one) => one.id)]).toEqual([
      [true, true],
      [false, true],
      [id(0x11), id(0x12), id(0x13)],
    ])
  })
}
