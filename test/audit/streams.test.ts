import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type World, world } from '../world.ts'

/** Runs `procura audit stream` into a file; resolves with the sequences that the file then has. */
async function stream(w: World, file: string, ...options: readonly string[]) {
  const env = { PATH: process.env.PATH, PROCURA_URL: w.url, PROCURA_KEY: w.apiKey }
  const args = ['src/cli/main.ts', 'audit', 'stream', '--to', file, '--format', 'json', ...options]
  await new Promise<void>((done, failed) =>
    execFile(process.execPath, args, { cwd: resolve('.'), env }, (error, _out, told) =>
      error ? failed(new Error(told)) : done(),
    ),
  )
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
  return lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence)
}

async function sizeOf(w: World, least = 3): Promise<number> {
  for (;;) {
    const { json } = await w.raw('GET', '/audit?limit=1000')
    if (json.events.length >= least) return json.events.length
    await new Promise((next) => setTimeout(next, 50))
  }
}

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'procura-stream-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

test('the position of a stream is kept by the service: another machine continues where the first stopped', async () => {
  const w = await world()
  await w.agent()
  const folder = folderOf()
  const size = await sizeOf(w)

  const first = await stream(w, join(folder, 'first'))
  const position = (await w.raw('GET', '/audit/streams/siem')).json
  await w.person('Bea')
  await sizeOf(w, first.length + 1)
  const second = await stream(w, join(folder, 'second'))
  const other = await stream(w, join(folder, 'other'), '--name', 'archive', '--from', '2')

  expect(first.slice(0, size)).toEqual(Array.from({ length: size }, (_, i) => i))
  expect(position).toEqual({ name: 'siem', next: first.length })
  expect(second[0]).toBe(first.length)
  expect(other[0]).toBe(2)
})

test('of two processes that follow one stream, one moves it', async () => {
  const w = await world()
  await sizeOf(w)
  const move = (from: number, next: number) =>
    w.raw('POST', '/audit/streams/siem', { body: { from, next } })

  const answers = await Promise.all([move(0, 2), move(0, 3)])
  const behind = await move(0, 1)

  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
  expect(behind.status).toBe(409)
})

test('a stream’s position is no position of a subscriber of the service', async () => {
  const w = await world()

  await sizeOf(w)
  await w.raw('POST', '/audit/streams/usage', { body: { from: 0, next: 2 } })

  const { json } = await w.raw('GET', '/audit/streams/usage')
  expect(json).toEqual({ name: 'usage', next: 2 })
  const malformed = await w.raw('GET', '/audit/streams/stream:usage')
  expect(malformed.status).toBe(400)
})

test('each caller has its own streams, so that no auditor makes another’s collector miss events', async () => {
  const w = await world()
  await sizeOf(w)
  const { id } = await w.person()
  const { token } = await w.keyFor(`person:${id}`, 'auditor')

  const moved = await w.raw('POST', '/audit/streams/siem', { token, body: { from: 0, next: 2 } })

  expect(moved.json).toEqual({ name: 'siem', next: 2 })
  expect((await w.raw('GET', '/audit/streams/siem', { token })).json.next).toBe(2)
  expect((await w.raw('GET', '/audit/streams/siem')).json.next).toBe(0)
})

test('a caller has at most 16 streams, and makes room for another by deleting one', async () => {
  const w = await world()
  await sizeOf(w)
  const move = (name: string, from: number, next: number, token = w.apiKey) =>
    w.raw('POST', `/audit/streams/${name}`, { token, body: { from, next } })
  const { id } = await w.person()
  const { token } = await w.keyFor(`person:${id}`, 'auditor')
  for (let i = 0; i < 16; i++) await move(`s${i}`, 0, 1)

  const refused = await move('s16', 0, 1)
  const known = await move('s3', 1, 2)
  const ofAnother = await move('s16', 0, 1, token)
  const deleted = await w.raw('DELETE', '/audit/streams/s3')
  const accepted = await move('s16', 0, 1)

  expect([refused, known, ofAnother, accepted].map(({ status }) => status)).toEqual([
    409, 200, 200, 200,
  ])
  expect([refused.json.type, refused.json.detail]).toEqual([
    'https://w3id.org/procura/problems#too_many',
    'the caller has as many streams of the audit log as one may have: delete some of them first',
  ])
  expect([deleted.status, deleted.json]).toEqual([200, { name: 's3', next: 0 }])
  expect((await w.raw('GET', '/audit/streams/s3')).json).toEqual({ name: 's3', next: 0 })
  const again = await w.raw('DELETE', '/audit/streams/s3')
  expect([again.status, again.json]).toEqual([200, { name: 's3', next: 0 }])
})

test('a caller deletes no stream of another', async () => {
  const w = await world()
  await sizeOf(w)
  const { id } = await w.person()
  const { token } = await w.keyFor(`person:${id}`, 'auditor')
  await w.raw('POST', '/audit/streams/siem', { body: { from: 0, next: 2 } })

  const statuses = await Promise.all([
    w.raw('DELETE', '/audit/streams/siem', { token }),
    w.raw('DELETE', '/audit/streams/siem', { token: null }),
  ])

  expect(statuses.map(({ status }) => status)).toEqual([200, 401])
  expect((await w.raw('GET', '/audit/streams/siem')).json.next).toBe(2)
})

test('a stream moves to no position past the end of the log', async () => {
  const w = await world()
  await sizeOf(w)

  const moved = await w.raw('POST', '/audit/streams/siem', { body: { from: 0, next: 1_000_000 } })

  expect([moved.status, moved.json.detail]).toEqual([
    404,
    expect.stringMatching(/^the log has \d+ events, so a stream cannot be at 1000000$/),
  ])
  expect((await w.raw('GET', '/audit/streams/siem')).json.next).toBe(0)
})

test('only administrators and auditors read and move streams', async () => {
  const w = await world()
  const agent = await w.agent()
  const person = await w.person()
  const { token } = await w.keyFor(`person:${person.id}`, 'owner')

  const statuses = await Promise.all([
    w.raw('GET', '/audit/streams/siem', { token }),
    w.raw('POST', '/audit/streams/siem', { token, body: { from: 0, next: 1 } }),
    w.raw('GET', '/audit/streams/siem', { token: null }),
  ])

  expect(agent.id).toBeDefined()
  expect(statuses.map(({ status }) => status)).toEqual([403, 403, 401])
})
