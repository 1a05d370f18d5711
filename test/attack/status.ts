import { deflateSync, gzipSync } from 'node:zlib'
import { signToken } from '../../src/credential/jose.ts'
import { toBase64url } from '../../src/foundation/encoding.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { startWorkerd } from '../edge/workerd.ts'
import { type Party, party } from '../parties.ts'
import { type Attack, judge } from './attack.ts'
import { sleep } from './moves.ts'
import type { Target } from './service.ts'
import type { Stage } from './stage.ts'
import {
  bitstringEntry,
  bitstringList,
  bitsWith,
  credentialType,
  tokenStatus,
  trusted,
  withStatus,
} from './status-lists.ts'
import type { Web } from './web.ts'

const verdictOf = async ({ raw }: Pick<Target, 'raw'>, verifiableCredential: JsonObject) => {
  const { json } = await raw('POST', '/credentials/verify', { body: { verifiableCredential } })
  return String(json.reason ?? json.decision)
}

async function playOlderList(stage: Stage) {
  const [target, web] = [await stage.service(), await stage.web()]
  const issuer = await trusted(target)
  const path = `/lists/${crypto.randomUUID()}`
  const url = `${web.origin}${path}`
  const serve = async (ago: number, ttl: number, ...revoked: readonly number[]) => {
    const packed = gzipSync(bitsWith(...revoked))
    web.serve(path, await bitstringList(issuer, url, { packed, ttl, madeAt: Date.now() - ago }))
  }
  const [revoked, good] = [
    await withStatus(issuer, bitstringEntry(url, 7)),
    await withStatus(issuer, bitstringEntry(url, 9)),
  ]
  await serve(0, 4_000, 7)
  const before = [await verdictOf(target, revoked), await verdictOf(target, good)]
  await sleep(5_100)
  await serve(30_000, 3_600_000)
  const after = await verdictOf(target, revoked)
  await serve(0, 60_000, 7)
  const newer = [await verdictOf(target, revoked), await verdictOf(target, good)]
  return judge(
    { [`under an older list of the issuer what was revoked is “${after}”`]: after === 'allow' },
    {
      [`the newer list says ${before}`]: before.join() === 'revoked,allow',
      [`the newest list says ${newer}`]: newer.join() === 'revoked,allow',
    },
  )
}

/** Lists that one library unpacks and another refuses. */
async function oddLists(issuer: Party, web: Web) {
  const [bits, other] = [bitsWith(), bitsWith(7)]
  const [whole, zlib] = [gzipSync(bits), deflateSync(Buffer.from(bits))]
  const bitstrings = {
    'two gzip members': Buffer.concat([
      gzipSync(bits.subarray(0, 8_192)),
      gzipSync(bits.subarray(8_192)),
    ]),
    'zeros behind a gzip member': Buffer.concat([whole, Buffer.alloc(16)]),
    'junk behind a gzip member': Buffer.concat([whole, Buffer.from('junk')]),
  }
  const tokens = {
    'junk behind a zlib stream': Buffer.concat([zlib, Buffer.from('junk')]),
    'a second zlib stream': Buffer.concat([zlib, deflateSync(Buffer.from(other))]),
  }
  const credentials: Record<string, JsonObject> = {}
  const bitstring = async (packed: Buffer) => {
    const path = `/lists/${crypto.randomUUID()}`
    const url = `${web.origin}${path}`
    web.serve(path, await bitstringList(issuer, url, { packed }))
    return withStatus(issuer, bitstringEntry(url, 9))
  }
  const token = async (packed: Buffer) => {
    const path = `/lists/${crypto.randomUUID()}`
    const url = `${web.origin}${path}`
    const now = Math.floor(Date.now() / 1000)
    const claims = {
      iss: issuer.did,
      sub: url,
      iat: now,
      exp: now + 3_600,
      ttl: 60,
      status_list: { bits: 1, lst: toBase64url(packed) },
    }
    const list = await signToken(claims, 'statuslist+jwt', issuer.verificationMethod, issuer.signer)
    web.serve(path, (_request, response) =>
      response.setHeader('content-type', 'application/statuslist+jwt').end(list),
    )
    return tokenStatus(issuer, url)
  }
  for (const [what, packed] of Object.entries(bitstrings))
    credentials[what] = await bitstring(packed)
  for (const [what, packed] of Object.entries(tokens)) credentials[what] = await token(packed)
  return { credentials, good: [await bitstring(whole), await token(zlib)] }
}

async function playOddLists(stage: Stage) {
  const [target, web] = [await stage.service(), await stage.web()]
  const issuer = await trusted(target)
  const { credentials, good } = await oddLists(issuer, web)
  const gained: Record<string, boolean> = {}
  for (const [what, credential] of Object.entries(credentials)) {
    const verdict = await verdictOf(target, credential)
    gained[`a list of ${what} is read: “${verdict}”`] = verdict === 'allow'
  }
  const honest = [await verdictOf(target, good[0]!), await verdictOf(target, good[1]!)]
  return judge(gained, { [`sound lists are read: ${honest}`]: honest.join() === 'allow,allow' })
}

const bearer = 'a-token-of-at-least-thirty-two-characters'

async function playTwoRuntimes(stage: Stage) {
  const [target, web] = [await stage.service(), await stage.web()]
  const issuer = await trusted(target)
  const { credentials, good } = await oddLists(issuer, web)
  const workerd = await startWorkerd('wrangler.verifier.toml', {
    PROCURA_AUDIENCES: issuer.did,
    PROCURA_TRUSTED_ISSUERS: JSON.stringify({
      [issuer.did]: ['VerifiableCredential', credentialType],
    }),
    PROCURA_CALLERS: JSON.stringify({ crm: bearer }),
    PROCURA_CHALLENGE_KEY: toBase64url(crypto.getRandomValues(new Uint8Array(32))),
    PROCURA_RECEIPT_KEY: JSON.stringify(party().jwk),
    PROCURA_ALLOWED_ORIGINS: web.origin,
  })
  stage.after(() => workerd.stop())
  const edge = async (verifiableCredential: JsonObject) => {
    const response = await fetch(`${workerd.url}/credentials/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify({ verifiableCredential }),
    })
    const json: any = await response.json()
    return String(json.reason ?? json.decision)
  }
  const gained: Record<string, boolean> = {}
  for (const [what, credential] of Object.entries(credentials)) {
    const [there, here] = [await edge(credential), await verdictOf(target, credential)]
    gained[`a list of ${what} is “${here}” on Node and “${there}” at the edge`] = here !== there
  }
  const honest = [await edge(good[0]!), await edge(good[1]!)]
  return judge(gained, { [`sound lists at the edge: ${honest}`]: honest.join() === 'allow,allow' })
}

export const status: readonly Attack[] = [
  {
    finding: 'M7',
    title: 'a cache serves an older signed status list, and a revocation is undone',
    isLarge: true,
    play: playOlderList,
  },
  {
    finding: 'M12',
    title: 'a status list hides something behind its compressed stream',
    play: playOddLists,
  },
  {
    finding: 'M12',
    title: 'a status list is read on Node and refused at the edge',
    isLarge: true,
    play: playTwoRuntimes,
  },
]
