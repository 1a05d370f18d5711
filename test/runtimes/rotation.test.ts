import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { makeSealedKeyKeeper } from '../../src/adapters/keys/sealed.ts'
import { makeWebSealedKeyKeeper } from '../../src/adapters/keys/sealed-web.ts'
import { readConfig } from '../../src/composition/config.ts'
import { toBase64url } from '../../src/foundation/encoding.ts'
import type { Id } from '../../src/foundation/id.ts'
import { verifySignature } from '../../src/keys/signature.ts'
import { withDeps } from '../../src/maintenance/with-deps.ts'
import { resealKeys } from '../../src/operations/upkeep/reseal-keys.ts'
import { makeClient, present, read } from '../../src/sdk/index.ts'
import { submit, type World, world } from '../world.ts'

const [old, fresh] = [nodeCrypto.randomBytes(32), nodeCrypto.randomBytes(32)].map(toBase64url)
const publicUrl = 'https://iam.acme.example'
const adminKey = `procura_${Buffer.alloc(16, 5).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`
const common = { PROCURA_PUBLIC_URL: publicUrl, PROCURA_ADMIN_KEY: adminKey }
const before = { ...common, PROCURA_MASTER_KEY: old! }
const during = { ...common, PROCURA_MASTER_KEY: fresh!, PROCURA_PREVIOUS_MASTER_KEY: old! }
const after = { ...common, PROCURA_MASTER_KEY: fresh! }

const issue = async ({ admin }: World, agent: Id, permission: object) =>
  (
    await read(
      admin.agents[':id'].credentials.$post({ param: { id: agent }, json: permission as never }),
    )
  ).id

test('K03 the master key is replaced while the service issues, even if that is interrupted', async () => {
  const first = await world(before)
  const owner = await first.person()
  const agent = await read(
    first.admin.agents.$post({ json: { name: 'a', owner: owner.id as Id, custody: 'service' } }),
  )
  const task = await first.task()
  const permission = {
    task: task.id,
    audience: [agent.did],
    grants: [{ id: 'g', type: 'database', locations: ['db://a/b/c'], actions: ['read'] }],
  }
  await first.stop()

  const second = await world(during, first.folder)
  const config = readConfig({ ...during, PROCURA_DATA: first.folder })
  let running = true
  let issued = 0
  const load = (async () => {
    for (; running; issued++) await issue(second, agent.id, permission)
  })()
  const interrupted = await withDeps(config, (deps) =>
    resealKeys({
      ...deps,
      commit: async () => {
        throw new Error('interrupted')
      },
    }),
  ).catch((error: Error) => error.message)
  const resealed = await withDeps(config, resealKeys)
  const again = await withDeps(config, resealKeys)
  running = false
  await load
  await second.stop()
  const third = await world(after, first.folder)

  expect(interrupted).toBe('interrupted')
  // The issuer's, the agent's, and that of the audit log.
  expect([resealed, again]).toEqual([3, 0])
  expect(issued).toBeGreaterThan(0)
  expect(await issue(third, agent.id, permission)).toMatch(/^[0-9a-f-]{36}$/)
  await third.stop()
  await expect(world(before, first.folder)).rejects.toMatchObject({ code: 'signing_unavailable' })
})

test('J22 an issuer’s key is replaced while it issues, and every credential stays valid', async () => {
  const service = await world(before)
  const [crm, reporter] = [await service.agent(), await service.agent()]
  const task = await service.task(crm)
  const issued: object[] = []
  let running = true
  const load = (async () => {
    while (running) issued.push((await service.permit(reporter, crm, { task: task.id })).credential)
  })()

  const severalMore = async () => {
    for (const enough = issued.length + 10; issued.length < enough; )
      await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await severalMore()
  for (let i = 0; i < 3; i++) {
    await service.raw('POST', '/issuers/main/rotate', { body: {} })
    await severalMore()
  }
  running = false
  await load
  const verdicts = await Promise.all(
    issued.map(async (verifiableCredential) => {
      const { json } = await service.raw('POST', '/credentials/verify', {
        body: { verifiableCredential },
      })
      return json.decision
    }),
  )
  const methods = new Set(
    (issued as { proof: { verificationMethod: string } }[]).map(
      ({ proof }) => proof.verificationMethod,
    ),
  )

  expect(new Set(verdicts)).toEqual(new Set(['allow']))
  expect(methods.size).toBe(4)
})

test('a challenge made under the previous master key is valid while both are known', async () => {
  const first = await world(before)
  const [crm, reporter] = [await first.agent(), await first.agent()]
  const { credential } = await first.permit(reporter, crm)
  const challenge = await read(crm.client.challenges.$post({ json: { audience: crm.did } }))
  const presentation = await present(reporter, [credential], challenge, 'data-integrity')
  await first.stop()

  const second = await world(during, first.folder)
  const { signer, verificationMethod } = crm
  const client = makeClient(second.url, { signer, verificationMethod, publicUrl })

  expect(await submit({ ...crm, client }, presentation)).toBe('allow')
})

test.each(['Ed25519', 'P-256'] as const)(
  'a %s key sealed by one keeper opens in the other, and only in its own row',
  async (kind) => {
    const master = nodeCrypto.randomBytes(32)
    const keepers = [makeSealedKeyKeeper(master), makeWebSealedKeyKeeper(master)]
    const data = nodeCrypto.randomBytes(40)

    for (const [row, [maker, opener]] of [
      ['row 1', keepers],
      ['row 2', keepers.toReversed()],
    ] as const) {
      const key = await maker!.make(kind, row)
      const signature = await (await opener!.signer(key, row)).sign(data)

      expect(await verifySignature(nodeCrypto, key.publicKey, data, signature)).toBe(true)
      await expect(async () => opener!.signer(key, 'row 3')).rejects.toMatchObject({
        code: 'signing_unavailable',
      })
    }
  },
)
