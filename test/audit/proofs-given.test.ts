import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { nodeCrypto as crypto } from '../../src/adapters/crypto/node.ts'
import { openCheckpoint, parseVerifierKey } from '../../src/audit/checkpoint.ts'
import { checkDecisionProof } from '../../src/audit/decision-proof.ts'
import { isConsistent, isIncluded } from '../../src/audit/proof.ts'
import { fromBase64, toBase64url } from '../../src/foundation/encoding.ts'
import { sequenceAudit } from '../../src/operations/auditing/sequence-audit.ts'
import { present, read } from '../../src/sdk/index.ts'
import { realDeps } from '../deps.ts'
import { eventsOf, organization, refusal, soon } from '../governance/organization.ts'
import { readingCustomers, type World, world } from '../world.ts'

const decode = (proof: readonly string[]) => proof.map((hash) => fromBase64(hash)!)
const headOf = async (w: World) => {
  const { json } = await w.raw('GET', '/audit/checkpoint', { token: null })
  const { key } = parseVerifierKey(json.verifierKey)!
  return { ...json, key, head: (await openCheckpoint(json.checkpoint, key, crypto))! }
}
const grow = async (w: World, count: number) => {
  for (let i = 0; i < count; i++) await w.person(`P${i}`)
}

test('the service proves that each event is in the log, and that the log has only grown', async () => {
  const w = await world()
  await grow(w, 10)
  await eventsOf(w, 'person.created', 11)
  const older = await headOf(w)
  await grow(w, 7)
  await eventsOf(w, 'person.created', 18)
  const newer = await headOf(w)

  for (const sequence of [0, 3, newer.head.size - 1]) {
    const { json } = await w.raw('GET', `/audit/inclusion-proof?sequence=${sequence}`)
    const { head } = { head: (await openCheckpoint(json.checkpoint, newer.key, crypto))! }
    const leaf = fromBase64(json.commitment)!
    expect(
      await isIncluded(crypto, { leaf, index: sequence, proof: decode(json.proof), ...head }),
    ).toBe(true)
  }
  const { json } = await w.raw('GET', `/audit/consistency-proof?from=${older.head.size}`, {
    token: null,
  })
  const head = (await openCheckpoint(json.checkpoint, newer.key, crypto))!
  expect(await isConsistent(older.head, head, decode(json.proof), crypto)).toBe(true)
  expect(older.head.size).toBeLessThan(newer.head.size)
  const missing = [
    await w.raw('GET', '/audit/inclusion-proof?sequence=100000'),
    await w.raw('GET', '/audit/consistency-proof?from=100000'),
  ]
  expect(missing.map(refusal)).toEqual(missing.map(() => [404, 'not_found']))
})

test('a decision is proved offline, with the digests of chain and status; no change to it and no other key passes', async () => {
  const w = await world()
  const { agent, door } = await organization(w)
  const { credential } = await w.permit(agent, door)
  const challenge = await read(door.client.challenges.$post({ json: { audience: door.did } }))
  const presentation = await present(agent, [credential], challenge)
  const decision = await read(
    door.client.decisions.$post({ json: { presentation, ...readingCustomers } as never }),
  )
  await eventsOf(w, 'decision.made', 1)
  const { json: proof } = await w.raw('GET', `/decisions/${decision.id}/proof`)
  const { key } = await headOf(w)
  const check = async (changed: object, by = key) => {
    const verdict = await checkDecisionProof({ ...proof, ...changed }, by, crypto)
    return verdict.sound ? 'sound' : verdict.because
  }
  const other = await world()
  await grow(other, 1)
  await eventsOf(other, 'person.created', 2)

  expect(proof.event.facts).toMatchObject({
    decision: 'allow',
    resource: readingCustomers.resource,
    chain: `sha-256:${Buffer.from(await crypto.sha256(canonical(credential))).toString('hex')}`,
    status: `sha-256:${Buffer.from(
      await crypto.sha256(canonical([[credential.credentialStatus].flat()])),
    ).toString('hex')}`,
  })
  expect(await check({})).toBe('sound')
  const facts = { ...proof.event.facts, decision: 'deny' }
  expect(await check({ event: { ...proof.event, facts } })).toMatch(/does not contain this event/)
  expect(await check({ sequence: proof.sequence - 1 })).toMatch(/does not contain this event/)
  expect(await check({ salt: `${proof.salt.slice(1)}A` })).toMatch(/does not contain this event/)
  expect(await check({ inclusion: proof.inclusion.slice(1) })).toMatch(
    /does not contain this event/,
  )
  expect(await check({ inclusion: ['x'] })).toMatch(/malformed/)
  expect(await check({ checkpoint: 'x' })).toMatch(/this key did not sign/)
  expect(await check({}, (await headOf(other)).key)).toMatch(/this key did not sign/)

  const file = join(w.folder, 'proof.json')
  writeFileSync(file, JSON.stringify(proof))
  const { verifierKey } = await headOf(w)
  const ran = await commandLine(w, 'audit', 'check-proof', file, '--key', verifierKey)
  expect([ran.code, ran.out]).toEqual([0, expect.stringContaining('sound: 127.0.0.1')])
})

test('the proof of another event of the log, or with a salt that is not 16 bytes, is no proof of a decision', async () => {
  const w = await world()
  const { agent, door } = await organization(w)
  const { credential } = await w.permit(agent, door)
  const challenge = await read(door.client.challenges.$post({ json: { audience: door.did } }))
  const presentation = await present(agent, [credential], challenge)
  await read(door.client.decisions.$post({ json: { presentation, ...readingCustomers } as never }))
  await eventsOf(w, 'decision.made', 1)
  const { key, verifierKey } = await headOf(w)
  const { events } = (await w.raw('GET', '/audit?limit=1000')).json
  const check = async (type: string, changed: object = {}) => {
    const { event, salt, sequence } = events.find((one: any) => one.event.type === type)
    const { json } = await w.raw('GET', `/audit/inclusion-proof?sequence=${sequence}`)
    const { checkpoint, proof: inclusion } = json
    const proof = { event, salt, sequence, inclusion, checkpoint, verifierKey, ...changed }
    const verdict = await checkDecisionProof(proof, key, crypto)
    return verdict.sound ? 'sound' : verdict.because
  }

  expect({
    decision: await check('decision.made'),
    person: await check('person.created'),
    issued: await check('credential.issued'),
    noSalt: await check('decision.made', { salt: '' }),
    shortSalt: await check('decision.made', { salt: toBase64url(new Uint8Array(15)) }),
    longSalt: await check('decision.made', { salt: toBase64url(new Uint8Array(17)) }),
  }).toEqual({
    decision: 'sound',
    person: 'it is not a proof of a decision',
    issued: 'it is not a proof of a decision',
    noSalt: 'it is not a proof of a decision',
    shortSalt: 'it is not a proof of a decision',
    longSalt: 'it is not a proof of a decision',
  })
})

test('I02 only whoever asked for a decision, and auditors, get its proof', async () => {
  const w = await world()
  const { agent, door, member } = await organization(w)
  const { credential } = await w.permit(agent, door)
  const challenge = await read(door.client.challenges.$post({ json: { audience: door.did } }))
  const presentation = await present(agent, [credential], challenge)
  const { id } = await read(
    door.client.decisions.$post({ json: { presentation, ...readingCustomers } as never }),
  )
  await eventsOf(w, 'decision.made', 1)
  const stranger = await member('Sam', { scopes: ['verifier'] })

  const own = await door.client.decisions[':id'].proof.$get({ param: { id: id! } })
  const foreign = await stranger.call('GET', `/decisions/${id}/proof`)
  const missing = await stranger.call(
    'GET',
    '/decisions/00000000-0000-7000-8000-000000000000/proof',
  )

  expect(own.status).toBe(200)
  expect([refusal(foreign), foreign.json.detail]).toEqual([refusal(missing), missing.json.detail])
})

test('an event names its client address, its request and the authority behind it', async () => {
  const w = await world()
  const { status, headers } = await w.raw('POST', '/people', { body: { name: 'Ada' } })
  const task = await w.task()
  const agent = await w.agent()
  await agent.client.tasks[':id'].$get({ param: { id: task.id } })
  const [, event] = (await eventsOf(w, 'person.created', 3)) as unknown as { origin: object }[]

  const keys = (await w.raw('GET', '/api-keys')).json.items
  expect(status).toBe(201)
  expect(event!.origin).toEqual({
    address: '127.0.0.1',
    authority: `api-key:${keys[0].id}`,
    request: headers.get('x-request-id'),
  })
})

test('erasure removes a leaver’s personal data from the log too, and the log still verifies', async () => {
  const w = await world({ PROCURA_AUDIT_DAYS: '0' })
  const { member, ask, put } = await organization(w)
  const person = await member('Erika Mustermann', {
    email: 'erika@acme.example',
    scopes: ['owner', 'approver'],
    roles: ['analyst'],
  })
  const agent = await w.agent({ owner: person.id, roles: ['analyst'] })
  await put('/approval-rules/all', {
    outcome: 'ask',
    stages: [{ name: 's', approvers: { roles: ['boss'] } }],
  })
  const asked = (await ask({ reason: 'for Erika’s birthday' }, person, agent)).json
  const scope = { kind: 'segment', value: 'default' }
  await w.raw('POST', '/overlays', { body: { scope, reason: person.id } })
  const early = await w.raw('POST', `/people/${person.id}/erase`, { body: {} })
  await w.raw('POST', `/people/${person.id}/leave`, { body: {} })
  await eventsOf(w, 'person.left', 1)
  const kept = await headOf(w)
  const keptFile = join(w.folder, 'kept')
  writeFileSync(keptFile, kept.checkpoint)

  const erased = await w.raw('POST', `/people/${person.id}/erase`, { body: {} })
  await eventsOf(w, 'person.erased', 1)
  w.advance(6_000)
  const logged = async () => (await w.raw('GET', '/audit?limit=1000')).json.events
  const told = async () => JSON.stringify(await logged()).includes('Erika')
  await expect.poll(told, soon).toBe(false)

  expect(refusal(early)).toEqual([422, 'request_unprocessable'])
  expect([erased.json.name, erased.json.email]).toEqual(['erased', null])
  const events = await logged()
  const gone = events.filter(({ event }: { event: unknown }) => event === null)
  expect(gone.length).toBeGreaterThan(3)
  // That somebody writes the person’s id into a text erases nothing.
  const planted = events.filter(({ event }: any) => event?.type === 'overlay.created')
  expect(planted.map(({ event }: any) => event.facts.reason)).toEqual([person.id])
  expect(gone.every(({ salt }: { salt: unknown }) => salt === null)).toBe(true)
  expect((await w.raw('GET', `/requests/${asked.id}`)).json.reason).toBe('erased')
  const args = ['--checkpoint', keptFile, '--key', kept.verifierKey]
  const verified = await commandLine(w, 'audit', 'verify', '--data', w.folder, ...args)
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('sound')])
  const sent = join(w.folder, 'sent')
  const witnessed = await commandLine(w, 'audit', 'witness', ...args, '--export', sent)
  expect([witnessed.code, witnessed.out]).toEqual([0, expect.stringContaining('sound')])
  const text = readFileSync(sent, 'utf8')
  const [old, ...hashes] = text.slice(0, text.indexOf('\n\n')).split('\n')
  const note = text.slice(text.indexOf('\n\n') + 2)
  const newest = (await openCheckpoint(note, kept.key, crypto))!
  expect(old).toBe(`old ${kept.head.size}`)
  expect(await isConsistent(kept.head, newest, decode(hashes), crypto)).toBe(true)
  expect(note).toBe(readFileSync(keptFile, 'utf8'))
  expect(JSON.stringify(events)).not.toContain('Mustermann')
})

test('the content of events is kept for the configured time, and the log verifies without it', async () => {
  const w = await world({ PROCURA_AUDIT_DAYS: '30' })
  await grow(w, 3)
  await eventsOf(w, 'person.created', 4)
  const kept = await headOf(w)
  w.advance(30 * 86_400_000 + 10_000)
  const left = async () =>
    (await w.raw('GET', '/audit?limit=1000')).json.events.filter(
      ({ event }: { event: unknown }) => event !== null,
    ).length
  await expect.poll(left, soon).toBe(0)
  writeFileSync(join(w.folder, 'kept'), kept.checkpoint)

  const verified = await commandLine(
    w,
    ...['audit', 'verify', '--data', w.folder, '--checkpoint', join(w.folder, 'kept')],
  )

  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('sound')])
})

test('J19 a witness that kept a checkpoint of another history detects it', async () => {
  const [one, other] = [await world(), await world()]
  for (const w of [one, other]) {
    await grow(w, 4)
    await eventsOf(w, 'person.created', 5)
  }
  const [mine, theirs] = [await headOf(one), await headOf(other)]
  const file = join(one.folder, 'kept')
  const run = async (text: string, key = mine.verifierKey) => {
    writeFileSync(file, text)
    const ran = await commandLine(one, 'audit', 'witness', '--checkpoint', file, '--key', key)
    return [ran.code, readFileSync(file, 'utf8') === text]
  }

  expect(await run(mine.checkpoint)).toEqual([0, true])
  expect(await run(theirs.checkpoint)).toEqual([1, true])
  expect(await run(mine.checkpoint, theirs.verifierKey)).toEqual([1, true])
})

test('J20 many concurrent sequencers make one log without a fork, a gap or a duplicate', async () => {
  const deps = await realDeps()
  const { database, ...needs } = { ...deps, database: undefined }
  const commitUnrecorded = (writes: Parameters<typeof deps.commit>[0]) => deps.commit(writes, [])
  expect(database).toBeUndefined()
  const facts = { person: '00000000-0000-7000-8000-000000000000' } as never
  for (let round = 0; round < 5; round++) {
    const events = Array.from({ length: 20 }, () => ({
      type: 'person.created',
      actor: 'service',
      facts,
    }))
    await Promise.all(events.map((event) => deps.commit([], [event as never])))
    await Promise.all(
      Array.from({ length: 8 }, () =>
        sequenceAudit({ ...needs, commitUnrecorded }).catch(
          (error: { code?: string }) => error.code,
        ),
      ),
    )
  }

  const logged = await deps.audit.list({}, 0, 1_000)
  expect(logged.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 100 }, (_, i) => i))
  expect((await deps.audit.latest())?.frontier.size).toBe(100)
})

const canonical = (value: unknown): Uint8Array => {
  const sort = (one: unknown): unknown =>
    Array.isArray(one)
      ? one.map(sort)
      : typeof one === 'object' && one !== null
        ? Object.fromEntries(
            Object.entries(one)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([name, inner]) => [name, sort(inner)]),
          )
        : one
  return new TextEncoder().encode(JSON.stringify(sort(value)))
}

const commandLine = ({ url, folder, apiKey }: World, ...args: readonly string[]) =>
  new Promise<{ code: number; out: string }>((resolve) => {
    const env = { PATH: process.env.PATH, PROCURA_URL: url, PROCURA_KEY: apiKey }
    execFile(
      process.execPath,
      [join(import.meta.dirname, '../../src/cli/main.ts'), ...args],
      { cwd: folder, env },
      (error, out) => resolve({ code: error ? Number(error.code) : 0, out }),
    )
  })
