import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/audit/event.ts'
import type { Write } from '../../src/foundation/database.ts'
import { type ErrorCode, ServiceError } from '../../src/foundation/errors.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { answerOnly, insteadOn, RecordedError } from '../../src/operations/common/change.ts'
import { retryOnConflict } from '../../src/operations/common/retry-on-conflict.ts'

type Committed = readonly [writes: readonly Write[], events: readonly AuditEvent[]]

const write = (name: string): Write => ({ text: [name], parameters: [] })
const event = { type: 'task.ended', actor: 'service', facts: {} } as unknown as AuditEvent

/** Storage that answers so many commits with these failures, and then takes what comes. */
function storage(...failures: readonly ErrorCode[]) {
  const left = [...failures]
  const committed: Committed[] = []
  const commit = async (writes: readonly Write[], events: readonly AuditEvent[]) => {
    const failure = left.shift()
    if (failure) throw new ServiceError(failure, 'a precondition failed')
    committed.push([writes, events])
  }
  return { commit, committed }
}

test('a change and its events are one commit, and the caller gets its answer', async () => {
  const { committed, ...needs } = storage()

  const answer = await carryOut(needs, () => ({
    writes: [write('a')],
    events: [event],
    answer: 'done',
  }))

  expect([answer, committed]).toEqual(['done', [[[write('a')], [event]]]])
})

test('the answer kept for a repeated request is in the same commit, without the secret', async () => {
  const { committed, ...needs } = storage()
  const keep = (answer: object) => [write(JSON.stringify(answer))]

  const answer = await carryOut<{ id: string; token?: string }>(
    needs,
    () => ({ writes: [write('a')], events: [], answer: { id: '1' }, secret: { token: 's' } }),
    keep,
  )

  expect(answer).toEqual({ id: '1', token: 's' })
  expect(committed).toEqual([[[write('{"id":"1"}'), write('a')], []]])
})

test('an answer that changes nothing needs no commit, unless it is kept', async () => {
  const { committed, ...needs } = storage()

  await carryOut(needs, () => answerOnly(1))
  await carryOut(
    needs,
    () => answerOnly(2),
    (answer) => [write(String(answer))],
  )

  expect(committed).toEqual([[[write('2')], []]])
})

test('a failed precondition leads to the change’s alternative, or reaches the caller', async () => {
  const first = storage('limit_reached')
  const second = storage('challenge_spent')
  const propose = () => ({
    writes: [write('a')],
    events: [],
    answer: 'yes',
    otherwise: insteadOn({
      limit_reached: () => ({ writes: [write('b')], events: [], answer: 'no' }),
    }),
  })

  const answer = await carryOut(first, propose)
  const failed = carryOut(second, propose)

  expect([answer, first.committed]).toEqual(['no', [[[write('b')], []]]])
  await expect(failed).rejects.toMatchObject({ code: 'challenge_spent' })
  expect(second.committed).toEqual([])
})

test('an error that the log records is recorded before the caller gets it', async () => {
  const { committed, ...needs } = storage()

  const refused = carryOut(needs, () => {
    throw new RecordedError('approval_not_allowed', 'not an approver', [event])
  })

  await expect(refused).rejects.toMatchObject({ code: 'approval_not_allowed' })
  expect(committed).toEqual([[[], [event]]])
})

test('an outdated change is proposed anew, 20 times at most', async () => {
  const twice = storage('write_conflict', 'write_conflict')
  const always = storage(...Array<ErrorCode>(30).fill('write_conflict'))
  let proposals = 0
  let forgotten = 0
  const propose = () =>
    retryOnConflict(
      () => ({ writes: [write(String(++proposals))], events: [], answer: proposals }),
      () => forgotten++,
    )

  const answer = await carryOut(twice, propose)
  const told = [answer, proposals, forgotten]
  proposals = 0
  const failed = carryOut(always, propose)

  expect(told).toEqual([3, 3, 2])
  await expect(failed).rejects.toMatchObject({ code: 'write_conflict' })
  expect(proposals).toBe(20)
})
