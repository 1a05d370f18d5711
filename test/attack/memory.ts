import type { JsonObject } from '../../src/foundation/json.ts'
import { present } from '../../src/sdk/index.ts'
import { badge, type Party, party, secure } from '../parties.ts'
import { readingCustomers, submit } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import { presentTo, tryAsk } from './moves.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'

/** A credential of this size that a stranger signs for itself. Nobody trusts it, and it is new each time. */
export const bigCredential = (stranger: Party, size: number): Promise<JsonObject> =>
  secure(
    badge(stranger, {
      id: `urn:uuid:${crypto.randomUUID()}`,
      description: 'x'.repeat(size),
      validFrom: '2026-01-01T00:00:00Z',
    }),
    stranger,
    'assertionMethod',
    Date.now(),
  )

/** A heap that holds the service, and not what the stranger sends. */
const heap = 160
const rounds = 150

async function playStranger(stage: Stage) {
  const target = await stage.start({ nodeOptions: [`--max-old-space-size=${heap}`] })
  const [agent, door] = [await target.agent(), await target.agent()]
  const key = await target.keyFor(`agent:${door.id}`, 'verifier')
  const { credential } = await target.permit(agent, door)
  const stranger = party()
  let answered = 0
  for (let i = 0; i < rounds; i++) {
    const challenge = await target
      .raw('POST', '/challenges', { token: key.token, body: { audience: door.did } })
      .catch(() => undefined)
    if (!challenge) break
    const shown = await present(stranger, [await bigCredential(stranger, 600_000)], challenge.json)
    const { raw } = target
    const body = { presentation: shown, ...readingCustomers }
    const decided = await raw('POST', '/decisions', { token: key.token, body }).catch(() => null)
    const options = { challenge: challenge.json.challenge, domain: door.did }
    const verified = await raw('POST', '/presentations/verify', {
      token: key.token,
      body: { verifiablePresentation: shown, options },
    }).catch(() => null)
    if (!decided || !verified) break
    answered++
  }
  const honest = await tryAsk(door, agent, [credential])
  return judge(
    { [`with a heap of ${heap} MB the process died after ${answered}`]: answered < rounds },
    { [`a permission is “${honest}” afterwards`]: honest === 'allow' },
  )
}

/** What the caches of a service say that they hold, in bytes. */
async function listHeld({ raw }: Target): Promise<number> {
  const { json: text } = await raw('GET', '/metrics')
  const held = [...String(text).matchAll(/^procura_cache_bytes\{[^}]*\} (\d+)$/gm)]
  if (held.length === 0) throw new Error('/metrics says nothing of the caches')
  return held.reduce((sum, [, bytes]) => sum + Number(bytes), 0)
}

async function playCaches(stage: Stage) {
  const target = await stage.service()
  const [agent, door] = [await target.agent(), await target.agent()]
  const { credential } = await target.permit(agent, door)
  const first = await tryAsk(door, agent, [credential])
  const stranger = party()
  const before = await listHeld(target)
  for (let i = 0; i < 20; i++) {
    const presentation = await presentTo(door, stranger, [await bigCredential(stranger, 600_000)])
    await submit(door, presentation)
  }
  const grown = (await listHeld(target)) - before
  const again = await tryAsk(door, agent, [credential])
  return judge(
    { [`20 of them left ${grown} bytes in the caches`]: grown > 600_000 },
    {
      [`a permission is “${first}”, and again “${again}”`]: first === 'allow' && again === 'allow',
    },
  )
}

async function playLeaver(stage: Stage) {
  const target = await stage.service()
  const leaver = await target.person('Leaver')
  const holder = { kind: 'person', id: leaver.id }
  const mine = await target.keyFor(`person:${leaver.id}`, 'administrator')
  const helper = await target.keyFor(`person:${(await target.person()).id}`, 'administrator')
  const asLeaver = { token: mine.token }
  const before = await target.raw('GET', '/people?limit=1', asLeaver)
  const left = await target.raw('POST', `/people/${leaver.id}/leave`, { body: {} })
  const after = await target.raw('GET', '/people?limit=1', asLeaver)
  const body = { name: 'back door', holder, scopes: ['administrator'] }
  const made = await target.raw('POST', '/api-keys', { ...asLeaver, body })
  const byOther = await target.raw('POST', '/api-keys', { body })
  const works = async ({ json }: { readonly json: any }) =>
    json.token ? (await target.raw('GET', '/people?limit=1', { token: json.token })).status : 401
  const other = await target.raw('GET', '/people?limit=1', { token: helper.token })
  return judge(
    {
      [`at once afterwards the key is answered ${after.status}`]: after.status !== 401,
      [`it makes another key: ${made.status}`]: made.status === 201,
      'the key that it made works': (await works(made)) === 200,
      'a key that is made for somebody who has left works': (await works(byOther)) === 200,
    },
    {
      [`before it the key is answered ${before.status}`]: before.status === 200,
      [`the leaving is answered ${left.status}`]: left.status === 200,
      [`the key of another administrator is answered ${other.status}`]: other.status === 200,
    },
  )
}

export const memory: readonly Attack[] = [
  {
    finding: 'H3',
    title: 'a stranger fills the memory with credentials of 600 kB that nobody trusts',
    isLarge: true,
    play: playStranger,
  },
  {
    finding: 'H3',
    title: 'what a stranger presents stays in the caches of the service',
    play: playCaches,
  },
  {
    finding: 'M6',
    title: 'somebody who has left uses the last second to make a key that stays',
    play: playLeaver,
  },
]
