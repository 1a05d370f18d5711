import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { openSqlite } from '../../src/adapters/storage/sqlite/sqlite.ts'
import { makeDutyStore } from '../../src/adapters/storage/stores/duty-store.ts'
import { makeHandOverStore } from '../../src/adapters/storage/stores/hand-over-store.ts'
import { makeMeterStore } from '../../src/adapters/storage/stores/meter-store.ts'
import { makePersonStore } from '../../src/adapters/storage/stores/party-store.ts'
import { makeRequestStore } from '../../src/adapters/storage/stores/request-store.ts'
import { makeSeenListStore } from '../../src/adapters/storage/stores/seen-list-store.ts'
import { makeSessionStore } from '../../src/adapters/storage/stores/session-store.ts'
import { signRequest } from '../../src/did/http-signature.ts'
import { utf8 } from '../../src/foundation/encoding.ts'
import { deleteExpired } from '../../src/operations/upkeep/delete-expired.ts'
import { loadMigrations } from '../../src/runtimes/node/migrations.ts'
import { makeClient, makeVerifier, present, read } from '../../src/sdk/index.ts'
import { readingCustomers, submit, type World, type WorldAgent, world } from '../world.ts'

const [second, minute, hour] = [1_000, 60_000, 3_600_000]

/** Two nodes on one database, and the upkeep of either at any time. */
async function twoNodes() {
  const folder = mkdtempSync(join(tmpdir(), 'procura-spent-'))
  const shared = { PROCURA_DATA: folder, PROCURA_PUBLIC_URL: 'http://procura.example:8787' }
  const first = await world(shared, folder)
  const another = await world({ ...shared, PROCURA_ADMIN_KEY: first.apiKey }, folder)
  const database = openSqlite({ file: join(folder, 'procura.db'), migrations: loadMigrations() })
  onTestFinished(() => database.close())
  const stores = {
    requests: makeRequestStore(database),
    meters: makeMeterStore(database),
    sessions: makeSessionStore(database),
    duties: makeDutyStore(database),
    people: makePersonStore(database),
    handOvers: makeHandOverStore(database),
    seenLists: makeSeenListStore(database),
  }
  /** As the timers of a node do whose clock is `ahead` for so many minutes. */
  const sweep = async (ahead: number, minutes = 1) => {
    for (let i = 0; i < minutes; i++)
      await deleteExpired({ ...stores, clock: () => Date.now() + ahead + i * minute })
  }
  return { first, another, sweep }
}

/** Who verifies has an API key: its own clock is none of this. */
async function presented(node: World) {
  const [reporter, agent] = [await node.agent(), await node.agent()]
  const { token, client } = await node.keyFor(`agent:${agent.id}`, 'verifier')
  const ledger = { ...agent, client }
  const at = ({ url }: World): WorldAgent => ({
    ...agent,
    client: makeClient(url, { apiKey: token }),
  })
  const { credential } = await node.permit(reporter, ledger)
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  return { ledger, at, presentation: await present(reporter, [credential], challenge) }
}

test('F01 a presentation is accepted once by two nodes whose clocks are half a minute apart', async () => {
  const { first, another, sweep } = await twoNodes()
  const { ledger, at, presentation } = await presented(first)
  another.advance(30 * second)

  const spent = await submit(ledger, presentation)
  // For the node that is ahead the challenge has ended; for the other it has four seconds left.
  first.advance(296 * second)
  another.advance(296 * second)
  await sweep(30 * second, 6)
  const replays = [await submit(ledger, presentation), await submit(at(another), presentation)]

  expect([spent, ...replays]).toEqual(['allow', 'deny: challenge_used', 'deny: challenge_invalid'])
})

test('F01 what was spent stays spent when a clock that was an hour ahead is put back', async () => {
  const { first, sweep } = await twoNodes()
  const early = await presented(first)
  const spent = [await submit(early.ledger, early.presentation)]
  first.advance(hour)
  const ahead = await presented(first)
  spent.push(await submit(ahead.ledger, ahead.presentation))

  await sweep(hour, 5)
  first.advance(-hour)
  await sweep(0)
  const replays = [
    await submit(early.ledger, early.presentation),
    await submit(ahead.ledger, ahead.presentation),
  ]

  expect(spent).toEqual(['allow', 'allow'])
  expect(replays).toEqual(['deny: challenge_used', 'deny: challenge_invalid'])
})

test('F01 what was spent is refused for as long as it lives, however long a clock was wrong', async () => {
  const { first, sweep } = await twoNodes()
  const { ledger, presentation } = await presented(first)
  const spent = await submit(ledger, presentation)

  await sweep(24 * hour, 90)

  expect([spent, await submit(ledger, presentation)]).toEqual(['allow', 'deny: challenge_used'])
})

test('F01 a challenge that ends later than any made now could is refused', async () => {
  const { first } = await twoNodes()
  first.advance(17 * minute)
  const { ledger, presentation } = await presented(first)
  first.advance(-17 * minute)

  expect(await submit(ledger, presentation)).toBe('deny: challenge_invalid')
})

test('F01 a signed request is accepted once by two nodes whose clocks are half a minute apart, or put back', async () => {
  const { first, another, sweep } = await twoNodes()
  const agent = await first.agent()
  const body = utf8(JSON.stringify({ audience: agent.did }))
  const signedAt = async (time: number) => {
    const targetUri = `${first.service.publicUrl}/challenges`
    const headers = await signRequest({ method: 'POST', targetUri, body }, agent, {
      clock: () => time,
      crypto: nodeCrypto,
    })
    return async (node: World) => {
      const sent = { 'content-type': 'application/json', ...headers }
      return (await fetch(`${node.url}/challenges`, { method: 'POST', headers: sent, body })).status
    }
  }
  // Signed by a clock that is 55 seconds ahead: it is good for nearly two minutes.
  const send = await signedAt(Date.now() + 55 * second)
  const answers = [await send(first)]
  first.advance(90 * second)
  another.advance(120 * second)
  await sweep(2 * minute)
  answers.push(await send(first), await send(another))
  await sweep(hour)
  first.advance(-90 * second)
  answers.push(await send(first))

  const future = await signedAt(Date.now() + 65 * second)

  expect(answers).toEqual([201, 401, 401, 401])
  expect(await future(first)).toBe(401)
})

test('F01 a verifier inside the host’s process refuses what is spent when its clock is put back', async () => {
  const node = await world()
  const [reporter, ledger] = [await node.agent(), await node.agent()]
  const { credential } = await node.permit(reporter, ledger)
  const { did } = (await node.raw('GET', '/issuers/main')).json
  let offset = 0
  const verifier = makeVerifier({
    audience: ledger.did,
    trustedIssuers: { [did]: ['TaskPermissionCredential'] },
    allowedOrigins: [node.url],
    clock: () => Date.now() + offset,
  })
  const decide = async (presentation: Parameters<typeof verifier.decide>[0]['presentation']) => {
    const decision = await verifier.decide({ presentation, ...readingCustomers })
    return decision.decision === 'deny' ? decision.reason : decision.decision
  }
  const shown = async () => present(reporter, [credential], await verifier.newChallenge())
  const now = await shown()
  const spent = await decide(now)
  offset = 20 * minute
  const later = await shown()
  offset = 0

  expect([spent, await decide(now), await decide(later)]).toEqual([
    'allow',
    'challenge_used',
    'challenge_invalid',
  ])
})
