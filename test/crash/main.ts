import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { logInFolder } from '../../src/maintenance/audit-log.ts'
import { makeDisk } from './disk.ts'

/**
 * `npm run test:crash [-- --kills N] [--power] [--lying-disk]`: J01 to J05. Kills the service with
 * SIGKILL at random moments while it issues and revokes, and checks at the end that nothing
 * acknowledged was lost, nothing was done twice, no status entry was given twice, and the log is
 * whole. With --power, whatever was not synced to the disk is lost at each kill. With --lying-disk
 * nothing is ever synced, and acknowledged credentials must be missed: it shows that the loss is real.
 */
const { values: options } = parseArgs({
  options: {
    kills: { type: 'string', default: '200' },
    power: { type: 'boolean', default: false },
    'lying-disk': { type: 'boolean', default: false },
  },
})
const kills = Number(options.kills)
const isLying = options['lying-disk']
const disk = makeDisk()
const { folder } = disk
const port = await freePort()
const url = `http://127.0.0.1:${port}`
const token = `procura_${Buffer.alloc(16, 7).toString('base64url')}${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('base64url')}`
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }

/** A port that nobody uses at this moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

function start(): Promise<ChildProcess> {
  const env = {
    PATH: process.env.PATH,
    ...(options.power || isLying ? disk.env : {}),
    PROCURA_DATA: folder,
    PROCURA_PORT: String(port),
    PROCURA_ADMIN_KEY: token,
    PROCURA_RATE_BURST: '9999999',
    PROCURA_RATE_PER_SECOND: '9999999',
  }
  const child = spawn(process.execPath, ['src/runtimes/node/main.ts'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (chunk: Buffer) => chunk.includes('"listening"') && resolve(child))
    child.on(
      'exit',
      (code, signal) =>
        signal !== 'SIGKILL' &&
        code !== 0 &&
        reject(new Error(`the service did not start: ${code}`)),
    )
  })
}

interface Answer {
  readonly status: number
  readonly text: string
}

/** Posts once; undefined if the service died before it answered. */
async function post(
  path: string,
  body: object,
  key?: string,
  bearer = token,
): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: {
        ...headers,
        authorization: `Bearer ${bearer}`,
        ...(key ? { 'idempotency-key': key } : {}),
      },
      body: JSON.stringify(body),
    })
    return { status: response.status, text: await response.text() }
  } catch {
    return undefined
  }
}

const must = async (path: string, body: object) => {
  const answer = await post(path, body)
  if (!answer || answer.status > 299) throw new Error(`${path}: ${answer?.text}`)
  return JSON.parse(answer.text)
}

/** Answers by Idempotency-Key; requests that were sent and never answered are sent again after the next start. */
const issued = new Map<string, string>()
const unanswered = new Set<string>()
const revoked = new Set<string>()
let repeatedDifferently = 0
let unforeseen = 0
let count = 0

async function issue(agent: string, permission: object, key: string): Promise<void> {
  unanswered.add(key)
  const answer = await post(`/agents/${agent}/credentials`, permission, key)
  if (!answer) return
  if (answer.status !== 201) {
    if (answer.status !== 503) unforeseen++
    return
  }
  unanswered.delete(key)
  const known = issued.get(key)
  if (known !== undefined && known !== answer.text) repeatedDifferently++
  issued.set(key, answer.text)
}

async function revokeOne(): Promise<void> {
  const texts = [...issued.values()]
  // The first is the one whose uses are counted.
  const text = texts[1 + Math.floor(Math.random() * (texts.length - 1))]
  if (!text) return
  const { id } = JSON.parse(text) as { id: string }
  if ((await post(`/credentials/${id}/revoke`, {}))?.status === 200) revoked.add(id)
}

/** Uses a permission that may be used so often, and notes what was allowed. */
async function use(): Promise<void> {
  const answered = async (path: string, body: object, bearer?: string) => {
    const answer = await post(path, body, undefined, bearer)
    return answer && answer.status < 300 ? JSON.parse(answer.text) : undefined
  }
  const challenge = await answered('/challenges', { audience: agent.did }, hostKey.token)
  const shown =
    challenge &&
    (await answered(`/agents/${agent.id}/presentations`, {
      credentials: [limited.id],
      challenge: challenge.challenge,
      domain: agent.did,
    }))
  const decision =
    shown &&
    (await answered(
      '/decisions',
      {
        presentation: shown.verifiablePresentation,
        action: 'read',
        resource: 'db://crm/public/customers',
        purpose: 'crash',
      },
      hostKey.token,
    ))
  if (decision?.decision === 'allow') allowedUses++
}
let allowedUses = 0
const mostUses = 100

let service = await start()
const owner = await must('/people', { name: 'Owner' })
const agent = await must('/agents', { name: 'agent', owner: owner.id, custody: 'service' })
const task = await must('/tasks', { purpose: 'crash' })
const permission = {
  task: task.id,
  audience: [agent.did],
  grants: [
    { id: 'g1', type: 'database', locations: ['db://crm/public/customers'], actions: ['read'] },
  ],
}

const hostKey = await must('/api-keys', {
  name: 'host',
  holder: { kind: 'agent', id: agent.id },
  scopes: ['verifier'],
})
const limited = await must(`/agents/${agent.id}/credentials`, {
  ...permission,
  grants: permission.grants.map((grant) => ({
    ...grant,
    constraints: [{ type: 'uses', max: mostUses, authority: `${url}/meters` }],
  })),
})
issued.set('limited', JSON.stringify(limited))
if (isLying) disk.setFault('lie')
/** A fifth of the time the first, a fifth the second, else the third. */
const pick = (works: readonly (() => Promise<void>)[]) =>
  works[Math.min(2, Math.floor(Math.random() * 5))]!

for (let kill = 1; kill <= kills; kill++) {
  let running = true
  const workers = Array.from({ length: 12 }, async (_, i) => {
    for (const key of [...unanswered].filter((_key, at) => at % 12 === i))
      if (running) await issue(agent.id, permission, key)
    while (running) await pick([revokeOne, use, () => issue(agent.id, permission, `k${count++}`)])()
  })
  await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 180))
  service.kill('SIGKILL')
  running = false
  await Promise.all(workers)
  if (options.power || isLying) disk.losePower()
  service = await start()
  if (kill % 20 === 0)
    console.log(
      `${kill} of ${kills} kills, ${issued.size} credentials acknowledged, ${revoked.size} revoked`,
    )
}
// What died before its answer came is asked for once more: it must be there, once.
for (const key of [...unanswered]) await issue(agent.id, permission, key)
// An acknowledged answer is the same when asked for again.
for (const key of [...issued.keys()].slice(1).slice(-200)) await issue(agent.id, permission, key)
const ended = new Promise((resolve) => service.once('exit', resolve))
service.kill('SIGTERM')
await ended

const database = new DatabaseSync(join(folder, 'procura.db'), { readOnly: true })
const rows = database
  .prepare('SELECT lower(hex(id)) AS id, secured, slot FROM credentials')
  .all() as { id: string; secured: string; slot: number }[]
const byId = new Map(rows.map(({ id, secured }) => [id, secured]))
const bare = (id: string) => id.replaceAll('-', '')
const acknowledged = [...issued.values()].map(
  (text) => JSON.parse(text) as { id: string; credential: { credentialStatus: { id: string }[] } },
)
const revokedSlots = new Set(
  (
    database.prepare("SELECT slot FROM status_causes WHERE purpose = 'revocation'").all() as {
      slot: number
    }[]
  ).map(({ slot }) => slot),
)
const events = (
  database
    .prepare(
      "SELECT lower(hex(credential_id)) AS id FROM audit_events WHERE type = 'credential.issued'",
    )
    .all() as { id: string }[]
).map(({ id }) => id)
const entries = rows.flatMap(({ secured }) =>
  (JSON.parse(secured) as { credentialStatus: { id: string }[] }).credentialStatus.map(
    ({ id }) => id,
  ),
)
const used =
  (database.prepare('SELECT MAX(used) AS used FROM meters').get() as { used: number | null })
    .used ?? 0
const log = await logInFolder(folder).verify([], undefined)
const nextSlot = (database.prepare('SELECT next_slot FROM issuers').get() as { next_slot: number })
  .next_slot

const findings: Record<string, number> = {
  'acknowledged credentials that are lost': acknowledged.filter(({ id }) => !byId.has(bare(id)))
    .length,
  'acknowledged credentials that are others now': acknowledged.filter(
    ({ id, credential }) => byId.get(bare(id)) !== JSON.stringify(credential),
  ).length,
  'acknowledged revocations that are lost': [...revoked].filter(
    (id) => !revokedSlots.has(rows.find((row) => row.id === bare(id))?.slot ?? -1),
  ).length,
  'requests carried out twice': rows.length - new Set(acknowledged.map(({ id }) => id)).size,
  'answers that were another the second time': repeatedDifferently,
  'status entries given twice': entries.length - new Set(entries).size,
  'credentials in slots never reserved': rows.filter(({ slot }) => slot >= nextSlot).length,
  'credentials without their event, or events without their credential':
    rows.length === events.length && events.every((id) => byId.has(id)) ? 0 : 1,
  'uses beyond the limit': Math.max(0, allowedUses - mostUses),
  'allowed uses that were not counted': Math.max(0, allowedUses - used),
  'unforeseen answers': unforeseen,
  'flaws of the log': log.sound ? 0 : 1,
}
console.log(
  `\n${kills} kills, ${acknowledged.length} credentials acknowledged, ${revoked.size} revoked, ${allowedUses} uses allowed of ${used} counted, ${nextSlot} slots reserved`,
)
for (const [what, number] of Object.entries(findings))
  console.log(`${number === 0 ? '✓' : '✗'} ${what}: ${number}`)
database.close()
disk.remove()
const lost = findings['acknowledged credentials that are lost']!
process.exit(
  isLying ? (lost > 0 ? 0 : 1) : Object.values(findings).every((number) => number === 0) ? 0 : 1,
)
