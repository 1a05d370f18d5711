import { expect, test } from 'vitest'
import type { JsonObject } from '../../src/foundation/json.ts'
import { delegate, present, read, signDelegation } from '../../src/sdk/index.ts'
import { ask, readCustomers, type World, type WorldAgent, world } from '../world.ts'

const metered = (w: World, ...constraints: readonly object[]) => [
  {
    ...readCustomers[0]!,
    constraints: constraints.map((one) => ({ ...one, authority: `${w.url}/meters` })),
  },
]
const uses = (max: number) => ({ type: 'uses', max })

/** Of many attempts made at the same moment, how many came to what. */
async function tally(attempts: readonly Promise<string>[]) {
  const counts: Record<string, number> = {}
  for (const answer of await Promise.all(attempts)) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

const decideOn = async (ledger: WorldAgent, holder: WorldAgent, chain: JsonObject[], more = {}) => {
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  return read(
    ledger.client.decisions.$post({
      json: {
        presentation: await present(holder, chain, challenge),
        action: 'read',
        resource: 'db://crm/public/customers',
        purpose: 'monthly-report',
        ...more,
      },
    }),
  )
}

test('H10 of 50 parallel uses of a limit of 10 exactly 10 are allowed', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger, { grants: metered(w, uses(10)) })

  const counts = await tally(Array.from({ length: 50 }, () => ask(ledger, x, [credential])))

  expect(counts).toEqual({ allow: 10, 'deny: limit_reached': 40 })
})

test('H10 siblings together cannot exceed their parent, and each keeps to its own limit', async () => {
  const w = await world()
  const [x, first, second, ledger] = await Promise.all([w.agent(), w.agent(), w.agent(), w.agent()])
  const { credential: root } = await w.permit(x, ledger, {
    grants: metered(w, uses(10)),
    delegation: { remainingDepth: 1 },
  })
  const give = (to: WorldAgent, max: number) =>
    delegate(x, root, {
      subject: to.did,
      grants: [{ ...metered(w, uses(max))[0]!, from: 'g1', id: 'c1' }] as never,
    })
  const [one, two] = [await give(first, 3), await give(second, 10)]

  const small = await tally(Array.from({ length: 8 }, () => ask(ledger, first, [root, one])))
  const large = await tally(Array.from({ length: 12 }, () => ask(ledger, second, [root, two])))
  const own = await ask(ledger, x, [root])

  expect([small, large, own]).toEqual([
    { allow: 3, 'deny: limit_reached': 5 },
    { allow: 7, 'deny: limit_reached': 5 },
    'deny: limit_reached',
  ])
})

test('H10 a credential in another form, with its holder’s proof beside the issuer’s, counts against the same limit', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger, { grants: metered(w, uses(2)) })
  const { proof, ...document } = credential
  const dressed = async (created: number) => {
    const { proof: own } = await signDelegation(x, document, () => created)
    return { ...document, proof: [proof!, own!] } as JsonObject
  }
  const variants = await Promise.all([1, 2, 3].map((i) => dressed(Date.now() - i * 1000)))

  const answers = [await ask(ledger, x, [credential])]
  for (const variant of variants) answers.push(await ask(ledger, x, [variant]))

  expect(answers).toEqual(['allow', 'allow', 'deny: limit_reached', 'deny: limit_reached'])
})

test('H05 a limit of 0 allows nothing', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger, { grants: metered(w, uses(0)) })

  expect(await ask(ledger, x, [credential])).toBe('deny: limit_reached')
})

test('H11 a reservation counts until it is released, and is settled once', async () => {
  const w = await world()
  const [x, ledger, other] = [await w.agent(), await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger, { grants: metered(w, uses(2)) })
  const settle = async (who: WorldAgent, how: 'commit' | 'release', reservation: string) =>
    (
      await who.client.meters[how].$post({
        json: { reservation: reservation as never },
      } as never)
    ).status

  const first = (await decideOn(ledger, x, [credential])) as { reservation: string }
  // What died here stays counted: at most once, never too often.
  await decideOn(ledger, x, [credential])
  const full = await ask(ledger, x, [credential])
  const answers = [
    await settle(other, 'release', first.reservation),
    await settle(ledger, 'release', first.reservation),
    await settle(ledger, 'release', first.reservation),
    await settle(ledger, 'commit', first.reservation),
  ]
  const again = await ask(ledger, x, [credential])
  const fullAgain = await ask(ledger, x, [credential])

  expect([full, answers, again, fullAgain]).toEqual([
    'deny: limit_reached',
    [404, 200, 409, 409],
    'allow',
    'deny: limit_reached',
  ])
})

test('a volume is counted as the request states, and unused amounts are given back', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const grants = metered(w, { type: 'volume', maxBytes: 100, maxRecords: 5 })
  const { credential } = await w.permit(x, ledger, { grants })
  const attempt = (amounts: object) => decideOn(ledger, x, [credential], { amounts })

  const silent = await decideOn(ledger, x, [credential])
  const partly = await attempt({ bytes: 10 })
  const large = await attempt({ bytes: 101, records: 1 })
  const fits = (await attempt({ bytes: 90, records: 1 })) as { reservation: string }
  const more = await attempt({ bytes: 20, records: 1 })
  await read(
    ledger.client.meters.commit.$post({
      json: { reservation: fits.reservation as never, used: { bytes: 50, records: 1 } },
    }),
  )
  const beyond = await ledger.client.meters.commit.$post({
    json: {
      reservation: ((await attempt({ bytes: 1, records: 1 })) as any).reservation,
      used: { bytes: 2 },
    },
  })
  const after = await attempt({ bytes: 49, records: 1 })

  expect(beyond.status).toBe(422)
  expect(
    [silent, partly, large, fits, more, after].map((one: any) => one.reason ?? one.decision),
  ).toEqual([
    'amount_missing',
    'amount_missing',
    'limit_reached',
    'allow',
    'limit_reached',
    'allow',
  ])
})

test('a meter kept elsewhere is unreachable, and denies', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const grants = [
    {
      ...readCustomers[0]!,
      constraints: [{ type: 'uses', max: 5, authority: 'https://elsewhere.example/meters' }],
    },
  ]
  const { credential } = await w.permit(x, ledger, { grants })

  expect(await ask(ledger, x, [credential])).toBe('deny: meter_unavailable')
})

test('a member of the audience that decides alone reserves with the chain, under an idempotency key', async () => {
  const w = await world()
  const [x, y, ledger, stranger] = await Promise.all([w.agent(), w.agent(), w.agent(), w.agent()])
  const { credential: root } = await w.permit(x, ledger, {
    grants: metered(w, uses(2)),
    delegation: { remainingDepth: 1 },
  })
  const toY = await delegate(x, root, { subject: y.did })
  const { token } = await w.keyFor(`agent:${ledger.id}`, 'verifier')
  const reserve = (body: object, key?: string, bearer = token) =>
    w.raw('POST', '/meters/reserve', {
      token: bearer,
      body: { audience: ledger.did, credentials: [toY, root], grant: 'g1', ...body },
      headers: key ? { 'idempotency-key': key } : {},
    })
  const other = await w.keyFor(`agent:${stranger.id}`, 'verifier')

  const [first, same] = [await reserve({}, 'a'), await reserve({}, 'a')]
  const second = await reserve({}, 'b')
  const third = await reserve({}, 'c')
  const others = [
    await reserve({ grant: 'g9' }),
    await reserve({ credentials: [toY] }),
    await reserve({}, undefined, other.token),
    await reserve({ audience: stranger.did }, undefined, other.token),
  ]

  expect([first.json.reserved, same.json, second.json.reserved]).toEqual([true, first.json, true])
  expect(third.json.because.reason).toBe('limit_reached')
  expect(others.map(({ status, json }) => json.because?.reason ?? status)).toEqual([
    'resource_not_granted',
    'parent_missing',
    403,
    'audience_mismatch',
  ])
})
