import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { makeClient, read } from '../../src/sdk/index.ts'
import { attempts } from './attempts.ts'
import { call, type Json } from './wire.ts'

/**
 * `npm run example:chain`: agents in processes of their own, over HTTP. An orchestrator gets an
 * authority and delegates part of it to a researcher, who delegates part of that to a writer; an
 * archive asks Procura about every visitor. Then everything is tried that must not work. Exits with
 * 1 if any check fails.
 */
const folder = mkdtempSync(join(tmpdir(), 'procura-chain-'))
const children: ChildProcess[] = []
let failures = 0

function check(what: string, actual: unknown, expected: unknown): void {
  const good = JSON.stringify(actual) === JSON.stringify(expected)
  if (!good) failures++
  const told = good ? '' : ` — expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`
  console.log(`   ${good ? '✓' : '✗'} ${what}${told}`)
}
const scene = (title: string) => console.log(`\n${title}`)

function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  const child = spawn(process.execPath, [file, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  return child
}

/** The service, with its address and its first key. */
function startService(): Promise<{ url: string; apiKey: string }> {
  const child = start('src/runtimes/node/main.ts', [], {
    PROCURA_DATA: join(folder, 'data'),
    PROCURA_PORT: '0',
  })
  return new Promise((resolve, reject) => {
    let heard = ''
    const listen = (chunk: Buffer) => {
      heard += chunk
      const url = /"url":"([^"]+)"/.exec(heard)?.[1]
      const apiKey = /procura_[\w-]{65}/.exec(heard)?.[0]
      if (url && apiKey) resolve({ url, apiKey })
    }
    child.stdout!.on('data', listen)
    child.stderr!.on('data', listen)
    child.on('exit', (code) => reject(new Error(`the service ended with ${code}:\n${heard}`)))
  })
}

async function startAgent(role: string): Promise<string> {
  const child = start('examples/chain/agent.ts', [role])
  child.stderr!.pipe(process.stderr)
  for await (const line of createInterface({ input: child.stdout! })) return line
  throw new Error(`the agent ${role} did not start`)
}

interface Agent {
  readonly id: string
  readonly did: `did:${string}`
  readonly url: string
}

try {
  const { url, apiKey } = await startService()
  const admin = makeClient(url, { apiKey })
  const ada = await read(admin.people.$post({ json: { name: 'Ada' } }))
  const register = async (role: string): Promise<Agent> => {
    const agentUrl = await startAgent(role)
    const pending = await read(admin.agents.$post({ json: { name: role, owner: ada.id } }))
    const proof = await call(agentUrl, '/prove', {
      agent: pending.id,
      challenge: pending.keyChallenge,
    })
    const { id, did } = await read(
      admin.agents[':id'].activate.$post({ param: { id: pending.id }, json: proof }),
    )
    await call(agentUrl, '/assigned', { did, url })
    return { id, did: did!, url: agentUrl }
  }

  scene('Five agents start, each in a process of its own, and prove their keys.')
  const [archive, orchestrator, researcher, writer, stranger] = (await Promise.all(
    ['archive', 'orchestrator', 'researcher', 'writer', 'stranger'].map(register),
  )) as [Agent, Agent, Agent, Agent, Agent]
  check(
    'five DIDs',
    new Set([archive, orchestrator, researcher, writer, stranger].map(({ did }) => did)).size,
    5,
  )

  scene(
    'The issuer permits the orchestrator to read, update and delete in the archive, and to delegate that.',
  )
  const issue = async (task: string): Promise<Json> =>
    (
      await read(
        admin.agents[':id'].credentials.$post({
          param: { id: orchestrator.id },
          json: {
            task,
            audience: [archive.did],
            grants: [
              {
                id: 'archive',
                type: 'database',
                locations: ['db://archive/'],
                actions: ['read', 'update', 'delete'],
                datatypes: ['text'],
                constraints: [{ type: 'risk', max: 50 }],
              },
            ],
            delegation: { remainingDepth: 2 },
          },
        }),
      )
    ).credential
  const newTask = () =>
    read(admin.tasks.$post({ json: { purpose: 'quarterly-report', host: archive.did } }))
  const task = await newTask()
  const root = await issue(task.id)
  const where = { archive: archive.url, researcher, writer }

  scene('Work is delegated two levels deep, and done: the researcher reads, the writer writes.')
  const { link, handed, found, handedOn, written } = await call(orchestrator.url, '/work', {
    chain: [root],
    ...where,
  })
  check('the researcher read the interviews', found.text, 'Everybody says that all is well.')
  check('the writer wrote the report', [written.done, written.text], [true, 'All is well.'])
  check('a chain of three credentials', handedOn.length, 3)

  scene('The researcher tries to give the writer more than it has, on every axis.')
  const presenters = { writer, researcher, stranger }
  for (const { axis, reason, presenter = 'writer' } of attempts) {
    const others = { archiveDid: archive.did, stranger: stranger.did }
    const asked = { ...handed, ...others, axis, presenter: presenters[presenter].url }
    const { reason: refused } = await call(researcher.url, '/widen', asked)
    check(`${axis}: ${refused}`, refused, reason)
  }

  scene('The writer, and a stranger, try to use the permission for more.')
  const stolen = { chain: handedOn, archive: archive.url }
  const deleted = await call(writer.url, '/delete', stolen)
  check(`the writer deletes the report: ${deleted.reason}`, deleted.reason, 'action_not_granted')
  const { first, second } = await call(writer.url, '/write-twice', stolen)
  check(
    `the same presentation twice: ${second.reason}`,
    [first.done, second.reason],
    [true, 'challenge_used'],
  )
  const impersonated = await call(stranger.url, '/write', stolen)
  check(
    `the stranger presents the chain: ${impersonated.reason}`,
    impersonated.reason,
    'holder_binding',
  )
  const forged = await call(stranger.url, '/forge', { ...stolen, did: writer.did })
  check(`the stranger signs as the writer: ${forged.reason}`, forged.reason, 'signature_invalid')

  scene('The middle link is revoked: what was delegated from it ends, the rest stays.')
  await read(admin.credentials[':id'].revoke.$post({ param: { id: link }, json: {} }))
  const afterRevocation = await call(writer.url, '/write', stolen)
  check(`the writer: ${afterRevocation.reason}`, afterRevocation.reason, 'revoked')
  const again = await call(orchestrator.url, '/work', { chain: [root], ...where })
  check('the orchestrator delegates again, and work continues', again.written.done, true)

  scene('The task ends, and every permission under it at the same moment.')
  await read(admin.tasks[':id'].end.$post({ param: { id: task.id }, json: {} }))
  const afterEnd = await call(writer.url, '/write', { chain: again.handedOn, archive: archive.url })
  check(`the writer: ${afterEnd.reason}`, afterEnd.reason, 'revoked')

  scene('All of it is in the audit log.')
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  const { events } = (await read(
    admin.audit.$get({ query: { type: 'decision.made', limit: '500' } }),
  )) as Json
  const decisions = events.map(({ event }: Json) => event.facts)
  const name = new Map(
    [archive, orchestrator, researcher, writer, stranger].map(({ did }, i) => [
      did,
      ['archive', 'orchestrator', 'researcher', 'writer', 'stranger'][i],
    ]),
  )
  for (const { holder, action, resource, decision, reason } of decisions)
    console.log(
      `   ${name.get(holder) ?? 'nobody'} ${action} ${resource}: ${decision}${reason ? `, ${reason}` : ''}`,
    )
  const allowed = decisions.filter(({ decision }: Json) => decision === 'allow').length
  check('every decision is there', decisions.length, attempts.length + 11)
  check('five were allowed', allowed, 5)
  check(
    'the delegations that the service prepared',
    (
      (await read(
        admin.audit.$get({ query: { type: 'delegation.prepared', limit: '500' } }),
      )) as Json
    ).events.length,
    2,
  )
} finally {
  for (const child of children) child.kill('SIGTERM')
  rmSync(folder, { recursive: true, force: true })
}
console.log(failures === 0 ? '\nAll as told.' : `\n${failures} check(s) failed.`)
process.exit(failures === 0 ? 0 : 1)
