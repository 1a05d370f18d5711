import { makeGathering } from '../adapters/event-loop/gather.ts'
import type { IssuerStore } from '../credential/issuer.ts'
import type { Deps } from '../deps.ts'
import { type Id, isId } from '../foundation/id.ts'
import type { Memory } from '../foundation/memory.ts'
import type { CryptoProvider } from '../keys/signature.ts'
import { statusListUrl } from '../operations/issuing/publish-status-list.ts'
import type { OwnAnswer } from '../status/judge-status.ts'
import { makePermutation, type Permutation } from '../status/permutation.ts'
import { makeStatusEntry, type StatusEntry } from '../status/status-entry.ts'
import {
  listBits,
  listLength,
  type OwnList,
  type SlotStatus,
  type StatusStore,
  statusPurposes,
} from '../status/status-store.ts'

/** Slots reserved in advance. If the process ends, those not yet used are lost. */
const block = 64
/** Nothing of a list changes except its version, which is not cached. */
const lists = { entries: 1_000, lifetime: 3_600_000 } as const
/** Ten tables of 256 or 512 two-byte numbers. */
const permutationBytes = 8_000

export function makeNextSlot(status: StatusStore, waitsForOthers: boolean): Deps['nextSlot'] {
  const blocks = new Map<Id, Block[]>()
  const refills = new Map<Id, Promise<void>>()
  return async (issuerId) => {
    for (;;) {
      const slot = takeFrom(blocks.get(issuerId))
      if (slot !== undefined) return slot
      // Requests for the same issuer share one refill; otherwise each reserves a block, and the
      // rest of it stays.
      const refill = refills.get(issuerId) ?? refillOf(issuerId)
      if (waitsForOthers) refills.set(issuerId, refill)
      await refill
    }
  }
  async function refillOf(issuerId: Id): Promise<void> {
    try {
      const first = await status.reserve(issuerId, block)
      blocks.set(issuerId, [...(blocks.get(issuerId) ?? []), { next: first, end: first + block }])
    } finally {
      refills.delete(issuerId)
    }
  }
}

interface Block {
  next: number
  readonly end: number
}

/** The next slot of the first block that has one. Used-up blocks are dropped. */
function takeFrom(blocks: Block[] = []): number | undefined {
  while (blocks[0] && blocks[0].next === blocks[0].end) blocks.shift()
  return blocks[0] && blocks[0].next++
}

type PermutationOf = (list: OwnList) => Promise<Permutation>

export function rememberPermutations(
  crypto: Pick<CryptoProvider, 'sha256'>,
  memory: Memory,
): PermutationOf {
  const known = memory.cache<Permutation>('status_permutations', {
    ...lists,
    sizeOf: () => permutationBytes,
  })
  return async ({ id, seed }) => {
    const remembered = known.get(id)
    if (remembered) return remembered
    const permutation = await makePermutation(listBits, seed, crypto)
    known.set(id, permutation)
    return permutation
  }
}

export function makeStatusEntries(
  status: StatusStore,
  permutationOf: PermutationOf,
  memory: Memory,
  publicUrl: string,
): Deps['statusEntries'] {
  const known = memory.cache<readonly OwnList[]>('status_volumes', lists)
  return async (issuerId, slot) => {
    const volume = `${issuerId} ${Math.floor(slot / listLength)}`
    const remembered = known.get(volume)
    const found = remembered ?? (await status.listsOf(issuerId, slot))
    if (!remembered) known.set(volume, found)
    return Promise.all(
      found.map(async (list) =>
        makeStatusEntry({
          purpose: list.purpose,
          index: (await permutationOf(list)).position(slot % listLength),
          list: statusListUrl(publicUrl, list.id),
          messages: list.messages,
        }),
      ),
    )
  }
}

interface AskedSlot {
  readonly issuerId: Id
  readonly slot: number
}

/**
 * Reads slots: all requested in one turn of the event loop at once, if requests may wait for each
 * other.
 */
function makeSlotReader(
  status: StatusStore,
  waitsForOthers: boolean,
): (asked: AskedSlot) => Promise<SlotStatus> {
  if (!waitsForOthers)
    return async ({ issuerId, slot }) => (await status.slots(issuerId, [slot]))[0]!
  return makeGathering<AskedSlot, SlotStatus>(async (asked) => {
    const answers = new Array<SlotStatus>(asked.length)
    for (const [issuerId, places] of Map.groupBy(asked.keys(), (i) => asked[i]!.issuerId)) {
      const read = await status.slots(
        issuerId,
        places.map((i) => asked[i]!.slot),
      )
      for (const [at, i] of places.entries()) answers[i] = read[at]!
    }
    return answers
  })
}

interface OwnStatusNeeds {
  readonly status: StatusStore
  readonly issuers: IssuerStore
  readonly permutationOf: PermutationOf
  readonly memory: Memory
  readonly publicUrl: string
  /** Whether reads of one turn of the event loop are batched. */
  readonly waitsForOthers: boolean
}

/** Reads the entries of our own lists, always from the database. */
export function makeOwnStatus({
  status,
  issuers,
  permutationOf,
  memory,
  publicUrl,
  waitsForOthers,
}: OwnStatusNeeds): Deps['ownStatus'] {
  const readSlot = makeSlotReader(status, waitsForOthers)
  const known = memory.cache<{ readonly list: OwnList; readonly issuer: string }>(
    'status_lists',
    lists,
  )
  const prefix = `${publicUrl}/status/`
  const load = async (id: string) => {
    const list = isId(id) ? await status.list(id) : undefined
    const issuer = list && (await issuers.find(list.issuerId))
    if (!list || !issuer) return undefined
    const loaded = { list, issuer: issuer.did }
    known.set(id, loaded)
    return loaded
  }
  return (entries) =>
    entries.some(({ list }) => list.startsWith(prefix))
      ? readAll(entries)
      : entries.map(() => 'foreign' as const)

  async function readAll(entries: readonly StatusEntry[]): Promise<readonly OwnAnswer[]> {
    const answers: OwnAnswer[] = []
    // A credential has one slot, in one list per purpose, so one query reads them all.
    let slotRead: (SlotStatus & { readonly key: string }) | undefined
    for (const { list: url, index, form } of entries) {
      const id = url.slice(prefix.length)
      const loaded = url.startsWith(prefix) ? (known.get(id) ?? (await load(id))) : undefined
      if (!loaded || index >= listLength) {
        answers.push(url.startsWith(prefix) ? undefined : 'foreign')
        continue
      }
      const { list, issuer } = loaded
      const slot = list.volume * listLength + (await permutationOf(list)).slot(index)
      const key = `${list.issuerId} ${slot}`
      if (slotRead?.key !== key)
        slotRead = { key, ...(await readSlot({ issuerId: list.issuerId, slot })) }
      // The token form of a revocation list covers suspension too.
      const purposes = form === 'token' ? statusPurposes : [list.purpose]
      const isToken = form === 'token' && list.purpose !== 'revocation'
      answers.push(
        isToken ? undefined : { issuer, purposes, set: slotRead.set, message: slotRead.message },
      )
    }
    return answers
  }
}
