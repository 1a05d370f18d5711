import { nodeCrypto } from '../src/adapters/crypto/node.ts'
import { nodeCompression } from '../src/adapters/crypto/node-compression.ts'
import { toHex } from '../src/foundation/encoding.ts'
import { type Case, makeJudge } from './edge/verdicts.ts'
import { startWorkerd } from './edge/workerd.ts'
import { haveVectors, vectorJson, vectorNames, vectorText } from './vectors.ts'

/**
 * `npm run test:vectors [-- --json]`: every published vector beside this project, on Node and in
 * workerd. A vector passes where the verdict is the published one.
 */
interface Vector {
  readonly one: Case
  readonly expected: string
}

const hexBytes = (hex: string) => new Uint8Array(Buffer.from(hex, 'hex'))

/** An invalid key and an invalid signature are both a no. */
const isGood = (verdict: string): string => String(verdict === 'true')

function wycheproofEd25519(): Vector[] {
  return vectorJson('wycheproof/ed25519_test.json').testGroups.flatMap((group: any) =>
    group.tests.map(({ msg, sig, result }: any) => ({
      one: {
        kind: 'signature',
        keyKind: 'Ed25519',
        key: group.publicKey.pk,
        message: msg,
        signature: sig,
      },
      expected: String(result === 'valid'),
    })),
  )
}

function wycheproofP256(): Vector[] {
  return vectorJson('wycheproof/ecdsa_secp256r1_sha256_p1363_test.json').testGroups.flatMap(
    (group: any) => {
      const point = hexBytes(group.publicKey.uncompressed)
      const key = `${point[64]! & 1 ? '03' : '02'}${toHex(point.slice(1, 33))}`
      return group.tests.map(({ msg, sig, result }: any) => ({
        one: { kind: 'signature', keyKind: 'P-256', key, message: msg, signature: sig },
        expected: String(result === 'valid'),
      }))
    },
  )
}

/** A strict verifier accepts one of them: number 3. */
const speccheck = (): Vector[] =>
  vectorJson('ed25519-speccheck/cases.json').map(
    ({ message, pub_key: key, signature }: any, i: number) => ({
      one: { kind: 'signature', keyKind: 'Ed25519', key, message, signature },
      expected: String(i === 3),
    }),
  )

const jcs = (): Vector[] =>
  vectorNames('jcs/input').map((name) => ({
    one: { kind: 'jcs', text: vectorText(`jcs/input/${name}`) },
    expected: vectorText(`jcs/outhex/${name.replace('.json', '.txt')}`).replaceAll(/\s/g, ''),
  }))

const proofs = (...files: readonly string[]): Vector[] =>
  files.map((file) => ({
    one: { kind: 'proofs', text: vectorText(`vc-di-eddsa/${file}`) },
    expected: 'authentic',
  }))

/** Every entry that is not 0, as the specification lists them, and some that are. */
const published: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  encoding: {
    0: 1,
    1: 0,
    2: 0,
    3: 1,
    4: 1,
    5: 1,
    6: 0,
    7: 1,
    8: 1,
    9: 1,
    10: 0,
    13: 1,
    14: 0,
    15: 1,
  },
  encoding2: { 0: 1, 1: 2, 2: 0, 3: 3, 4: 0, 5: 1, 6: 0, 7: 1, 8: 1, 9: 2, 10: 3, 11: 3 },
  encoding1_long: {
    0: 1,
    1: 0,
    1993: 1,
    25460: 1,
    159495: 1,
    495669: 1,
    554353: 1,
    645645: 1,
    723232: 1,
    854545: 1,
    934534: 1,
    1000345: 1,
  },
  encoding2_long: {
    0: 1,
    1: 0,
    1993: 2,
    25460: 1,
    159495: 3,
    495669: 1,
    554353: 1,
    645645: 2,
    723232: 1,
    854545: 1,
    934534: 2,
    1000345: 3,
  },
  encoding4: {
    0: 1,
    1: 0,
    1993: 2,
    35460: 3,
    459495: 4,
    595669: 5,
    754353: 6,
    845645: 7,
    923232: 8,
    924445: 9,
    934534: 10,
    1000345: 12,
    1004534: 11,
    1030203: 13,
    1030204: 14,
    1030205: 15,
  },
  encoding8: {
    0: 0,
    1199: 121,
    4520: 213,
    6805: 112,
    13628: 20,
    15080: 156,
    19535: 255,
    52451: 1,
    62489: 10,
  },
}

const tokenLists = (): Vector[] =>
  Object.entries(published).map(([name, values]) => {
    const text = vectorText(`token-status-list/status_list_${name}_json.md`)
    return {
      one: {
        kind: 'entries',
        bits: Number(/"bits": (\d)/.exec(text)![1]),
        lst: /"lst": "([^"]*)"/.exec(text)![1]!.replaceAll(/\s/g, ''),
        at: Object.keys(values).map(Number),
      },
      expected: JSON.stringify(Object.values(values)),
    }
  })

if (!haveVectors) process.exit(1)

const sets: Readonly<Record<string, readonly Vector[]>> = {
  'Wycheproof Ed25519': wycheproofEd25519(),
  'Wycheproof P-256, IEEE P1363': wycheproofP256(),
  'ed25519-speccheck': speccheck(),
  'RFC 8785 JCS': jcs(),
  'vc-di-eddsa: eddsa-jcs-2022': proofs('eddsa-jcs-2022/signedJCS.json'),
  'vc-di-eddsa: eddsa-rdfc-2022': proofs('eddsa-rdfc-2022/signedDataInt.json'),
  'vc-di-eddsa: eddsa-rdfc-2022, context not bundled': [
    {
      ...proofs('eddsa-rdfc-2022/employ/signedDataInt.json')[0]!,
      // It names a context that is not among those bundled, and none is fetched.
      expected: 'data_loss',
    },
  ],
  'vc-di-eddsa: Ed25519Signature2020': proofs('Ed25519Signature2020/signedEdSig.json'),
  'vc-di-eddsa: proof sets and chains': proofs(
    'proof-set-chain/signedProofSet1.json',
    'proof-set-chain/signedProofSet2.json',
    'proof-set-chain/signedProofChain1.json',
    'proof-set-chain/signedProofChain2.json',
  ),
  'Token Status List': tokenLists(),
}

const workerd = await startWorkerd('test/edge/verdicts.wrangler.toml', {})
const onNode = makeJudge(nodeCrypto, nodeCompression, 'did:none:none')
const runtimes = {
  node: (cases: readonly Case[]) => Promise.all(cases.map(onNode)),
  workerd: async (cases: readonly Case[]) => {
    const body = JSON.stringify({ issuer: 'did:none:none', cases })
    const response = await fetch(workerd.url, { method: 'POST', body })
    return (await response.json()) as readonly string[]
  },
} as const

const rows: object[] = []
let failures = 0
for (const [set, vectors] of Object.entries(sets))
  for (const [runtime, judge] of Object.entries(runtimes)) {
    const verdicts = await judge(vectors.map(({ one }) => one))
    const failed = vectors.filter(({ one, expected }, i) => {
      const verdict = one.kind === 'signature' ? isGood(verdicts[i]!) : verdicts[i]
      return verdict !== expected
    }).length
    failures += failed
    rows.push({ set, runtime, passed: vectors.length - failed, failed, total: vectors.length })
  }
await workerd.stop()

if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
else {
  console.log(`${'set'.padEnd(52)}${'runtime'.padEnd(9)}passed  failed  total`)
  for (const { set, runtime, passed, failed, total } of rows as any[])
    console.log(
      `${set.padEnd(52)}${runtime.padEnd(9)}${String(passed).padStart(6)}${String(failed).padStart(8)}${String(total).padStart(7)}`,
    )
}
process.exit(failures === 0 ? 0 : 1)
