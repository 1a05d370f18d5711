import { serializeInnerList } from 'structured-headers'
import { expect, test } from 'vitest'
import {
  readSignature,
  type SignatureHeaders,
  type SignedRequest,
  signRequest,
  verifyRequest,
} from '../../src/did/http-signature.ts'
import { toBase64, utf8 } from '../../src/foundation/encoding.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { needs, now, party } from '../parties.ts'

const request = {
  method: 'GET',
  targetUri: 'https://iam.acme.example/agents?limit=1',
  body: new Uint8Array(),
}
const holder = party()

type Component = readonly [name: string, parameters?: readonly (readonly [string, boolean])[]]

/** A signature that is good over exactly what it says that it covers, in the words of RFC 9421. */
async function sign(
  components: readonly Component[],
  more: readonly (readonly [string, number])[] = [],
  label = 'procura',
) {
  const parameters = serializeInnerList([
    components.map(([name, own = []]) => [name, new Map(own)]),
    new Map<string, string | number>([
      ['created', now / 1000],
      ['nonce', 'a nonce of 18 bytes.'],
      ['keyid', holder.verificationMethod],
      ...more,
    ]),
  ])
  const values: Record<string, string> = {
    '@method': request.method,
    '@target-uri': request.targetUri,
    '@path': '/agents',
  }
  // The signature base as one would make it who takes a component's parameters for nothing.
  const lines = components.map(([name]) => `"${name}": ${values[name]}`)
  const base = utf8([...lines, `"@signature-params": ${parameters}`].join('\n'))
  return {
    signatureInput: `${label}=${parameters}`,
    signature: `${label}=:${toBase64(await holder.signer.sign(base))}:`,
    contentDigest: undefined,
  }
}

/** Whose signature it is, or why it is not accepted. */
async function verdictOn(headers: SignatureHeaders, sent: SignedRequest = request) {
  const claimed = readSignature(headers, now)
  const signed = isRefusal(claimed) ? claimed : await verifyRequest(sent, claimed, needs)
  return isRefusal(signed) ? signed.refused : signed.did
}

test('a signature over method and target URI is accepted; one over fewer, more or other components, or a repeated one, is not', async () => {
  const judge = async (...components: readonly Component[]) => verdictOn(await sign(components))
  const malformed = 'proof_malformed'

  expect([
    await judge(['@method'], ['@target-uri']),
    await judge(['@target-uri'], ['@method']),
    await judge(['@method']),
    await judge(['@target-uri'], ['@target-uri']),
    await judge(['@method'], ['@path']),
    await judge(['@method'], ['@target-uri'], ['@path']),
  ]).toEqual([holder.did, holder.did, malformed, malformed, malformed, malformed])
})

test('a component with a parameter is another component, and its signature is refused, however good', async () => {
  const judge = async (parameter: string) =>
    verdictOn(await sign([['@method', [[parameter, true]]], ['@target-uri']]))

  // Of the request that is answered, of the bytes, of a structured field, of the trailers.
  expect([await judge('req'), await judge('bs'), await judge('sf'), await judge('tr')]).toEqual(
    Array(4).fill('proof_malformed'),
  )
})

test('a signature ends at the second named in expires, and a minute after it was created', async () => {
  const whole: readonly Component[] = [['@method'], ['@target-uri']]
  const expiring = async (offset: number) =>
    verdictOn(await sign(whole, [['expires', now / 1000 + offset]]))
  const created = async (offset: number) =>
    verdictOn(await sign(whole, [['created', now / 1000 + offset]]))

  expect([await expiring(1), await expiring(0), await expiring(-1)]).toEqual([
    holder.did,
    'proof_expired',
    'proof_expired',
  ])
  expect([await created(60), await created(61), await created(-60), await created(-61)]).toEqual([
    holder.did,
    'proof_expired',
    holder.did,
    'proof_expired',
  ])
})

test('verifyRequest accepts what signRequest signs, but not with another body or none', async () => {
  const body = utf8('{"a":1}')
  const sent = { ...request, method: 'POST', body }
  const signed = await signRequest(sent, holder, needs)
  const headers = {
    signatureInput: signed['signature-input']!,
    signature: signed.signature!,
    contentDigest: signed['content-digest'],
  }

  expect([
    await verdictOn(headers, sent),
    await verdictOn(headers, { ...sent, body: utf8('{"a":2}') }),
    await verdictOn(headers, { ...sent, body: new Uint8Array() }),
    await verdictOn(await sign([['@method'], ['@target-uri']]), { ...request, body }),
  ]).toEqual([holder.did, 'signature_invalid', 'proof_malformed', 'proof_malformed'])
})
