import { webCompression, webCrypto } from '../../adapters/crypto/web.ts'
import { importWebSigner } from '../../adapters/crypto/web-signer.ts'
import { makePlatformFetch } from '../../adapters/web/platform-fetch.ts'
import { didKey } from '../../did/methods/key.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import { equalBytes, fromBase64url, toHex } from '../../foundation/encoding.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Memory, makeMemory } from '../../foundation/memory.ts'
import { monotonicClock } from '../../foundation/time.ts'
import { makeLog } from '../../http/log.ts'
import { makeVerifierApp, type VerifierDeps } from '../../http/verifier-app.ts'
import { toMultikey } from '../../keys/public-key.ts'
import { makeStandaloneNeeds } from '../../operations/deciding/standalone-needs.ts'
import {
  makeNewestLists,
  makeSharedNewestLists,
  type SeenList,
  type SeenListStore,
} from '../../status/newest-lists.ts'
import { platformCache } from './bindings.ts'
import { refusalToStart } from './refusal-to-start.ts'
import { readVerifierConfig, type VerifierBindings, wrong } from './verifier-config.ts'

export { SeenLists } from './seen-lists.ts'
export { SpentChallenges } from './spent-challenges.ts'

/** Challenges are spread over this many objects, each of which handles its own one at a time. */
const shards = 16

let made: { readonly app: ReturnType<typeof makeVerifierApp>; readonly memory: Memory } | undefined

/**
 * A verifier at the edge without a database: resolves DIDs, fetches status lists, decides, and
 * signs its decisions.
 */
export default {
  async fetch(request: Request, bindings: VerifierBindings): Promise<Response> {
    try {
      made ??= await make(bindings)
      made.memory.sweepIfDue()
      return await made.app.fetch(request)
    } catch (error) {
      return refusalToStart(error)
    }
  },
}

async function make(bindings: VerifierBindings) {
  const memory = makeMemory(
    monotonicClock(() => performance.now()),
    readVerifierConfig(bindings).cacheBytes,
  )
  return { app: makeVerifierApp(await depsOf(bindings, memory)), memory }
}

async function depsOf(bindings: VerifierBindings, memory: Memory): Promise<VerifierDeps> {
  const { audiences, trustedIssuers, callers, allowedOrigins, ...keys } =
    readVerifierConfig(bindings)
  const challengeKey = fromBase64url(keys.challengeKey)
  if (challengeKey?.length !== 32)
    throw wrong('PROCURA_CHALLENGE_KEY must be 32 bytes in base64url')
  const signer = await importWebSigner(keys.receiptKey)
  if (!signer) throw wrong('PROCURA_RECEIPT_KEY must be a private JWK, Ed25519 or P-256')
  const known = await digestsOf(callers)
  const clock = Date.now
  const lone = makeStandaloneNeeds({
    clock,
    memory,
    crypto: webCrypto,
    compression: webCompression,
    fetch: makePlatformFetch({ allowedOrigins, cache: platformCache() }),
    allowedOrigins,
    trustedIssuers,
    challengeKey,
    newestLists: makeSharedNewestLists(makeNewestLists(clock), seenListsIn(bindings)),
  })
  const did = didKey(signer.publicKey)
  return {
    ...lone,
    authenticate: (token) => callerOf(token, known, audiences),
    spend: (challenge) => spend(bindings, challenge),
    receipts: { did, verificationMethod: `${did}#${toMultikey(signer.publicKey)}`, signer },
    log: makeLog('info', clock, (line) => console.log(line)),
  }
}

interface KnownCaller {
  readonly name: string
  readonly digest: Uint8Array
}

const digestsOf = (callers: Readonly<Record<string, string>>): Promise<readonly KnownCaller[]> =>
  Promise.all(
    Object.entries(callers).map(async ([name, token]) => ({
      name,
      digest: await webCrypto.sha256(token),
    })),
  )

/** Compares with every caller, so that timing reveals nothing. */
async function callerOf(
  token: string,
  known: readonly KnownCaller[],
  audiences: readonly Did[],
): Promise<Caller | undefined> {
  const digest = await webCrypto.sha256(token)
  const found = known.filter((caller) => equalBytes(digest, caller.digest)).at(-1)?.name
  if (found === undefined) return undefined
  return {
    actor: `system:${found}`,
    roles: ['verifier'],
    person: undefined,
    agent: undefined,
    audiences,
    authority: null,
  }
}

async function spend(
  { SPENT }: VerifierBindings,
  { nonce, expiresAt }: Parameters<VerifierDeps['spend']>[0],
): Promise<boolean> {
  const shard = SPENT.get(SPENT.idFromName(`spent ${nonce[0]! % shards}`))
  const key = `${String(expiresAt).padStart(13, '0')}:${toHex(nonce)}`
  const status = await shard.fetch(`https://spent/${key}`, { method: 'POST' }).then(
    (response) => response.status,
    () => undefined,
  )
  if (status === 201 || status === 409) return status === 201
  throw new ServiceError('storage_unreachable', 'the record of spent challenges is unavailable')
}

/** One object per list, asked whenever the list is fetched. */
const seenListsIn = ({ SEEN }: VerifierBindings): SeenListStore => ({
  async newest({ issuer, list }, { madeAt, staleAt }) {
    const object = SEEN.get(SEEN.idFromName(`${issuer} ${list}`))
    const body = JSON.stringify({ madeAt, staleAt })
    try {
      const response = await object.fetch('https://seen/', { method: 'POST', body })
      return (await response.json()) as SeenList
    } catch (cause) {
      const detail = 'the record of status lists is unavailable'
      throw new ServiceError('storage_unreachable', detail, { cause })
    }
  },
})
