import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { toBase64url } from '../src/foundation/encoding.ts'
import { startWorkerd } from '../test/edge/workerd.ts'
import { makeParty, permissionDocument, secure, variety } from './fixtures.ts'
import { interleave, type Line } from './measure.ts'

const times = 1_000

/**
 * In workerd: many repetitions per request, because its clock stands still and the way there would
 * hide the rest.
 */
export async function benchEdge(): Promise<readonly Line[]> {
  const workerd = await startWorkerd('bench/edge.wrangler.toml', {})
  const [issuer, holder] = [makeParty(), makeParty()]
  const now = Date.now()
  const credentials = await Promise.all(
    Array.from({ length: variety }, () =>
      secure(permissionDocument(issuer, holder, holder.did, now), issuer, now),
    ),
  )
  const messages = Array.from({ length: variety }, () => nodeCrypto.randomBytes(64))
  const signatures = await Promise.all(messages.map((message) => issuer.signer.sign(message)))
  const common = {
    times,
    credentials,
    issuer: issuer.did,
    key: toBase64url(issuer.signer.publicKey.bytes),
    messages: messages.map(toBase64url),
    signatures: signatures.map(toBase64url),
  }
  const ask = (what: string) => async () => {
    const body = JSON.stringify({ ...common, what })
    const response = await fetch(workerd.url, { method: 'POST', body })
    if (!response.ok) throw new Error(await response.text())
    await response.text()
  }
  const measured = await interleave(
    { nothing: ask('nothing'), raw: ask('raw'), credential: ask('credential') },
    { rounds: 11, runs: 1 },
  )
  await workerd.stop()
  const [raw, credential] = [measured.raw, measured.credential].map(
    (time) => (time - measured.nothing) / times,
  ) as [number, number]
  return [
    {
      what: 'in workerd: verify a credential, against raw WebCrypto there',
      ratio: credential / raw,
      unit: 'V',
      goal: 1.3,
      detail: `${credential.toFixed(0)} µs; V = ${raw.toFixed(0)} µs`,
    },
    startUp(),
  ]
}

/** As `wrangler check startup` reports it. */
function startUp(): Line {
  const folder = mkdtempSync(join(tmpdir(), 'procura-startup-'))
  const told = execFileSync(
    process.execPath,
    [
      'node_modules/wrangler/bin/wrangler.js',
      'check',
      'startup',
      '--outfile',
      join(folder, 'profile'),
    ],
    { encoding: 'utf8', env: { ...process.env, WRANGLER_SEND_METRICS: 'false', CI: 'true' } },
  )
  rmSync(folder, { recursive: true })
  const [, active] = /Active: ([\d.]+) ms/.exec(told)!
  const [, size] = /gzip: ([\d.]+ KiB)/.exec(told)!
  return {
    what: 'start of the Worker, as wrangler check startup reports it',
    ratio: Number(active),
    unit: 'ms',
    goal: undefined,
    detail: `active on this machine; ${size} gzip`,
  }
}
