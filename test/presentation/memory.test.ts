import { expect, test } from 'vitest'
import type { Deps } from '../../src/deps.ts'
import { makeBudget } from '../../src/foundation/budget.ts'
import { canonicalize } from '../../src/foundation/canonical.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { carryOut } from '../../src/operations/common/carry-out.ts'
import { rotateIssuer } from '../../src/operations/issuing/rotate-issuer.ts'
import { initialize } from '../../src/operations/upkeep/initialize-service.ts'
import { acceptPresented } from '../../src/operations/verifying/accept-presented.ts'
import {
  areAuthentic,
  authenticateAll,
} from '../../src/operations/verifying/authenticate-presented.ts'
import { present, read } from '../../src/sdk/index.ts'
import { admin, realDeps } from '../deps.ts'
import { badge, party, secure } from '../parties.ts'
import { ask, submit, type World, world } from '../world.ts'

interface CacheReading {
  readonly bytes: number
  readonly entries: number
  readonly max: number
}

/** What `/metrics` says of each cache. */
async function caches(w: World): Promise<ReadonlyMap<string, CacheReading>> {
  const text = (await w.raw('GET', '/metrics')).json as string
  const reading = (name: string) =>
    new Map(
      [
        ...text.matchAll(new RegExp(`^procura_cache_${name}\\{cache="(\\w+)"\\} (\\d+)$`, 'gm')),
      ].map(([, cache, value]) => [cache!, Number(value)]),
    )
  const [bytes, entries, max] = ['bytes', 'entries', 'max_bytes'].map(reading)
  return new Map(
    [...bytes!].map(([name, value]) => [
      name,
      { bytes: value, entries: entries!.get(name)!, max: max!.get(name)! },
    ]),
  )
}

test('J23 what a stranger presents is not cached, however much of it and by whichever route', async () => {
  const w = await world({ PROCURA_CACHE_MEGABYTES: '8' })
  const door = await w.agent()
  const challengeOf = () => read(door.client.challenges.$post({ json: { audience: door.did } }))
  const large = (stranger: ReturnType<typeof party>, i: number) =>
    secure(
      badge(stranger, { id: `urn:example:${i}`, description: 'x'.repeat(200_000) }),
      stranger,
      'assertionMethod',
      Date.now(),
    )
  await challengeOf()
  const before = await caches(w)

  const answers = new Set<string>()
  for (let i = 0; i < 20; i++) {
    const stranger = party()
    const credentials = [await large(stranger, i)]
    answers.add(await submit(door, await present(stranger, credentials, await challengeOf())))
    const { challenge, domain } = await challengeOf()
    const verified = await w.raw('POST', '/presentations/verify', {
      body: {
        verifiablePresentation: await present(stranger, credentials, { challenge, domain }),
        options: { challenge, domain },
      },
    })
    answers.add(String(verified.json.verified))
  }
  const after = await caches(w)

  expect([...answers]).toEqual(['deny: issuer_untrusted', 'true'])
  for (const name of ['authentic_credentials', 'did_key_documents', 'http_api_locations'])
    expect([name, after.get(name)]).toEqual([name, before.get(name)])
  expect(after.get('authentic_credentials')!.entries).toBe(0)
  for (const [, { bytes, max }] of after) expect(bytes).toBeLessThanOrEqual(max)
  const total = [...after.values()].reduce((sum, { max }) => sum + max, 0)
  // A megabyte each for four caches that belong to the process.
  expect(total).toBeLessThanOrEqual(12_000_000)
})

test('what was accepted is cached until its time is over, though nobody asks for it again', async () => {
  const w = await world()
  const [crm, reporter] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(reporter, crm)
  const entries = async () => (await caches(w)).get('authentic_credentials')!.entries

  const before = await entries()
  expect(await ask(crm, reporter, [credential])).toBe('allow')
  const accepted = await entries()
  w.advance(61_000)
  // Longer than from one sweep to the next.
  await new Promise((resolve) => setTimeout(resolve, 6_000))

  expect([before, accepted, await entries()]).toEqual([0, 1, 0])
})

test('what was checked while its key was rotated as compromised is not cached', async () => {
  const deps = await realDeps('https://iam.acme.example')
  const { issuer } = await carryOut(deps, () =>
    initialize(deps, {
      issuer: { name: 'main', didMethod: 'web', keyKind: 'Ed25519', mechanism: 'eddsa-jcs-2022' },
      adminName: 'Ada',
    }),
  )
  const holder = party()
  const accept = async (during: () => Promise<unknown>, id: string) => {
    const subject = { id: holder.did }
    const document = badge(holder, { id, issuer: issuer.did, credentialSubject: subject })
    const json = await deps.secureCredential(issuer, document, 'eddsa-jcs-2022')
    const presentation = {
      holder: holder.did,
      credentials: [{ json, canonical: canonicalize(json) }],
    }
    const verify: Deps['crypto']['verify'] = async (...signed) => {
      const isGood = await deps.crypto.verify(...signed)
      await during()
      return isGood
    }
    const needs = {
      ...deps,
      budget: makeBudget(),
      crypto: { ...deps.crypto, verify, verifyBeside: verify },
    }
    const authentic = await authenticateAll(needs, presentation)
    if (!areAuthentic(authentic)) throw new Error('the credential is not authentic')
    const accepted = await acceptPresented(needs, presentation, authentic, () => undefined)
    return [isRefusal(accepted), deps.authenticCredentials.usage.entries]
  }

  const undisturbed = await accept(async () => undefined, 'urn:example:1')
  const disturbed = await accept(
    () => carryOut(deps, () => rotateIssuer(deps, admin, 'main', true)),
    'urn:example:2',
  )

  expect([undisturbed, disturbed]).toEqual([
    [false, 1],
    [false, 0],
  ])
})
