import { afterAll, expect, test } from 'vitest'
import { verifyWithNoble } from '../../src/adapters/crypto/noble.ts'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { nodeCompression } from '../../src/adapters/crypto/node-compression.ts'
import type { CryptoProvider } from '../../src/keys/signature.ts'
import { timeZones } from '../../src/permission/constraints/time-zones.ts'
import { costlyCases, goodCases, mutated, seeded, vectorCases } from './cases.ts'
import { packedCases } from './packed.ts'
import { type Case, makeJudge } from './verdicts.ts'
import { startWorkerd } from './workerd.ts'

const workerd = await startWorkerd('test/edge/verdicts.wrangler.toml', {})
afterAll(() => workerd.stop())

/** The SDK's cryptography where WebCrypto lacks Ed25519. */
const nobleCrypto: CryptoProvider = {
  ...nodeCrypto,
  verify: (key, data, signature) =>
    (key.kind === 'Ed25519' ? verifyWithNoble : nodeCrypto.verify)(key, data, signature),
}

const chunk = 500

/** Where Node and workerd differ. */
async function differences(issuer: string, cases: readonly Case[]) {
  const judge = makeJudge(nodeCrypto, nodeCompression, issuer)
  const found: object[] = []
  const seen = new Map<string, number>()
  for (let at = 0; at < cases.length; at += chunk) {
    const part = cases.slice(at, at + chunk)
    const [there, here] = await Promise.all([
      fetch(workerd.url, { method: 'POST', body: JSON.stringify({ issuer, cases: part }) }).then(
        (response) => response.json() as Promise<string[]>,
      ),
      Promise.all(part.map(judge)),
    ])
    part.forEach((one, i) => {
      seen.set(here[i]!, (seen.get(here[i]!) ?? 0) + 1)
      if (here[i] !== there[i]) found.push({ one, node: here[i], workerd: there[i] })
    })
  }
  return { found, seen }
}

test('J25 A28 Node and workerd judge every published vector alike', async () => {
  const { issuer } = await goodCases()

  const { found } = await differences(issuer, vectorCases())

  expect(found).toEqual([])
})

test('J25 @noble/ed25519 judges published vectors and mutated credentials as Node does', async () => {
  const seed = Number(process.env.PROCURA_TEST_SEED ?? Date.now() % 1_000_000)
  const random = seeded(seed)
  const { issuer, cases: good } = await goodCases()
  const cases = [...vectorCases(), ...good]
  while (cases.length < 1_500) cases.push(mutated(good[random(good.length)]!, random))
  const [node, noble] = [nodeCrypto, nobleCrypto].map((crypto) =>
    makeJudge(crypto, nodeCompression, issuer),
  )

  const here = await Promise.all(cases.map(node!))
  const there = await Promise.all(cases.map(noble!))

  const found = cases.filter((_, i) => here[i] !== there[i])
  expect({ seed, found }).toEqual({ seed, found: [] })
  expect(new Set(here).size).toBeGreaterThan(20)
})

test('B38 J25 Node and workerd refuse alike what would exceed a request’s budget', async () => {
  const { issuer } = await goodCases()

  const { found, seen } = await differences(issuer, costlyCases())

  expect(found).toEqual([])
  const refused = [...seen].filter(([text]) => text.includes('budget_exceeded'))
  expect(refused.reduce((sum, [, times]) => sum + times, 0)).toBe(5)
})

test('J25 Node and workerd judge good and mutated credentials and presentations alike', async () => {
  const seed = Number(process.env.PROCURA_TEST_SEED ?? Date.now() % 1_000_000)
  const wanted = Number(process.env.PROCURA_TEST_CASES ?? 10_000)
  const random = seeded(seed)
  const { issuer, cases: good } = await goodCases()
  const cases = [...good]
  while (cases.length < wanted) cases.push(mutated(good[random(good.length)]!, random))

  const { found, seen } = await differences(issuer, cases)

  expect({ seed, found }).toEqual({ seed, found: [] })
  // A generator whose every case ends at the first check would compare nothing.
  expect(seen.size).toBeGreaterThan(40)
}, 120_000)

test('E02 Node and workerd inflate the same streams, and only single ones: nothing after it, nothing missing', async () => {
  const { issuer } = await goodCases()
  const seed = Number(process.env.PROCURA_TEST_SEED ?? Date.now() % 1_000_000)
  const cases = packedCases(seeded(seed))
  const judge = makeJudge(nodeCrypto, nodeCompression, issuer)

  const { found, seen } = await differences(
    issuer,
    cases.map(({ one }) => one),
  )
  const named = await Promise.all(
    cases.filter(({ name }) => name).map(async ({ name, one }) => [name, await judge(one)]),
  )

  expect({ seed, found }).toEqual({ seed, found: [] })
  expect(named.filter(([name, is]) => (is === 'refused') === name!.startsWith('good'))).toEqual([])
  expect(seen.size).toBeGreaterThan(3)
})

test('a zone is spelled as in the time zone database, on Node as in workerd', async () => {
  const { issuer } = await goodCases()
  const names = [...timeZones]
  const wrong = [
    ...names.flatMap((name) => [name.toUpperCase(), name.toLowerCase(), `${name} `]),
    ...['+01:00', '+01', '-0800', 'Z', 'Europe', 'Europe/Nowhere', 'Etc/GMT+99', '', 'local'],
    ...['posix/Europe/Berlin', 'right/Europe/Berlin', 'Factory', 'CEST', 'PST'],
  ].filter((name) => !timeZones.has(name))
  const zones = (of: readonly string[]) => of.map((tz): Case => ({ kind: 'zone', tz }))

  const good = await differences(issuer, zones(names))
  const bad = await differences(issuer, zones(wrong))

  expect([good, bad]).toEqual([
    { found: [], seen: new Map([['true', 597]]) },
    { found: [], seen: new Map([['false', wrong.length]]) },
  ])
})
