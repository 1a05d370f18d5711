import '../runtimes/node/tested-node.ts'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject } from '../foundation/json.ts'
import { toMultikey } from '../keys/public-key.ts'
import { logInFolder } from '../maintenance/audit-log.ts'
import type { Client, Holder } from '../sdk/index.ts'
import {
  type Grant,
  generatePrivateJwk,
  makeClient,
  present,
  proveKey,
  read,
  signerFromJwk,
} from '../sdk/index.ts'

/**
 * `npm run demo`: the main use case against a service of its own, over HTTP, with a check behind
 * every step. Exits with 1 if any check fails.
 */
const folder = mkdtempSync(join(tmpdir(), 'procura-demo-'))
let step = 0
let failures = 0

const tell = (line = '') => console.log(line)
const scene = (title: string) => tell(`\n${++step}. ${title}`)

/** Prints what happened, and whether it is as expected. */
function check(what: string, actual: unknown, expected: unknown): void {
  const good = JSON.stringify(actual) === JSON.stringify(expected)
  if (!good) failures++
  tell(
    `   ${good ? '✓' : '✗'} ${what}${good ? '' : ` — expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`}`,
  )
}

interface Service {
  readonly process: ChildProcess
  readonly url: string
  readonly apiKey: string
}

/** Starts the service as a separate process, and waits for its address and its first key. */
function startService(): Promise<Service> {
  const child = spawn(process.execPath, ['src/runtimes/node/main.ts'], {
    env: { PATH: process.env.PATH, PROCURA_DATA: join(folder, 'data'), PROCURA_PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let heard = ''
    const listen = (chunk: Buffer) => {
      heard += chunk
      const url = /"url":"([^"]+)"/.exec(heard)?.[1]
      const apiKey = /procura_[\w-]{65}/.exec(heard)?.[0]
      if (url && apiKey) resolve({ process: child, url, apiKey })
    }
    child.stdout!.on('data', listen)
    child.stderr!.on('data', listen)
    child.on('exit', (code) => reject(new Error(`the service ended with ${code}:\n${heard}`)))
  })
}

interface DemoAgent extends Holder {
  readonly id: string
  readonly client: Client
}

/** Registers an agent that keeps its own key, and proves the key. */
async function registerAgent(
  admin: Client,
  url: string,
  name: string,
  owner: string,
): Promise<DemoAgent> {
  const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
  const pending = await read(admin.agents.$post({ json: { name, owner } }))
  const proof = await proveKey(pending.id, pending.keyChallenge!, signer)
  const active = await read(
    admin.agents[':id'].activate.$post({ param: { id: pending.id }, json: proof }),
  )
  const did = active.did!
  const verificationMethod = `${did}#${toMultikey(signer.publicKey)}`
  return {
    id: active.id,
    did,
    signer,
    verificationMethod,
    client: makeClient(url, { signer, verificationMethod }),
  }
}

/** Events have their place in the log within a second. */
const logged = () => new Promise((resolve) => setTimeout(resolve, 1000))

const resource = 'db://crm/public/customers'
const ask = { action: 'read', resource, purpose: 'monthly-report' }

async function tellStory({ url, apiKey }: Service): Promise<void> {
  const admin = makeClient(url, { apiKey })

  scene(
    'Ada answers for two agents: X, which writes reports, and the ledger agent, which guards the customer database.',
  )
  const ada = await read(admin.people.$post({ json: { name: 'Ada' } }))
  const x = await registerAgent(admin, url, 'agent X', ada.id)
  const ledger = await registerAgent(admin, url, 'ledger agent', ada.id)
  const stranger = await registerAgent(admin, url, 'another agent', ada.id)
  check(
    `agent X proved that it holds its key and was assigned ${x.did.slice(0, 24)}…`,
    x.did.startsWith('did:key:z6Mk'),
    true,
  )

  scene(
    'The issuer permits X to read customer database Y for the monthly report, and nothing else, for one hour.',
  )
  const task = await read(
    admin.tasks.$post({ json: { purpose: 'monthly-report', host: ledger.did } }),
  )
  const grants: readonly Grant[] = [
    { id: 'g1', type: 'database', locations: [resource], actions: ['read'] },
  ]
  const permission = { task: task.id, audience: [ledger.did], grants }
  const issued = await read(
    admin.agents[':id'].credentials.$post({ param: { id: x.id }, json: permission }),
  )
  const credential = issued.credential
  check(
    'the credential is a TaskPermissionCredential',
    (credential.type as string[]).includes('TaskPermissionCredential'),
    true,
  )

  const challenge = () => read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const decide = async (presentation: JsonObject, change: object = {}) => {
    const decision = await read(
      ledger.client.decisions.$post({ json: { presentation, ...ask, ...change } }),
    )
    return decision.decision === 'allow' ? 'allow' : `deny: ${decision.reason}`
  }
  const presentTo = async (holder: Holder, shown: JsonObject) =>
    present(holder, [shown], await challenge())

  scene('X presents the permission to the ledger agent, which asks for a decision.')
  const presentation = await presentTo(x, credential)
  check('reading the customers is allowed', await decide(presentation), 'allow')

  scene('Everything else is refused, each with its reason.')
  check('the same presentation again', await decide(presentation), 'deny: challenge_used')
  check(
    'a write',
    await decide(await presentTo(x, credential), { action: 'update' }),
    'deny: action_not_granted',
  )
  check(
    'another resource',
    await decide(await presentTo(x, credential), { resource: 'db://crm/public/salaries' }),
    'deny: resource_not_granted',
  )
  const forAnother = await read(
    stranger.client.challenges.$post({ json: { audience: stranger.did } }),
  )
  check(
    'a presentation made for another audience',
    await decide(await present(x, [credential], forAnother)),
    'deny: domain_mismatch',
  )
  check(
    'another agent with the same credential',
    await decide(await presentTo(stranger, credential)),
    'deny: holder_binding',
  )
  const edited = JSON.parse(
    JSON.stringify(credential).replace('"actions":["read"]', '"actions":["read","update"]'),
  ) as JsonObject
  check('an edited credential', await decide(await presentTo(x, edited)), 'deny: signature_invalid')

  await logged()
  const kept = await read(admin.audit.checkpoint.$get())
  scene(
    'The report is done. The ledger agent, host of the task, ends the task, and the permission with it.',
  )
  const ended = await read(
    ledger.client.tasks[':id'].end.$post({
      param: { id: task.id },
      json: { outcome: 'completed' },
    }),
  )
  check('the task is completed', ended.state, 'completed')
  check('X may read no more', await decide(await presentTo(x, credential)), 'deny: revoked')

  scene('Ada retires agent X. Everything it holds is revoked in the same commit.')
  const next = await read(
    admin.tasks.$post({ json: { purpose: 'monthly-report', host: ledger.did } }),
  )
  const again = await read(
    admin.agents[':id'].credentials.$post({
      param: { id: x.id },
      json: { ...permission, task: next.id },
    }),
  )
  check(
    'with a new permission X may read again',
    await decide(await presentTo(x, again.credential)),
    'allow',
  )
  const retired = await read(
    admin.agents[':id'].retire.$post({
      param: { id: x.id },
      json: { reason: 'the project is over' },
    }),
  )
  check('X is retired', retired.state, 'retired')
  check('and may read no more', await decide(await presentTo(x, again.credential)), 'deny: revoked')

  scene(
    'The audit log records all of it, and proves that it was not changed since the checkpoint kept before the task ended.',
  )
  await logged()
  const events = await read(admin.audit.$get({ query: { limit: 1000 } }))
  const decisions = events.events.filter(({ event }) => event?.type === 'decision.made')
  check('ten decisions are recorded', decisions.length, 10)
  const verdict = await logInFolder(join(folder, 'data')).verify(
    [kept.checkpoint],
    kept.verifierKey,
  )
  check(`the log of ${verdict.sound ? verdict.size : '?'} events is sound`, verdict.sound, true)
  const forged = await logInFolder(join(folder, 'data')).verify(
    [kept.checkpoint.replace(/\n[^\n]{44}\n/, `\n${'A'.repeat(43)}=\n`)],
    kept.verifierKey,
  )
  check('a forged checkpoint is found out', forged.sound, false)
}

tell('Procura: agent X gets read-only access to customer database Y for monthly reports.')
const service = await startService()
try {
  tell(`The service runs at ${service.url}, on a temporary folder.`)
  await tellStory(service)
} catch (error) {
  failures++
  tell(`   ✗ the demo stopped: ${(error as Error).message}`)
} finally {
  service.process.removeAllListeners('exit')
  const ended = new Promise((resolve) => service.process.once('exit', resolve))
  service.process.kill('SIGTERM')
  tell()
  check('the service stopped cleanly', await ended, 0)
  rmSync(folder, { recursive: true, force: true })
}
tell(failures === 0 ? '\nAll as told.' : `\n${failures} check(s) failed.`)
process.exitCode = failures === 0 ? 0 : 1
