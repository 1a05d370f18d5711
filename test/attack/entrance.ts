import { connect } from 'node:net'
import { generatePrivateJwk, proveKey, read, signerFromJwk } from '../../src/sdk/index.ts'
import { type Attack, judge } from './attack.ts'
import { until } from './moves.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'

/** Calls as a client of the proxy in front. */
const from =
  ({ url }: Target) =>
  async (address: string, path: string, headers: Record<string, string> = {}) =>
    (await fetch(`${url}${path}`, { headers: { 'x-forwarded-for': address, ...headers } })).status

const [stranger, honest] = ['203.0.113.7', '198.51.100.9']
const key = 'did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK'

async function playProxy(stage: Stage) {
  const limits = { PROCURA_RATE_BURST: '60', PROCURA_RATE_PER_SECOND: '1' }
  const target = await stage
    .start({ environment: { ...limits, PROCURA_TRUSTED_PROXIES: '127.0.0.1 ::1' } })
    // A version that knows no proxies is attacked as it is.
    .catch(() => stage.start({ environment: limits }))
  const call = from(target)
  const [agent, door] = [await target.agent(), await target.agent()]
  const { credential } = await target.permit(agent, door)
  const [entry] = credential.credentialStatus as unknown as { statusListCredential: string }[]
  const list = new URL(entry!.statusListCredential).pathname
  const flood = async (path: string, headers = {}) =>
    Promise.all(Array.from({ length: 150 }, () => call(stranger, path, headers)))
  const bad = { authorization: `Bearer procura_${'A'.repeat(65)}` }
  const resolutions = await flood(`/1.0/identifiers/${key}`)
  await flood(list)
  const lists = await call(honest, list)
  const resolved = await call(honest, `/1.0/identifiers/${key}`)
  await flood(`/1.0/identifiers/${key}`)
  const forged = await call(`192.0.2.1, ${stranger}`, `/1.0/identifiers/${key}`)
  const keys = await flood('/agents', bad)
  const badKey = await call(honest, '/agents', bad)
  await target.raw('POST', '/people', {
    body: { name: 'Told' },
    headers: { 'x-forwarded-for': honest },
  })
  const addresses = async () => {
    const { json } = await target.raw('GET', '/audit?type=person.created&limit=100')
    return json.events.some(({ event }: any) => event?.origin?.address === honest)
  }
  const isTold = await until(true, 4_000, addresses)
  return judge(
    {
      [`after a stranger’s flood a verifier is answered ${lists} for a status list`]: lists !== 200,
      [`after it another client’s resolution is answered ${resolved}`]: resolved !== 200,
      [`with a forged first entry the stranger is answered ${forged}`]: forged !== 429,
      [`after a stranger’s wrong keys another’s wrong key is answered ${badKey}`]: badKey === 429,
      'the audit log does not name the client’s address': !isTold,
    },
    {
      'the stranger itself is limited': resolutions.includes(429) && keys.includes(429),
      'it is answered at first': resolutions.includes(200),
    },
  )
}

async function playIdempotencyKey(stage: Stage) {
  const target = await stage.service()
  const owner = await target.person()
  const pending = async () => {
    const signer = signerFromJwk(await generatePrivateJwk('Ed25519'))
    const agent = await read(
      target.admin.agents.$post({ json: { name: 'x', owner: owner.id } as never }),
    )
    return { id: agent.id, proof: await proveKey(agent.id, agent.keyChallenge!, signer) }
  }
  const [one, other] = [await pending(), await pending()]
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const activate = ({ id, proof }: typeof one) =>
    target.raw('POST', `/agents/${id}/activate`, { token: null, headers, body: proof })
  const first = await activate(one)
  const second = await activate(other)
  const again = await activate(one)
  return judge(
    {
      [`under an Idempotency-Key that a stranger used an activation is ${second.status}`]:
        second.status !== 200,
    },
    {
      [`the first activation is ${first.status}`]: first.status === 200,
      [`it is answered again: ${again.status}`]:
        again.status === 200 && again.json.did === first.json.did,
    },
  )
}

/** Sends the head of a request, and no body. @returns the status line, or undefined after so long. */
function withoutBody({ url }: Target, head: readonly string[]): Promise<string | undefined> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  return new Promise((resolve) => {
    const end = (line?: string) => {
      socket.destroy()
      resolve(line)
    }
    socket.on('data', (chunk) => end(String(chunk).split('\r\n', 1)[0]))
    socket.on('error', () => end())
    setTimeout(end, 3_000)
  })
}

async function playBody(stage: Stage) {
  const target = await stage.service()
  const created = Math.floor(Date.now() / 1000)
  const head = (keyid: string, at = created) => [
    'POST /decisions HTTP/1.1',
    'Host: x',
    'Content-Type: application/json',
    'Content-Length: 1000000',
    `Content-Digest: sha-256=:${Buffer.alloc(32).toString('base64')}:`,
    `Signature-Input: procura=("@method" "@target-uri" "content-digest");created=${at};keyid="${keyid}";nonce="AAAAAAAAAAAAAAAAAAAAAAAA";alg="ed25519"`,
    `Signature: procura=:${Buffer.alloc(64).toString('base64')}:`,
  ]
  const unknown = await withoutBody(target, head(`${key}#${key.slice(8)}`))
  const nonsense = await withoutBody(target, [
    'POST /decisions HTTP/1.1',
    'Host: x',
    'Content-Length: 1000000',
    'Signature-Input: nonsense',
  ])
  const agent = await target.agent()
  const old = await withoutBody(target, head(agent.verificationMethod, created - 86_400))
  const signed = await agent.client.challenges.$post({ json: { audience: agent.did } })
  return judge(
    {
      'the body of a signature by nobody is waited for': unknown === undefined,
      'the body of a signature that is none is waited for': nonsense === undefined,
      'the body of a signature of yesterday is waited for': old === undefined,
    },
    { [`a signed request is answered ${signed.status}`]: signed.status === 201 },
  )
}

export const entrance: readonly Attack[] = [
  {
    finding: 'M9',
    title: 'a stranger behind the same proxy uses up the limits of all who do not authenticate',
    isLarge: true,
    play: playProxy,
  },
  {
    finding: 'L7',
    title: 'a stranger’s Idempotency-Key makes another’s activation a conflict',
    play: playIdempotencyKey,
  },
  {
    finding: 'L12',
    title: 'bodies of a megabyte are read before anybody is known',
    play: playBody,
  },
]
