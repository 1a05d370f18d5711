import { serializeInnerList } from 'structured-headers'
import { expect, test } from 'vitest'
import { signRequest, verifyRequest } from '../../src/did/http-signature.ts'
import { toBase64, utf8 } from '../../src/encoding.ts'
import { isRefusal } from '../../src/refusal.ts'
import { needs, now, party } from '../parties.ts'

const request = {
  method: 'GET',
  targetUri: 'https://iam.acme.example/agents?limit=1',
  body: new Uint8Array(),
}
const holder = party()

type Component = readonly [name: string, parameters?: readonly (readonly [string, boolean])[]]

/** A signature that is good over exactly what it says that it covers, in the words of RFC 9421. */
async function sign(components: readonly Component[], label = 'procura') {
  const parameters = serializeInnerList([
    components.map(([name, own = []]) => [name, new Map(own)]),
    new Map<string, string | number>([
      ['created', now / 1000],
      ['nonce', 'a nonce of 18 bytes.'],
      ['keyid', holder.verificationMethod],
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

test('a signature over method and target URI is accepted; over fewer, others or more, or twice the same, it is not', async () => {
  const judge = async (...components: readonly Component[]) => {
    const signed = await verifyRequest(request, await sign(components), needs)
    return isRefusal(signed) ? signed.refused : signed.did
  }
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

test('a component with a parameter is another component: the signature is refused, however good', async () => {
  const judge = async (parameter: string) => {
    const headers = await sign([['@method', [[parameter, true]]], ['@target-uri']])
    const signed = await verifyRequest(request, headers, needs)
    return isRefusal(signed) ? signed.refused : signed.did
  }

  // Of the request that is answered, of the bytes, of a structured field, of the trailers.
  expect([await judge('req'), await judge('bs'), await judge('sf'), await judge('tr')]).toEqual(
    Array(4).fill('proof_malformed'),
  )
})

test('what signRequest signs, verifyRequest accepts', async () => {
  const body = utf8('{"a":1}')
  const sent = { ...request, method: 'POST', body }
  const headers = await signRequest(sent, holder, needs)

  const signed = await verifyRequest(
    sent,
    {
      signatureInput: headers['signature-input']!,
      signature: headers.signature!,
      contentDigest: headers['content-digest'],
    },
    needs,
  )

  expect(isRefusal(signed) ? signed : [signed.did, signed.nonce.length]).toEqual([holder.did, 24])
})
