import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { nodeCompression } from '../src/adapters/crypto/node-compression.ts'
import type { Issuer } from '../src/credential/issuer.ts'
import { makeDidKey } from '../src/did/methods/key.ts'
import { makeResolver } from '../src/did/resolve.ts'
import type { Did } from '../src/did/syntax.ts'
import { setBit } from '../src/status/bit-string.ts'
import { encodeList } from '../src/status/encoded-list.ts'
import { makeStatusList } from '../src/status/status-list.ts'
import { makeVeramoAgent } from '../src/veramo/agent.ts'
import { makeSecureCredential } from '../src/veramo/secure-credential.ts'
import { listUrl, makeParty, permissionDocument, rawWork, secure } from './fixtures.ts'
import { interleave, type Line } from './measure.ts'
import { memorySession, peerSignWorks } from './peers.ts'

/** Securing credentials, and status lists, which are credentials. */
export async function benchSecure(): Promise<readonly Line[]> {
  const [issuer, holder] = [makeParty(), makeParty()]
  const now = Date.now()
  const document = permissionDocument(issuer, holder, holder.did, now)
  const session = memorySession()
  const needs = {
    crypto: nodeCrypto,
    clock: Date.now,
    keys: session.keys,
    keeper: session.keeper,
    resolveDid: makeResolver({ key: makeDidKey() }),
  }
  const { did } = await makeVeramoAgent(session, needs.resolveDid, needs).didManagerCreate({
    provider: 'did:key',
  })
  const veramo = makeSecureCredential(needs)
  const record = { did: did as Did } as Issuer
  const ofVeramo = { ...document, issuer: did }
  const times = await interleave(
    {
      S: rawWork(issuer).S,
      provider: () => secure(document, issuer, now),
      veramo: () => veramo(record, ofVeramo, 'eddsa-jcs-2022'),
    },
    { rounds: 31, runs: 100 },
  )
  const peers = await interleave(
    { S: rawWork(issuer).S, ...(await peerSignWorks()) },
    { rounds: 9, runs: 8 },
  )
  const publish = async (entries: number) => {
    const bits = new Uint8Array(entries / 8)
    for (let i = 0; i < entries / 100; i++) setBit(bits, Math.floor(Math.random() * entries))
    // The list in two versions, in turn; a published version is not changed.
    const copies = [bits, bits.slice()] as const
    let encoded = await encodeList(bits, nodeCompression)
    let turn = 0
    return async () => {
      const changed = Math.floor(Math.random() * entries)
      for (const copy of copies) if (copy !== encoded.bits) setBit(copy, changed)
      const before = encoded
      encoded = await encodeList(copies[++turn % 2]!, nodeCompression, before, [changed])
      setBit(before.bits, changed)
      const { text: encodedList } = encoded
      const about = { url: listUrl, issuer: did, purpose: 'revocation', madeAt: now }
      await veramo(record, makeStatusList({ ...about, encodedList }), 'eddsa-jcs-2022')
    }
  }
  const lists = await interleave(
    { small: await publish(131_072), large: await publish(1_048_576) },
    { rounds: 15, runs: 5 },
  )
  const { huge } = await interleave({ huge: await publish(100_000_000) }, { rounds: 9, runs: 5 })
  const inS = (what: string, time: number, goal: number | undefined, S = times.S): Line => ({
    what,
    ratio: time / S,
    unit: 'S',
    goal,
    detail: `${time.toFixed(0)} µs; S = ${S.toFixed(0)} µs`,
  })
  return [
    inS('secure a credential, provider alone', times.provider, 1.8),
    inS('secure a credential through the Veramo agent', times.veramo, 4),
    ...Object.entries(peers)
      .filter(([name]) => name !== 'S')
      .map(([name, time]) => inS(`secure with ${name}`, time, undefined, peers.S)),
    {
      what: 'publish a list of 131,072 after one change',
      ratio: lists.small / 1000,
      unit: 'ms',
      goal: 1,
      detail: '1 % set',
    },
    {
      what: 'publish a list of a million after one change',
      ratio: lists.large / 1000,
      unit: 'ms',
      goal: 10,
      detail: '1 % set',
    },
    {
      what: 'publish a list of 100 million after one change',
      ratio: huge / 1000,
      unit: 'ms',
      goal: 10,
      detail: '1 % set',
    },
  ]
}
