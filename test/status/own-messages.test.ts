import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { read, signDelegation } from '../../src/sdk/index.ts'
import { bitstringValue, setBitstringValue } from '../../src/status/bit-string.ts'
import { ask, readCustomers, type World, world } from '../world.ts'

const messages = ['in order', 'looked at', 'doubted', 'left alone']

/** A permission by an issuer that has messages. */
async function setUp(w: World, more: object = {}) {
  const issuer = await w.raw('POST', '/issuers', {
    body: { name: 'telling', statusMessages: messages },
  })
  const [x, ledger] = [await w.agent(), await w.agent()]
  const task = await w.raw('POST', '/tasks', {
    body: { purpose: 'monthly-report', issuer: 'telling' },
  })
  const { json } = await w.raw('POST', `/agents/${x.id}/credentials`, {
    body: { task: task.json.id, audience: [ledger.did], grants: readCustomers, ...more },
  })
  const { id, credential } = json as { id: string; credential: JsonObject }
  const say = (value: unknown) => w.raw('POST', `/credentials/${id}/message`, { body: { value } })
  return { issuer: issuer.json, x, ledger, id, credential, say, task: task.json.id as string }
}

const statusesBy = async (w: World, credential: JsonObject) =>
  (await w.raw('POST', '/credentials/verify', { body: { verifiableCredential: credential } })).json
    .statuses

test('an issuer’s message appears in the answer and in the published list, and denies nothing', async () => {
  const w = await world()
  const { issuer, x, ledger, credential, say } = await setUp(w)
  const [, , entry] = credential.credentialStatus as any[]
  const published = async () => {
    const { json } = await w.raw('GET', new URL(entry.statusListCredential).pathname)
    const bits = gunzipSync(Buffer.from(json.credentialSubject.encodedList.slice(1), 'base64url'))
    return [bits.length, bitstringValue(bits, Number(entry.statusListIndex), 2)]
  }
  const told = [await statusesBy(w, credential)]

  const said = await say(2)
  told.push(await statusesBy(w, credential))
  const whole = [await published(), await ask(ledger, x, [credential])]
  await say(3)
  whole.push(await published())
  await say(0)
  whole.push(await published())

  expect(issuer.statusMessages).toEqual(messages)
  expect(entry).toMatchObject({
    statusPurpose: 'message',
    statusSize: 2,
    statusMessage: messages.map((message, i) => ({ status: `0x${i}`, message })),
  })
  expect(said.json).toMatchObject({ message: { value: 2, text: 'doubted' }, revocation: [] })
  expect(told).toEqual([
    [{ purpose: 'message', value: 0, message: 'in order' }],
    [{ purpose: 'message', value: 2, message: 'doubted' }],
  ])
  expect(whole).toEqual([[32_768, 2], 'allow', [32_768, 3], [32_768, 0]])
})

test('a verifier elsewhere reads the message in the list', async () => {
  const w = await world()
  const { issuer, credential, say } = await setUp(w)
  const elsewhere = await world({ PROCURA_ALLOWED_ORIGINS: w.url })
  await elsewhere.raw('POST', '/trusted-issuers', {
    body: { did: issuer.did, credentialType: 'TaskPermissionCredential' },
  })
  await say(1)

  expect(await statusesBy(elsewhere, credential)).toEqual([
    { purpose: 'message', value: 1, message: 'looked at' },
  ])
})

test('a delegation made with the service’s help carries the entry, and is as good', async () => {
  const w = await world()
  const { x, ledger, credential } = await setUp(w, { delegation: { remainingDepth: 1 } })
  const helper = await w.agent()
  const prepared = await read(
    x.client.delegations.$post({ json: { chain: [credential], subject: helper.did } } as never),
  )
  const narrowed = await signDelegation(x, prepared.credential as JsonObject)
  const param = { id: prepared.id as string }
  const json = { value: 1 }
  await read(w.admin.credentials[':id'].message.$post({ param, json }))

  expect(await ask(ledger, helper, [credential, narrowed])).toBe('allow')
  expect((narrowed.credentialStatus as any[])[2].statusPurpose).toBe('message')
})

test('a value without a message is refused, and so is a number of messages that no bits have', async () => {
  const w = await world()
  const { say, id, x: holder } = await setUp(w)
  const [x, ledger] = [await w.agent(), await w.agent()]
  const plain = await w.permit(x, ledger)
  const make = (statusMessages: unknown) =>
    w.raw('POST', '/issuers', { body: { name: 'other', statusMessages } })

  const answers = [
    await say(4),
    await say(-1),
    await say('doubted'),
    await w.raw('POST', `/credentials/${plain.id}/message`, { body: { value: 0 } }),
    await make(['one', 'two', 'three']),
    await make(['', 'two']),
    await w.raw('POST', `/credentials/${id}/message`, {
      token: (await w.keyFor(`agent:${holder.id}`, 'verifier')).token,
      body: { value: 1 },
    }),
  ]

  expect(answers.map(({ status, json }) => [status, json.type.split('#')[1]])).toEqual([
    [422, 'request_unprocessable'],
    [400, 'request_malformed'],
    [400, 'request_malformed'],
    [422, 'request_unprocessable'],
    [400, 'request_malformed'],
    [400, 'request_malformed'],
    [403, 'caller_forbidden'],
  ])
  expect(await statusesBy(w, plain.credential)).toBeUndefined()
})

test('entries of several bits keep their values, and do not touch their neighbours', () => {
  const lists = fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      size: fc.constant(size),
      values: fc.array(fc.nat(2 ** size - 1), { minLength: 1, maxLength: 64 }),
    }),
  )

  fc.assert(
    fc.property(lists, ({ size, values }) => {
      const bits = new Uint8Array(Math.ceil((values.length * size) / 8))
      for (const [i, value] of values.entries()) setBitstringValue(bits, i, size, value)

      expect(values.map((_, i) => bitstringValue(bits, i, size))).toEqual(values)
    }),
  )
})
