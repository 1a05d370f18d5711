import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { Write } from '../../src/foundation/database.ts'
import type { Id } from '../../src/foundation/id.ts'
import { feed, type Subscriber } from '../../src/operations/auditing/feed.ts'
import { raiseAlarms } from '../../src/operations/auditing/raise-alarms.ts'
import { sequenceAudit } from '../../src/operations/auditing/sequence-audit.ts'
import { realDeps } from '../deps.ts'

const id = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}` as Id
const used = (n: number): AuditEvent => ({
  type: 'break-glass.used',
  actor: 'service',
  facts: { request: id(n), agent: id(9), task: id(8), digest: 'd', reason: 'why', people: [] },
})
const ended: AuditEvent = {
  type: 'task.ended',
  actor: 'service',
  facts: { task: id(7), outcome: 'completed' },
}

/** A log of these events, each with its place. */
async function logOf(...events: readonly AuditEvent[]) {
  const deps = await realDeps()
  const commitUnrecorded = (writes: readonly Write[]) => deps.commit(writes, [])
  const needs = { ...deps, commitUnrecorded }
  for (const event of events) await deps.commit([], [event])
  await sequenceAudit(needs)
  return needs
}

test('each subscriber takes the events of its types once, in their order', async () => {
  const needs = await logOf(used(1), ended, used(2))
  const alarms: Id[] = []
  const raising = {
    ...needs,
    raiseAlarm: (_: string, { request }: { request: Id }) => alarms.push(request),
  }

  const taken = [await raiseAlarms(raising), await raiseAlarms(raising)]

  expect([taken, alarms]).toEqual([
    [2, 0],
    [id(1), id(2)],
  ])
})

test('an event whose subscriber fails is delivered again', async () => {
  const needs = await logOf(used(1))
  const alarms: Id[] = []
  let isFailing = true
  const raising = {
    ...needs,
    raiseAlarm: (_: string, { request }: { request: Id }) => {
      if (isFailing) throw new TypeError('the pager is unreachable')
      alarms.push(request)
    },
  }

  await expect(raiseAlarms(raising)).rejects.toThrow('unreachable')
  isFailing = false
  const taken = await raiseAlarms(raising)

  expect([taken, alarms]).toEqual([1, [id(1)]])
})

test('a subscriber writes once, however many nodes read the same events', async () => {
  const needs = await logOf(ended)
  const slow: Subscriber<'task.ended', typeof needs> = {
    name: 'slow',
    type: 'task.ended',
    async take({ cursors }) {
      // Another node takes the same event meanwhile.
      await needs.commitUnrecorded(cursors.advance('slow', 0, 1))
      return [needs.requests.spend({ nonce: new Uint8Array(16), expiresAt: 1 })]
    },
  }

  const taken = await feed(needs, slow).catch((error: Error) => error.message)

  expect([taken, await needs.cursors.position('slow')]).toEqual(['another node was faster', 1])
})
