import { expect, test } from 'vitest'
import { makeIssuerStore } from '../../src/adapters/storage/stores/issuer-store.ts'
import { makeStatusStore } from '../../src/adapters/storage/stores/status-store.ts'
import type { Database } from '../../src/foundation/database.ts'
import { newId } from '../../src/foundation/id.ts'
import type { CryptoProvider } from '../../src/keys/signature.ts'
import { listLength } from '../../src/status/status-store.ts'

/** What the store of status lists must do on every engine. */
export function statusContract(
  engine: string,
  open: () => Promise<Database>,
  crypto: CryptoProvider,
): void {
  async function setUp(statusMessages: readonly string[] | null = null) {
    const database = await open()
    const id = newId(Date.now(), crypto.randomBytes)
    await database.commit([
      makeIssuerStore(database).add({
        id,
        name: id,
        did: `did:key:${id}`,
        keyKind: 'Ed25519',
        mechanism: 'eddsa-jcs-2022',
        statusMessages,
        state: 'active',
        createdAt: 0,
      }),
    ])
    return { database, issuerId: id, status: makeStatusStore(database, crypto) }
  }

  test(`${engine}: E25 slots taken at the same moment all differ`, async () => {
    const { issuerId, status } = await setUp()

    const firsts = await Promise.all(Array.from({ length: 60 }, () => status.reserve(issuerId, 64)))

    expect(firsts.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i * 64))
  })

  test(`${engine}: E27 a new list follows a full one, and is opened once even when many need it at once`, async () => {
    const { issuerId, status } = await setUp()
    await status.reserve(issuerId, listLength - 32)

    await Promise.all(Array.from({ length: 20 }, () => status.reserve(issuerId, 64)))
    const [full, next] = [
      await status.listsOf(issuerId, listLength - 1),
      await status.listsOf(issuerId, listLength),
    ]

    expect(
      [full, next].map((lists) => lists.map(({ purpose, volume }) => `${purpose} ${volume}`)),
    ).toEqual([
      ['revocation 0', 'suspension 0'],
      ['revocation 1', 'suspension 1'],
    ])
    expect(new Set([...full, ...next].map(({ id }) => id)).size).toBe(4)
  })

  test(`${engine}: a status entry keeps its causes, and its version grows with every change`, async () => {
    const { database, issuerId, status } = await setUp()
    const slot = await status.reserve(issuerId, 64)
    const list = async () => (await status.listsOf(issuerId, slot))[1]!
    const before = (await list()).version

    await database.commit(status.addCause(issuerId, 'suspension', slot, 'order', 5))
    await database.commit(status.addCause(issuerId, 'suspension', slot, 'agent', 6))
    await database.commit(status.addCause(issuerId, 'suspension', slot, 'agent', 7))
    await database.commit(status.removeSuspension(issuerId, slot, 'order'))

    expect(await status.causes(issuerId, 'suspension', slot)).toEqual([
      { cause: 'agent', since: 6 },
    ])
    expect(await status.setSlots(await list())).toEqual([slot])
    expect((await list()).version).toBe(before + 4)
  })

  test(`${engine}: an issuer with messages has a third list, with one value for each entry`, async () => {
    const messages = ['fine', 'looked at', 'doubted', 'left alone']
    const { database, issuerId, status } = await setUp(messages)
    const slot = await status.reserve(issuerId, 64)
    const lists = await status.listsOf(issuerId, slot)
    const third = async () => (await status.list(lists[2]!.id))!

    await database.commit(status.setMessage(issuerId, slot + 1, 2, 5))
    await database.commit(status.setMessage(issuerId, slot + 1, 3, 6))
    await database.commit(status.setMessage(issuerId, slot + 2, 1, 7))
    await database.commit(status.setMessage(issuerId, slot + 2, 0, 8))
    await database.commit(status.addCause(issuerId, 'suspension', slot + 1, 'order', 9))

    expect(lists.map(({ purpose, messages }) => [purpose, messages])).toEqual([
      ['revocation', []],
      ['suspension', []],
      ['message', messages],
    ])
    expect(await status.messages(await third())).toEqual([[1, 3]])
    expect((await third()).version).toBe(4)
    const many = Array.from({ length: 150 }, (_, i) => slot + (i === 149 ? 1 : i))
    const read = await status.slots(issuerId, many)
    expect(read).toHaveLength(150)
    expect(read.flatMap((one, i) => (one.message > 0 ? [[i, one]] : []))).toEqual([
      [1, { set: ['suspension'], message: 3 }],
      [149, { set: ['suspension'], message: 3 }],
    ])
    expect(await status.slots(issuerId, [slot + 2])).toEqual([{ set: [], message: 0 }])
    expect(await status.slots(issuerId, [])).toEqual([])
    expect((await status.all()).filter(({ issuerId: of }) => of === issuerId)).toHaveLength(3)
  })
}
