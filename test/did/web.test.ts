import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import ipaddr from 'ipaddr.js'
import { expect, onTestFinished, test } from 'vitest'
import { isPublic, makeGuardedFetch, pinTo } from '../../src/adapters/web/guarded-fetch.ts'
import { makeDidDocument, parseDidDocument } from '../../src/did/document.ts'
import { makeDidKey } from '../../src/did/methods/key.ts'
import { didWebUrl, makeDidWeb } from '../../src/did/methods/web.ts'
import { makeResolver } from '../../src/did/resolve.ts'
import { signingKey } from '../../src/did/signing-key.ts'
import type { Did } from '../../src/did/syntax.ts'
import { makeBudget, workLimits } from '../../src/foundation/budget.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { makeMemory } from '../../src/foundation/memory.ts'
import { isRefusal, refuse } from '../../src/foundation/refusal.ts'
import { monotonicClock } from '../../src/foundation/time.ts'
import { party } from '../parties.ts'

/** A web server on loopback that counts what reaches it. */
async function webServer(listener: RequestListener) {
  const paths: string[] = []
  const server: Server = createServer((request, response) => {
    paths.push(request.url!)
    listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return { origin, port, paths, did: `did:web:127.0.0.1%3A${port}` as Did }
}

function resolverFor(origin: string, clock = Date.now) {
  const allowedOrigins = new Set([origin])
  const fetch = makeGuardedFetch({ allowedOrigins })
  return makeResolver({
    key: makeDidKey(),
    web: makeDidWeb({
      memory: makeMemory(monotonicClock(clock), 10_000_000),
      fetch,
      ownDocument: async () => undefined,
      ownOrigin: undefined,
      allowedOrigins,
    }),
  })
}

const outcome = async (result: unknown) => {
  const document = await result
  return isRefusal(document) ? document.refused : 'resolved'
}
const documentOf = (did: string, ...fragments: readonly string[]) =>
  makeDidDocument(
    did as Did,
    fragments.map((fragment) => ({
      fragment,
      key: party().signer.publicKey,
      relationships: ['assertionMethod'],
    })),
  )

/** IANA's registries of special-purpose addresses, IPv4 and IPv6, what is multicast, and what is nobody's. */
const special = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.0.0/29', '192.0.0.8/32', '192.0.0.9/32', '192.0.0.10/32'],
  ...['192.0.0.170/32', '192.0.0.171/32', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24'],
  ...['192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '255.255.255.255/32'],
  ...['::1/128', '::/128', '::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '64:ff9b::/96'],
  ...['64:ff9b:1::/48', '100::/64', '100:0:0:1::/64', '2001::/23', '2001::/32', '2001:1::1/128'],
  ...['2001:1::2/128', '2001:1::3/128', '2001:2::/48', '2001:3::/32', '2001:4:112::/48'],
  ...['2001:10::/28', '2001:20::/28', '2001:30::/28', '2001:db8::/32', '2002::/16'],
  ...['2620:4f:8000::/48', '3ffe::/16', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10'],
  ...['fec0::/10', 'ff00::/8', '200::/7', '400::/6', '800::/5', '1000::/4', '4000::/3', '6000::/3'],
  ...['8000::/3', 'a000::/3', 'c000::/3', 'e000::/4', 'f000::/5', 'f800::/6', 'fe00::/9'],
]

test('D02 no special-purpose address is public, neither the first nor the last of its block', () => {
  const ends = special.flatMap((block) => {
    const family = block.includes(':') ? ipaddr.IPv6 : ipaddr.IPv4
    const [address, bits] = family.parseCIDR(block)
    const first = address.toByteArray()
    const last = first.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, bits - 8 * i))))
    return [first, last].map((bytes) => ipaddr.fromByteArray(bytes).toString())
  })

  expect(ends.filter(isPublic)).toEqual([])
  expect(['::7f00:1', '::10.0.0.1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'].filter(isPublic)).toEqual(
    [],
  )
  const neighbours = [
    ...['1.0.0.0', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
    ...[
      '128.0.0.0',
      '169.253.255.255',
      '172.15.255.255',
      '172.32.0.0',
      '192.0.1.0',
      '192.167.255.255',
    ],
    ...[
      '198.17.255.255',
      '198.20.0.0',
      '203.0.114.0',
      '223.255.255.255',
      '2001:200::',
      '2001:db7::1',
    ],
    ...['2001:db9::', '2003::', '2620:4f:7fff::1', '3ffd::1', '2000::1'],
  ]
  expect(neighbours.filter((address) => !isPublic(address))).toEqual([])
})

test('D01 D02 a host that is an address in any spelling, or a private name, is refused before a socket opens', () => {
  const hosts = [
    '127.0.0.1',
    '127.1',
    '0x7f.1',
    '2130706433',
    '0177.0.0.1',
    '①②⑦.0.0.1',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '%5B%3A%3Affff%3A127.0.0.1%5D',
    '64%3Aff9b%3A%3A',
    '2002%3A7f00%3A1%3A%3A',
    'localhost',
    'localhost.',
    'metadata.google.internal',
    'db.internal',
    'printer.local',
    'intranet',
    'a.localhost',
    'acme.example.',
    'user@acme.com',
    'acme..com',
    '-a.com',
  ]

  expect(hosts.map((host) => isRefusal(didWebUrl(host, new Set())))).toEqual(hosts.map(() => true))
  expect(didWebUrl('acme.example.com', new Set())).toBe(
    'https://acme.example.com/.well-known/did.json',
  )
  expect(didWebUrl('acme.example.com:agents:7', new Set())).toBe(
    'https://acme.example.com/agents/7/did.json',
  )
})

test('D08 a port, and an invalid path, are refused', () => {
  const bad = [
    'acme.com%3A0',
    'acme.com%3a22',
    'acme.com%3A6379',
    'acme.com%3A65536',
    'acme.com%3A443',
    'acme.com:..',
    'acme.com:a/b',
    'acme.com:',
    'acme.com:%2e%2e',
    'acme.com:a?b',
  ]

  expect(bad.map((identifier) => isRefusal(didWebUrl(identifier, new Set())))).toEqual(
    bad.map(() => true),
  )
})

test('D03 a name with any address that is not public is refused; only the vetted address is connected to', async () => {
  const answers: Record<string, readonly string[]> = {
    'a.example.com': ['169.254.169.254'],
    'b.example.com': ['fd00::1'],
    'c.example.com': ['93.184.216.34', '10.0.0.1'],
    'd.example.com': [],
    'h.example.com': ['10.0.0.1', '93.184.216.34'],
    'e.example.com': ['::ffff:127.0.0.1'],
    'f.example.com': ['64:ff9b::7f00:1'],
    'g.example.com': ['100.64.0.1'],
  }
  const fetch = makeGuardedFetch({
    allowedOrigins: new Set(),
    resolveHost: async (host) => answers[host]!,
  })

  const outcomes = await Promise.all(
    Object.keys(answers).map(async (host) => fetch(`https://${host}/`, '*/*')),
  )

  // By this reason, and not because nothing answers there: no connection was tried.
  const refused = refuse('did_unreachable', 'the host has an address that is not public')
  expect(outcomes).toEqual(outcomes.map(() => refused))
  expect(['8.8.8.8', '2606:4700::1111'].map(isPublic)).toEqual([true, true])
})

test('D04 the connection goes to the vetted address, whatever the name resolves to by then', () => {
  const answers: unknown[] = []
  const lookup = pinTo('203.0.113.7')

  lookup('localhost', { all: true }, (_error, addresses) => answers.push(addresses))
  lookup('localhost', {}, (_error, address, family) => answers.push([address, family]))

  expect(answers).toEqual([[{ address: '203.0.113.7', family: 4 }], ['203.0.113.7', 4]])
})

test('http, other ports and addresses are fetched only if the exact origin is allowed', async () => {
  const { origin, paths } = await webServer((_request, response) => response.end('{}'))
  const guarded = makeGuardedFetch({ allowedOrigins: new Set() })
  const urls = [
    `${origin}/x`,
    origin.replace('http', 'https'),
    'https://[::1]/',
    'https://127.0.0.1/',
    'https://user:pass@acme.com/',
    'file:///etc/passwd',
    'not a url',
  ]

  const outcomes = await Promise.all(urls.map(async (url) => isRefusal(await guarded(url, '*/*'))))

  expect(outcomes).toEqual(urls.map(() => true))
  expect(paths).toEqual([])
})

test('D05 D06 D09 D11 an answer that is not the document is no document', async () => {
  const cases: Record<string, RequestListener> = {
    redirect: (_q, r) => r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    'other id': (_q, r) =>
      r
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify(documentOf('did:web:victim.example', 'k'))),
    'not found': (_q, r) => r.writeHead(404).end(),
    error: (_q, r) => r.writeHead(500).end(),
    html: (_q, r) => r.setHeader('content-type', 'text/html').end('<html>'),
    'no json': (_q, r) => r.setHeader('content-type', 'application/json').end('{"id":1,"id":2}'),
    large: (_q, r) =>
      r.setHeader('content-type', 'application/json').end(`"${'x'.repeat(300_000)}"`),
    'gzip bomb': (_q, r) =>
      r
        .setHeader('content-type', 'application/json')
        .setHeader('content-encoding', 'gzip')
        .end(gzipSync(Buffer.alloc(50_000_000))),
  }
  const answers: Record<string, string> = {}
  for (const [name, listener] of Object.entries(cases)) {
    const { origin, did } = await webServer(listener)
    answers[name] = await outcome(resolverFor(origin)(did, { budget: makeBudget() }))
  }

  expect(answers).toEqual({
    redirect: 'did_unreachable',
    'other id': 'did_document_invalid',
    'not found': 'did_not_found',
    error: 'did_unreachable',
    html: 'did_not_found',
    'no json': 'did_document_invalid',
    large: 'did_unreachable',
    'gzip bomb': 'did_unreachable',
  })
})

test('D10 a server that sends its bytes one by one is given up', async () => {
  const { origin, did } = await webServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    const drip = setInterval(() => response.write(' '), 100)
    response.on('close', () => clearInterval(drip))
  })

  expect(await outcome(resolverFor(origin)(did, { budget: makeBudget() }))).toBe('did_unreachable')
})

test('D21 a key that the cached document lacks causes a new fetch, at most once in five seconds', async () => {
  let time = 1_000_000
  const served: { json: object } = { json: {} }
  const { origin, did, paths } = await webServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify(served.json)),
  )
  served.json = documentOf(did, 'one')
  const resolve = resolverFor(origin, () => time)
  const methods = async (fresh: boolean) => {
    const document = await resolve(did, { budget: makeBudget(), fresh })
    return isRefusal(document)
      ? document.refused
      : [...document.methods.keys()].map((id) => id.split('#')[1])
  }

  const before = await methods(false)
  served.json = documentOf(did, 'two')
  const tooSoon = await methods(true)
  time += 5_000
  const after = await methods(true)
  time += 60_000
  const later = await methods(false)

  expect([before, tooSoon, after, later]).toEqual([['one'], ['one'], ['two'], ['two']])
  expect(paths).toHaveLength(3)
})

test('D13 a verification method with another controller is not a key of the document that lists it', async () => {
  const did = 'did:web:acme.example'
  const [method] = documentOf(did, 'key-1').verificationMethod as JsonObject[]
  const keyOf = async (controller: string) => {
    const listed = { ...method!, controller }
    const json = { id: did, verificationMethod: [listed], assertionMethod: [method!.id!] }
    const key = await signingKey(method!.id as string, 'assertionMethod', did, {
      resolveDid: () => parseDidDocument(json, did),
      budget: makeBudget(),
    })
    return isRefusal(key) ? key.refused : key.kind
  }

  expect([await keyOf(did), await keyOf('did:web:other.example'), await keyOf(`${did}:a`)]).toEqual(
    ['Ed25519', 'key_invalid', 'key_invalid'],
  )
})

test('D14 a document that publishes a private key is refused completely, with its good keys', async () => {
  const did = 'did:web:acme.example'
  const json = documentOf(did, 'good')
  const methods = json.verificationMethod as JsonObject[]
  const { d, ...publicKeyJwk } = party().jwk as JsonObject
  const withJwk = (jwk: JsonObject) => {
    const leaked = { id: '#leaked', type: 'JsonWebKey', controller: did, publicKeyJwk: jwk }
    const document = parseDidDocument({ ...json, verificationMethod: [...methods, leaked] }, did)
    return isRefusal(document) ? document.refused : [...document.methods.keys()]
  }

  expect(d).toBeTypeOf('string')
  expect([withJwk(publicKeyJwk), withJwk({ ...publicKeyJwk, d: d! })]).toEqual([
    [`${did}#good`, `${did}#leaked`],
    'did_document_invalid',
  ])
})

test('D12 a fragment is compared with the whole DID URL: the same fragment of another DID is another key', async () => {
  const { origin, did } = await webServer((_request, response) => {
    const json = documentOf(did, 'key-1')
    const foreign = {
      ...(json.verificationMethod as object[])[0],
      id: 'did:web:other.example#key-1',
    }
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ ...json, verificationMethod: [foreign] }))
  })
  const document = await resolverFor(origin)(did, { budget: makeBudget() })

  expect(isRefusal(document) ? [] : [...document.methods.keys()]).toEqual([
    'did:web:other.example#key-1',
  ])
})

test('D17 unsupported methods and invalid DIDs are told apart', async () => {
  const resolve = resolverFor('http://127.0.0.1:1')
  const cases: Record<string, string> = {
    'did:example:123': 'did_method_unsupported',
    'did:KEY:z6Mk': 'did_invalid',
    'DID:web:acme.com': 'did_invalid',
    'did:': 'did_invalid',
    'did:web': 'did_invalid',
    'did:key:': 'did_invalid',
    'did:key:z6Mk#x': 'did_invalid',
    'did:web:acme.com#x': 'did_invalid',
    [`did:web:${'a'.repeat(10_000)}.com`]: 'did_invalid',
    'did:constructor:x': 'did_method_unsupported',
  }

  const answers = Object.fromEntries(
    await Promise.all(
      Object.keys(cases).map(async (did) => [
        did,
        await outcome(resolve(did as Did, { budget: makeBudget() })),
      ]),
    ),
  )

  expect(answers).toEqual(cases)
})

test('fetches are counted for each request, and one request’s limit does not stop the next', async () => {
  const { origin, did, paths } = await webServer((_request, response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(documentOf(did, 'one'))),
  )
  const resolve = resolverFor(origin)
  const spent = makeBudget({ ...workLimits, fetches: 0 })

  const answers = [
    await outcome(resolve(did, { budget: spent })),
    await outcome(resolve(did, { budget: makeBudget() })),
    await outcome(resolve(did, { budget: spent })),
  ]

  expect([answers, paths.length]).toEqual([['budget_exceeded', 'resolved', 'resolved'], 1])
})

test('a DID of the service’s own that nobody has is not found, in any spelling, and never fetched', async () => {
  const { origin, port, paths } = await webServer((_request, response) => response.end('{}'))
  const allowedOrigins = new Set([origin])
  const web = makeDidWeb({
    memory: makeMemory(monotonicClock(Date.now), 10_000_000),
    fetch: makeGuardedFetch({ allowedOrigins }),
    ownDocument: async () => undefined,
    ownOrigin: origin,
    allowedOrigins,
  })
  const resolve = makeResolver({ web })
  const dids = [
    `did:web:127.0.0.1%3A${port}`,
    `did:web:127.0.0.1%3A${port}:agents:nobody`,
    `did:web:127.0.0.1%3a${port}:agents:nobody`,
  ] as Did[]

  const answers = dids.map((did) => outcome(resolve(did, { budget: makeBudget() })))

  expect([await Promise.all(answers), paths]).toEqual([Array(3).fill('did_not_found'), []])
})
