import { readFileSync } from 'node:fs'
import { isPublic } from '../../src/adapters/web/guarded-fetch.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { resolveForAnybody } from '../../src/operations/verifying/resolve-did.ts'
import { badge, party, secure } from '../parties.ts'
import { ask } from '../world.ts'
import { type Attack, judge } from './attack.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'

/** Milliseconds of processor time that the service has used so far. What else the machine does is not in it. */
function processorTime({ processId }: Target): number {
  const fields = readFileSync(`/proc/${processId}/stat`, 'utf8').split(') ')[1]!.split(' ')
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10
}

async function costOf(target: Target, work: () => Promise<unknown>): Promise<number> {
  const before = processorTime(target)
  await work()
  return processorTime(target) - before
}

/** Ten blank nodes in a ring, each tied to both neighbours: dear to put in order. */
const ring = (): JsonObject => ({
  r: Array.from({ length: 10 }, (_, i) => ({
    id: `_:b${i}`,
    next: [{ id: `_:b${(i + 1) % 10}` }, { id: `_:b${(i + 9) % 10}` }],
  })),
})

async function playDearRequests(stage: Stage) {
  const target = await stage.service()
  const pages = async (path: string) => {
    await fetch(`${target.url}${path}`).then((response) => response.text())
    const answers = 60
    return (
      (await costOf(target, async () => {
        for (let i = 0; i < answers; i++)
          await fetch(`${target.url}${path}`).then((response) => response.text())
      })) / answers
    )
  }
  const costs = { '/openapi.json': await pages('/openapi.json'), '/docs': await pages('/docs') }
  const issuer = party()
  const signed = await secure(badge(issuer), issuer, 'assertionMethod', Date.now())
  const proof = {
    ...(signed.proof as JsonObject),
    '@context': undefined,
    cryptosuite: 'eddsa-rdfc-2022',
  }
  const dear = badge(issuer, {
    '@context': [
      'https://www.w3.org/ns/credentials/v2',
      'https://www.w3.org/ns/credentials/examples/v2',
    ],
    credentialSubject: { id: issuer.did, ...ring() },
  })
  const verify = (verifiableCredentials: readonly object[]) =>
    target.raw('POST', '/credentials/verify/batch', { body: { verifiableCredentials } })
  const rings = (count: number) =>
    verify(Array.from({ length: count }, (_, i) => ({ ...dear, id: `urn:uuid:${i}`, proof })))
  // What is loaded for the first one is not the cost of the others.
  await rings(2)
  const batch = await costOf(target, () => rings(100))
  const plain = await Promise.all(
    Array.from({ length: 20 }, () =>
      secure(
        badge(issuer, { validFrom: '2026-01-01T00:00:00Z' }),
        issuer,
        'assertionMethod',
        Date.now(),
      ),
    ),
  )
  const honest = await verify(plain)
  const verified = honest.json.results?.filter((one: any) => one.verified).length
  const openapi = await target.raw('GET', '/openapi.json')
  return judge(
    {
      ...Object.fromEntries(
        Object.entries(costs).map(([path, cost]) => [
          `each answer of ${path} costs ${cost.toFixed(0)} ms`,
          cost > 18,
        ]),
      ),
      [`a batch of 100 rings costs ${batch} ms`]: batch > 700,
    },
    {
      [`of 20 ordinary credentials ${verified} are verified`]: verified === 20,
      'the description of the interface is there': openapi.json.openapi !== undefined,
    },
  )
}

async function playOwnName(stage: Stage) {
  const web = await stage.web()
  const target = await stage.start({ environment: { PROCURA_PUBLIC_URL: web.origin } })
  const nobody = `did:web:${web.authority}:agents:nobody`
  const stranger = party()
  for (let i = 0; i < 20; i++) {
    const credential = await secure(
      badge(stranger, { issuer: `${nobody}-${i}` }),
      { ...stranger, verificationMethod: `${nobody}-${i}#key` },
      'assertionMethod',
      Date.now(),
    )
    await target.raw('POST', '/credentials/verify', { body: { verifiableCredential: credential } })
  }
  const hits = web.hits('/agents/')
  const [agent, door] = [await target.agent(), await target.agent()]
  const honest = await ask(door, agent, [(await target.permit(agent, door)).credential])
  return judge(
    { [`20 credentials of nobody under our name made ${hits} requests`]: hits > 0 },
    { [`a permission of ours is “${honest}”`]: honest === 'allow' },
  )
}

/** No document of a service has one of these: asked of the operation itself. */
async function playEndpoints() {
  const did = 'did:web:iam.acme.example'
  const document = {
    id: did,
    service: [
      { id: '#files', type: 'x', serviceEndpoint: 'https://acme.example/files/' },
      { id: '#other', type: 'x', serviceEndpoint: 'https://other.example/' },
    ],
  }
  const needs = { resolveDid: async () => ({ json: document }), settings: { ownDid: did } }
  const follow = async (query: string) => {
    const resolved = await resolveForAnybody(needs as never, `${did}?${query}`)
    return 'location' in resolved ? resolved.location : 'refused'
  }
  const tried = [
    'service=files&relativeRef=//evil.example/',
    'service=files&relativeRef=https://evil.example/',
    'service=files&relativeRef=/../../x',
    'service=files&service=other',
  ]
  const gained: Record<string, boolean> = {}
  for (const query of tried) {
    const location = await follow(query)
    gained[`${query} leads to ${location}`] = !(
      location === 'refused' || location.startsWith('https://acme.example/files/')
    )
  }
  const honest = await follow('service=files&relativeRef=a/b')
  return judge(gained, {
    [`a path under the endpoint leads to ${honest}`]: honest === 'https://acme.example/files/a/b',
  })
}

/** Linux does not route to it: asked of the check itself. */
async function playAddresses() {
  const addresses = ['::7f00:1', '::127.0.0.1', '::ffff:127.0.0.1', '::a00:1', '127.0.0.1', '::1']
  const taken = addresses.filter(isPublic)
  return judge(
    { [`${taken.join(' and ')} is taken for a public address`]: taken.length > 0 },
    { 'public addresses are public': ['93.184.215.14', '2606:4700::1111'].every(isPublic) },
  )
}

export const work: readonly Attack[] = [
  {
    finding: 'M14',
    title: 'small requests cost the service much more than those who send them',
    isLarge: true,
    play: playDearRequests,
  },
  {
    finding: 'L8',
    title: 'DIDs under the service’s own name that are nobody’s make it ask the network',
    isLarge: true,
    play: playOwnName,
  },
  {
    finding: 'L15',
    title: 'a relative reference leads a DID URL to another host',
    play: playEndpoints,
  },
  {
    finding: 'L16',
    title: 'an IPv4 address written as IPv6 leads a fetch into the machine itself',
    play: playAddresses,
  },
]
