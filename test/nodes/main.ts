import pg from 'pg'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { types } from '../../src/adapters/storage/postgres/postgres-statement.ts'
import { verifierKey as describeKey, parseVerifierKey } from '../../src/audit/checkpoint.ts'
import { type LoggedEvent, verifyLog } from '../../src/audit/verify-log.ts'
import { startPostgresServer } from '../postgres-server.ts'
import { type Answer, must, type Node, publicUrl, startNode } from './cluster.ts'
import { playHistory } from './history.ts'

/**
 * `npm run test:nodes [-- --credentials N]`: four processes of the service on one PostgreSQL, loaded
 * at the same time, one of them killed, the database restarted. Every finding must be 0.
 */
const wanted = Number(process.argv[process.argv.indexOf('--credentials') + 1]) || 100_000
const findings: Record<string, number> = {}
const say = (what: string) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(0)} s  ${what}`)
const began = performance.now()

const server = await startPostgresServer()
const databaseUrl = await server.newDatabase()
// All start on an empty database at once: one makes the tables, one the first issuer.
const nodes = await Promise.all(Array.from({ length: 4 }, () => startNode(databaseUrl)))
const any = (i: number): Node => nodes[i % nodes.length]!
const owner = await must(any(0), '/people', { name: 'Owner' })
const agent = await must(any(1), '/agents', { name: 'agent', owner: owner.id, custody: 'service' })
const task = await must(any(2), '/tasks', { purpose: 'load' })
const permission = {
  task: task.id,
  audience: [agent.did],
  grants: [
    { id: 'g1', type: 'database', locations: ['db://crm/public/customers'], actions: ['read'] },
  ],
}
interface Issued {
  readonly id: string
  readonly credential: { readonly credentialStatus: readonly { readonly id: string }[] }
}
const issued = new Map<string, string>()
const seen = new Map<number, number>()
const count = ({ status }: Answer) => seen.set(status, (seen.get(status) ?? 0) + 1)

/** Issues until told to stop, with 16 requests in flight to each node; what got no answer is asked again, of any node. */
async function issueUntil(isOver: () => boolean, prefix: string): Promise<void> {
  let next = 0
  await Promise.all(
    Array.from({ length: 64 }, async (_, worker) => {
      while (!isOver()) {
        const key = `${prefix}${next++}`
        for (let tries = 0; ; tries++) {
          const answer = await any(worker + tries).call(
            'POST',
            `/agents/${agent.id}/credentials`,
            permission,
            key,
          )
          count(answer)
          if (answer.status === 201) {
            const known = issued.get(key)
            if (known !== undefined && known !== answer.text) throw new Error('another answer')
            issued.set(key, answer.text)
            break
          }
          if (answer.status === 503 && answer.retryAfter === undefined) bareRefusals++
          if (answer.status !== 0 && answer.status !== 503) break
          await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }),
  )
}
let bareRefusals = 0

// 1. Issuance from all at once.
const progress = setInterval(() => say(`${issued.size} of ${wanted} credentials`), 10_000)
const issuing = performance.now()
await issueUntil(() => issued.size >= wanted, 'k')
clearInterval(progress)
const rate = wanted / ((performance.now() - issuing) / 1000)
say(`${issued.size} credentials from four nodes, ${rate.toFixed(0)} a second`)
findings['5xx while nothing was wrong'] = [...seen].reduce(
  (sum, [status, times]) => sum + (status >= 500 ? times : 0),
  0,
)
findings['other answers than 201'] = [...seen].reduce(
  (sum, [status, times]) => sum + (status === 201 ? 0 : times),
  0,
)
const entries = [...issued.values()].flatMap((text) =>
  (JSON.parse(text) as Issued).credential.credentialStatus.map(({ id }) => id),
)
findings['status entries given twice'] = entries.length - new Set(entries).size
findings['status indexes that can be guessed'] = guessable(entries) ? 1 : 0

// 2. One challenge, two hundred times, at all four.
const system = await must(any(0), '/systems', { name: 'verifier', audiences: [agent.did] })
const verifierKey = await must(any(0), '/api-keys', {
  name: 'verifier',
  holder: { kind: 'system', id: system.id },
  scopes: ['verifier'],
})
const asVerifier = (node: Node, path: string, body: object) =>
  fetch(`${node.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${verifierKey.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).then(async (response) => (await response.json()) as any)
const one = JSON.parse([...issued.values()][0]!) as Issued
async function presentTo(node: Node, id = one.id) {
  const { challenge } = await asVerifier(node, '/challenges', { audience: agent.did })
  const { verifiablePresentation: presentation } = await must(
    any(3),
    `/agents/${agent.id}/presentations`,
    {
      credentials: [id],
      challenge,
      domain: agent.did,
    },
  )
  return {
    presentation,
    action: 'read',
    resource: 'db://crm/public/customers',
    purpose: 'load',
  }
}
const asked = await presentTo(any(0))
const decisions = await Promise.all(
  Array.from({ length: 200 }, (_, i) => asVerifier(any(i), '/decisions', asked)),
)
const allowed = decisions.filter(({ decision }) => decision === 'allow').length
const reused = decisions.filter(({ reason }) => reason === 'challenge_used').length
say(`one challenge posted 200 times: ${allowed} allowed, ${reused} refused as used`)
findings['acceptances of one challenge beyond the first'] = allowed - 1
findings['refusals of it for another reason'] = 199 - reused

// 3. Two revocations on one list at the same moment, and how soon every node knows.
const [first, second] = [...issued.values()].slice(0, 2).map((text) => JSON.parse(text) as Issued)
const beforeRevocation = await Promise.all(nodes.map((node) => presentTo(node)))
const revokedAt = performance.now()
await Promise.all([
  must(any(0), `/credentials/${first!.id}/revoke`, {}),
  must(any(1), `/credentials/${second!.id}/revoke`, {}),
])
const after = await Promise.all(
  beforeRevocation.map((request, i) => asVerifier(any(i), '/decisions', request)),
)
say(
  `denied on every node ${(performance.now() - revokedAt).toFixed(0)} ms after the revocation was asked for`,
)
findings['nodes that allow after a revocation'] = after.filter(
  ({ reason }) => reason !== 'revoked',
).length
const states = await Promise.all(
  [first!, second!].map(async ({ id }) => {
    const { text } = await any(2).call('GET', `/credentials/${id}`)
    return (JSON.parse(text) as { state: string }).state
  }),
)
findings['of two simultaneous revocations lost'] = states.filter(
  (state) => state !== 'revoked',
).length

// 4. A limit of ten, used fifty times at once, at all four.
const limited = JSON.parse(
  (
    await any(0).call('POST', `/agents/${agent.id}/credentials`, {
      ...permission,
      grants: [
        {
          ...permission.grants[0]!,
          constraints: [{ type: 'uses', max: 10, authority: `${publicUrl}/meters` }],
        },
      ],
    })
  ).text,
) as Issued
issued.set('limited', JSON.stringify(limited))
const attempts = await Promise.all(
  Array.from({ length: 50 }, (_, i) => presentTo(any(i), limited.id)),
)
const uses = await Promise.all(
  attempts.map((request, i) => asVerifier(any(i), '/decisions', request)),
)
const used = uses.filter(({ decision }) => decision === 'allow').length
say(`a limit of 10 used 50 times at once: ${used} allowed`)
findings['uses of a limit of 10 beyond or short of it'] = Math.abs(used - 10)
findings['uses refused for another reason'] =
  50 - used - uses.filter(({ reason }) => reason === 'limit_reached').length

// 5. A node is killed in the middle, and replaced.
seen.clear()
let over = false
const underKill = issueUntil(() => over, 'kill')
await pause(1_500)
await nodes[2]!.kill()
say('a node was killed')
await pause(1_500)
nodes[2] = await startNode(databaseUrl)
await pause(1_000)
over = true
await underKill
findings['5xx when a node was killed'] = [...seen].reduce(
  (sum, [status, times]) => sum + (status >= 500 ? times : 0),
  0,
)

// 6. PostgreSQL dies under load, and comes back.
seen.clear()
over = false
const underRestart = issueUntil(() => over, 'restart')
await pause(1_500)
await server.kill()
say('PostgreSQL was killed')
await pause(1_500)
const health = await any(0).call('GET', '/healthz')
await server.start()
say('PostgreSQL is back')
await pause(3_000)
over = true
await underRestart
say(`answers meanwhile: ${[...seen].map(([status, times]) => `${status}: ${times}`).join(', ')}`)
findings['answers other than 201 and 503 while PostgreSQL was gone'] = [...seen].reduce(
  (sum, [status, times]) => sum + (status === 201 || status === 503 ? 0 : times),
  0,
)
findings['503 without Retry-After'] = bareRefusals
findings['nodes that did not outlive it'] = health.status === 200 ? 0 : 1
findings['no 503 was seen at all'] = seen.has(503) ? 0 : 1

// 7. Revoked is revoked, whatever befalls the nodes meanwhile.
over = false
const playing = playHistory(
  any,
  [...issued.values()].slice(10, 510).map((text) => JSON.parse(text) as Issued),
  () => over,
)
await pause(3_000)
await nodes[1]!.kill()
await pause(2_000)
nodes[1] = await startNode(databaseUrl)
await server.kill()
await pause(1_000)
await server.start()
await pause(5_000)
over = true
const history = await playing
say(
  `${history.verifications} verifications and ${history.revocations} revocations at random: the last was allowed ${history.longestStale.toFixed(0)} ms after its revocation was acknowledged`,
)
findings['allowed more than 2 s after the revocation'] = history.staleAllows
findings['allowed after another node had refused'] = history.returns
findings['revoked before anybody asked for it'] = history.phantoms

await Promise.all(nodes.map((node) => node.stop()))

// 8. What the database says at the end.
const client = new pg.Client({ connectionString: databaseUrl, types })
await client.connect()
const { rows } = await client.query<{ id: string; slot: number; events: number }>(
  `SELECT encode(c.id, 'hex') AS id, c.slot, COUNT(e.id) AS events FROM credentials c
   LEFT JOIN audit_events e ON e.credential_id = c.id AND e.type = 'credential.issued' GROUP BY c.id, c.slot`,
)
const acknowledged = new Set(
  [...issued.values()].map((text) => (JSON.parse(text) as Issued).id.replaceAll('-', '')),
)
const stored = new Set(rows.map(({ id }) => id))
findings['acknowledged credentials that are lost'] = [...acknowledged].filter(
  (id) => !stored.has(id),
).length
findings['requests carried out twice'] = rows.filter(({ id }) => !acknowledged.has(id)).length
findings['slots given twice'] = rows.length - new Set(rows.map(({ slot }) => slot)).size
findings['credentials without exactly one event'] = rows.filter(({ events }) => events !== 1).length
const head = await client.query<{ size: number; note: string }>(
  'SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1',
)
const older = await client.query<{ note: string }>(
  'SELECT note FROM audit_checkpoints ORDER BY size',
)
const events = await client.query<LoggedEvent & { salt: Uint8Array; body: string }>(
  'SELECT sequence, commitment, salt, body FROM audit_events WHERE sequence IS NOT NULL ORDER BY sequence',
)
const waiting = await client.query('SELECT 1 FROM audit_events WHERE sequence IS NULL')
const [logKey] = (
  await client.query<{ public_key: Uint8Array }>(
    "SELECT public_key FROM identity_keys WHERE did LIKE 'did:procura-audit:%'",
  )
).rows
const trusted = await describeKey(
  head.rows[0]!.note.split('\n', 1)[0]!,
  { kind: 'Ed25519', bytes: logKey!.public_key },
  nodeCrypto,
)
const logged = events.rows.map(({ sequence, commitment, salt, body }) => ({
  sequence,
  commitment,
  content: { salt, body },
}))
const verdict = await verifyLog(
  logged,
  head.rows[0]!.note,
  older.rows.slice(-50).map(({ note }) => note),
  parseVerifierKey(trusted)!.key,
  nodeCrypto,
)
say(
  `the log: ${verdict.sound ? 'sound' : verdict.because}, ${logged.length} events, ${older.rows.length} checkpoints`,
)
findings['forks and gaps of the audit log'] = verdict.sound ? 0 : 1
findings['events left without a place'] = waiting.rows.length
await client.end()
await server.stop()

for (const [what, number] of Object.entries(findings))
  console.log(`${number === 0 ? '✓' : '✗'} ${what}: ${number}`)
process.exit(Object.values(findings).every((number) => number === 0) ? 0 : 1)

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Whether indexes tell of the order in which they were given: neighbours in time must lie as far apart as random ones. */
function guessable(ids: readonly string[]): boolean {
  const byList = new Map<string, number[]>()
  for (const id of ids) {
    const [list, index] = id.split('#') as [string, string]
    const indexes = byList.get(list) ?? []
    indexes.push(Number(index))
    byList.set(list, indexes)
  }
  return [...byList.values()]
    .filter((indexes) => indexes.length > 1_000)
    .some((indexes) => {
      const distances = indexes.slice(1).map((index, i) => Math.abs(index - indexes[i]!))
      const mean = distances.reduce((sum, distance) => sum + distance, 0) / distances.length
      // Two random places of a list of n lie n/3 apart on average; its standard deviation is n/√18.
      const expected = 131_072 / 3
      const deviation = 131_072 / Math.sqrt(18 * distances.length)
      return Math.abs(mean - expected) > 6 * deviation
    })
}
