import { readFileSync } from 'node:fs'
import type { JsonObject } from '../../src/foundation/json.ts'
import { present } from '../../src/sdk/index.ts'
import { badge, party, secure } from '../parties.ts'
import { readingCustomers } from '../world.ts'
import { bigCredential } from './memory.ts'
import { presentTo, sleep } from './moves.ts'
import type { Target } from './service.ts'
import { makeStage, type Stage } from './stage.ts'
import { bitstringEntry, bitstringList, emptyList, trusted, withStatus } from './status-lists.ts'

const megabyte = 1_048_576
/** What the process may hold at most, however long the stranger goes on. */
const bound = 512

export interface StrangerReport {
  readonly held: boolean
  readonly minutes: number
  /** Megabytes. */
  readonly highest: number
  readonly bound: number
  readonly requests: number
  readonly failed: number
}

/**
 * For so many minutes somebody whom nobody knows sends what is new each time, by every way there is,
 * and the memory of the process is looked at once a second.
 */
export async function playStrangerFor(
  minutes: number,
  tell: (line: string) => void,
): Promise<StrangerReport> {
  const stage = makeStage()
  const target = await stage.start()
  const moves = await movesOf(stage, target)
  const counts = { requests: 0, failed: 0 }
  const end = performance.now() + minutes * 60_000
  let [highest, isDead] = [0, false]
  const isOver = () => isDead || highest > bound || performance.now() > end
  const names = Object.keys(moves)
  const workers = Array.from({ length: 4 }, async (_, worker) => {
    for (let i = worker; !isOver(); i++) {
      counts.requests++
      await moves[names[i % names.length]!]!().catch(() => counts.failed++)
    }
  })
  for (let second = 0; !isOver(); second++) {
    const held = memoryOf(target)
    if (held === undefined) isDead = true
    else highest = Math.max(highest, held)
    if (second % 10 === 0)
      tell(
        `${String(second).padStart(4)} s  ${held ?? 'dead'} MB, at most ${highest} MB  ${counts.requests} requests`,
      )
    await sleep(1_000)
  }
  await Promise.all(workers)
  await stage.close()
  return { held: !isDead && highest <= bound, minutes, highest, bound, ...counts }
}

/** Resident memory in megabytes; undefined once the process is gone. */
function memoryOf({ processId }: Target): number | undefined {
  try {
    const text = readFileSync(`/proc/${processId}/status`, 'utf8')
    const kilobytes = /^VmRSS:\s+(\d+)/m.exec(text)?.[1]
    return kilobytes === undefined ? undefined : Math.round((Number(kilobytes) * 1024) / megabyte)
  } catch {
    return undefined
  }
}

/** Every way in which something new may be left behind. */
async function movesOf(
  stage: Stage,
  target: Target,
): Promise<Readonly<Record<string, () => Promise<unknown>>>> {
  const web = await stage.web()
  const [agent, door] = [await target.agent(), await target.agent()]
  const { token } = await target.keyFor(`agent:${door.id}`, 'verifier')
  const issuer = await trusted(target)
  const stranger = party()
  const { credential } = await target.permit(agent, door, { lifetimeSeconds: 86_400 })
  const post = (path: string, body: object) => target.raw('POST', path, { token, body })
  const get = (path: string, headers = {}) => target.raw('GET', path, { token: null, headers })
  const sign = (document: object, by = stranger) =>
    secure(
      badge(by, { validFrom: '2026-01-01T00:00:00Z', ...document }),
      by,
      'assertionMethod',
      Date.now(),
    )
  const shown = async (one: JsonObject) => presentTo(door, stranger, [one])
  const anyChallenge = { challenge: 'any', domain: door.did }
  const fresh = () => crypto.randomUUID()
  const big = () => bigCredential(stranger, 600_000)
  return {
    'big credentials at a door': async () =>
      post('/decisions', { presentation: await shown(await big()), ...readingCustomers }),
    'big credentials, presented': async () =>
      post('/presentations/verify', {
        verifiablePresentation: await present(stranger, [await big()], anyChallenge),
        options: anyChallenge,
      }),
    'big credentials, verified': async () =>
      post('/credentials/verify', { verifiableCredential: await big() }),
    'locations of any length': async () => {
      const grant = {
        id: 'g1',
        type: 'http-api',
        locations: [`https://x.example/${fresh()}/${'y'.repeat(50_000)}`],
        actions: ['read'],
      }
      return post('/decisions', {
        presentation: await shown(await sign(permission(stranger.did, door.did, grant))),
        ...readingCustomers,
      })
    },
    'status lists at ever new places': async () => {
      const path = `/lists/${fresh()}`
      const url = `${web.origin}${path}`
      web.serve(path, await bitstringList(issuer, url, { packed: emptyList }))
      const one = await withStatus(issuer, bitstringEntry(url, 9))
      const answer = await post('/credentials/verify', { verifiableCredential: one })
      web.forget(path)
      return answer
    },
    sessions: async () =>
      post('/sessions', { presentation: await presentTo(door, agent, [credential]) }),
    challenges: () => post('/challenges', { audience: door.did }),
    'contexts of its own': async () => {
      const own = { [`t${fresh()}`]: `https://x.example/${'z'.repeat(2_000)}` }
      const { proof, ...document } = await sign({ '@context': [...contexts, own] })
      const other = { ...(proof as object), '@context': undefined, cryptosuite: 'eddsa-rdfc-2022' }
      return post('/credentials/verify', {
        verifiableCredential: { ...document, proof: other },
        options: { knownContexts: [own] },
      })
    },
    'issuers at ever new names': async () => {
      const did = `did:web:${web.authority}:${fresh()}`
      const by = { ...stranger, did: did as never, verificationMethod: `${did}#key` }
      return post('/credentials/verify', { verifiableCredential: await sign({ issuer: did }, by) })
    },
    'DIDs that nobody has': () =>
      get(`/1.0/identifiers/did:web:iam.acme.example:agents:${fresh()}`),
    'paths that are none': () => get(`/${fresh()}/${'p'.repeat(1_000)}`),
    'lists that are none': () => get(`/status/${fresh()}`),
    'keys that are none': () =>
      get('/agents', {
        authorization: `Bearer procura_${fresh().replaceAll('-', '').padEnd(65, 'A')}`,
      }),
    'huge names': () =>
      post('/challenges', {
        audience: `did:web:${'n'.repeat(1_500)}.example`,
        more: 'x'.repeat(500_000),
      }),
    'Idempotency-Keys': () =>
      target.raw('POST', `/agents/${agent.id}/activate`, {
        token: null,
        headers: { 'idempotency-key': fresh() },
        body: { publicKeyMultibase: 'z6Mk', challenge: 'x', signature: 'x' },
      }),
  }
}

const contexts = [
  'https://www.w3.org/ns/credentials/v2',
  'https://www.w3.org/ns/credentials/examples/v2',
]

/** A root that nobody trusts. */
const permission = (issuer: string, audience: string, grant: object) => ({
  '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
  id: `urn:uuid:${crypto.randomUUID()}`,
  type: ['VerifiableCredential', 'TaskPermissionCredential'],
  validUntil: '2099-01-01T00:00:00Z',
  credentialSubject: {
    id: issuer,
    permission: {
      version: 1,
      principal: { id: issuer, owner: 'urn:x:1' },
      audience: [audience],
      task: {
        id: 'urn:uuid:3f1d9f0e-7a59-4f4e-8a2b-5a5b7d1c9e77',
        purpose: 'monthly-report',
        endsOn: ['completed'],
      },
      grants: [grant],
    },
  },
})
