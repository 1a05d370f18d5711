import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { secureWithDataIntegrity } from '../../src/credential/data-integrity.ts'
import { envelop, signToken } from '../../src/credential/jose.ts'
import { present, read } from '../../src/sdk/index.ts'
import { party } from '../parties.ts'
import { ask, world } from '../world.ts'

const plain = {
  '@context': ['https://www.w3.org/ns/credentials/v2'],
  type: ['VerifiableCredential'],
  credentialSubject: { id: 'did:example:alice', name: 'Alice' },
}

test('the issuing endpoint adds issuer, id and status, keeps a given id, and secures the whole document', async () => {
  const w = await world()
  const issue = (credential: object) =>
    w.raw('POST', '/issuers/main/credentials/issue', {
      body: { credential, options: { created: 'ignored' } },
    })

  const [bare, named] = [
    await issue(plain),
    await issue({
      ...plain,
      id: 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11',
      validUntil: '2020-01-01T00:00:00Z',
    }),
  ]

  const { verifiableCredential } = bare.json
  expect([bare.status, named.status, named.json.verifiableCredential.id]).toEqual([
    201,
    201,
    'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c11',
  ])
  expect(Array.isArray(verifiableCredential.proof)).toBe(false)
  expect(verifiableCredential.issuer).toMatch(/^did:key:z6Mk/)
  expect(verifiableCredential['@context']).toEqual(plain['@context'])
  expect('issuanceDate' in verifiableCredential).toBe(false)
  for (const entry of verifiableCredential.credentialStatus) {
    expect(typeof entry.statusListIndex).toBe('string')
    expect(entry.id).not.toBe(entry.statusListCredential)
  }
  const verified = await w.raw('POST', '/credentials/verify', {
    body: { verifiableCredential, options: { checks: ['proof'] } },
  })
  expect([verified.status, verified.json.verified, verified.json.decision]).toEqual([
    200,
    true,
    'allow',
  ])
})

test('C25 a credential that breaks the data model is not issued, and nothing is stored', async () => {
  const w = await world()
  const bad = [
    { ...plain, '@context': undefined },
    { ...plain, type: 'Thing' },
    { ...plain, issuer: 'did:web:victim.example.com' },
    { ...plain, issuer: null },
    { ...plain, credentialSubject: {} },
    { ...plain, validFrom: 'soon' },
    { ...plain, proof: {} },
    { ...plain, credentialStatus: { statusListIndex: '1' } },
    { ...plain, name: { '@value': 'x', other: 'y' } },
  ]

  const answers = await Promise.all(
    bad.map((credential) =>
      w.raw('POST', '/issuers/main/credentials/issue', { body: { credential } }),
    ),
  )
  const permission = await w.raw('POST', '/issuers/main/credentials/issue', {
    body: { credential: { ...plain, type: ['VerifiableCredential', 'TaskPermissionCredential'] } },
  })

  expect(answers.map(({ status }) => status)).toEqual(bad.map(() => 400))
  expect(permission.status).toBe(422)
  expect((await w.raw('GET', '/credentials')).json.items).toEqual([])
})

test('B29 B35 numbers that two readers could read differently, and members that change a prototype, are 400', async () => {
  const w = await world()
  const send = (subject: string) =>
    fetch(`${w.url}/issuers/main/credentials/issue`, {
      method: 'POST',
      headers: { authorization: `Bearer ${w.apiKey}`, 'content-type': 'application/json' },
      body: `{"credential":{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"credentialSubject":${subject}}}`,
    }).then(({ status }) => status)
  const bad = [
    '{"id":"did:example:a","name":0.30000000000000004}',
    '{"id":"did:example:a","name":1000000000000000000001}',
    '{"id":"did:example:a","name":1e21}',
    '{"id":"did:example:a","__proto__":{"admin":true}}',
    '{"id":"did:example:a","constructor":{"prototype":{"admin":true}}}',
  ]

  expect(await Promise.all(bad.map(send))).toEqual(bad.map(() => 400))
  expect(({} as { admin?: boolean }).admin).toBeUndefined()
})

test('B13 B14 a credential’s proof must match the challenge and domain that the caller expects, if any', async () => {
  const w = await world()
  const issuer = party()
  const options = {
    verificationMethod: issuer.verificationMethod,
    proofPurpose: 'assertionMethod',
    created: Date.now(),
    challenge: 'c',
    domain: 'd',
  } as const
  const document = { ...plain, issuer: issuer.did }
  const credential = await secureWithDataIntegrity(document, options, issuer.signer, nodeCrypto)
  const verify = async (asked?: object) => {
    const { status, json } = await w.raw('POST', '/credentials/verify', {
      body: { verifiableCredential: credential, ...(asked ? { options: asked } : {}) },
    })
    return [status, json.verified || json.reason]
  }

  expect(await verify()).toEqual([200, true])
  expect(await verify({ challenge: 'c', domain: 'd' })).toEqual([200, true])
  expect(await verify({ challenge: 'other' })).toEqual([400, 'challenge_mismatch'])
  expect(await verify({ domain: 'd/' })).toEqual([400, 'domain_mismatch'])
})

test('A31 a batch gives each item the verdict it gets alone', async () => {
  const w = await world()
  const issue = async () =>
    (await w.raw('POST', '/issuers/main/credentials/issue', { body: { credential: plain } })).json
      .verifiableCredential
  const good = await issue()
  const mixed = [
    good,
    { ...good, name: 'altered' },
    await issue(),
    { ...good, proof: { ...good.proof, proofValue: (await issue()).proof.proofValue } },
    { ...good, proof: null },
  ]
  const verify = async (verifiableCredential: object) =>
    (await w.raw('POST', '/credentials/verify', { body: { verifiableCredential } })).json
  const alone = []
  for (const one of mixed) alone.push(await verify(one))

  const { json } = await w.raw('POST', '/credentials/verify/batch', {
    body: { verifiableCredentials: mixed },
  })

  expect(json.results).toEqual(alone)
  expect(alone.map(({ verified }) => verified)).toEqual([true, false, true, false, false])
})

test('A44 the audience of a vp+jwt is one string, and exactly the expected one', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const domain = 'https://verifier.example'
  const verify = async (aud: unknown) => {
    const claims = {
      '@context': ['https://www.w3.org/ns/credentials/v2'],
      type: ['VerifiablePresentation'],
      holder: x.did,
      verifiableCredential: [credential],
      nonce: 'abc',
      ...(aud === undefined ? {} : { aud }),
    }
    const token = await signToken(claims as never, 'vp+jwt', x.verificationMethod, x.signer)
    const { status, json } = await w.raw('POST', '/presentations/verify', {
      body: {
        verifiablePresentation: envelop(token, 'vp+jwt'),
        options: { challenge: 'abc', domain },
      },
    })
    return [status, json.reason]
  }
  const bad = [
    undefined,
    [domain, 'https://evil.example'],
    [domain],
    `${domain}/`,
    'https://VERIFIER.example',
    '',
  ]

  expect(await verify(domain)).toEqual([200, null])
  expect(await Promise.all(bad.map(verify))).toEqual(bad.map(() => [400, 'domain_mismatch']))
})

test('B45 a revoked or expired credential is verified, and the decision is deny', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id, credential } = await w.permit(x, ledger, { lifetimeSeconds: 60 })
  const verify = async () => {
    const { status, json } = await w.raw('POST', '/credentials/verify', {
      body: { verifiableCredential: credential },
    })
    return [status, json.verified, json.decision, json.reason]
  }
  const answers = [await verify()]
  await read(w.admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))
  answers.push(await verify())
  w.advance(60_000)
  answers.push(await verify())

  expect(answers).toEqual([
    [200, true, 'allow', null],
    [200, true, 'deny', 'revoked'],
    [200, true, 'deny', 'expired'],
  ])
})

test('what cannot be verified answers 400 with problem details', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const bodies = [
    { verifiableCredential: { ...credential, validFrom: '2020-01-01T00:00:00Z' } },
    { verifiableCredential: { ...credential, proof: null } },
    { verifiableCredential: 'eyJ' },
    {},
  ]

  const answers = await Promise.all(
    bodies.map((body) => w.raw('POST', '/credentials/verify', { body })),
  )

  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400])
  expect(
    answers.slice(0, 2).map(({ json }) => [json.verified, json.problemDetails[0].type]),
  ).toEqual([
    [false, 'https://www.w3.org/TR/vc-data-model#CRYPTOGRAPHIC_SECURITY_ERROR'],
    [false, 'https://www.w3.org/TR/vc-data-model#PARSING_ERROR'],
  ])
})

test('B13 B14 B15 a presentation answers the named challenge and domain exactly', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const verifiablePresentation = await present(x, [credential], {
    challenge: 'abc',
    domain: 'https://verifier.example',
  })
  const verify = async (options: object | undefined) => {
    const { status, json } = await w.raw('POST', '/presentations/verify', {
      body: { verifiablePresentation, ...(options ? { options } : {}) },
    })
    return [status, json.reason ?? json.type ?? null]
  }
  const malformed = 'https://w3id.org/procura/problems#request_malformed'

  expect(await verify({ challenge: 'abc', domain: 'https://verifier.example' })).toEqual([
    200,
    null,
  ])
  expect(await verify({ challenge: 'abc', domain: 'https://verifier.example/' })).toEqual([
    400,
    'domain_mismatch',
  ])
  expect(await verify({ challenge: 'abc' })).toEqual([400, 'domain_mismatch'])
  expect(await verify({ challenge: 'ABC', domain: 'https://verifier.example' })).toEqual([
    400,
    'challenge_mismatch',
  ])
  expect(await verify({ challenge: 'ab', domain: 'https://verifier.example' })).toEqual([
    400,
    'challenge_mismatch',
  ])
  for (const options of [
    undefined,
    {},
    { challenge: '' },
    { challenge: 0 },
    { challenge: ['abc'] },
  ])
    expect(await verify(options)).toEqual([400, malformed])
})

test('B14 F08 a presentation for two domains is verified for neither of them', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const [here, elsewhere] = ['https://verifier.example', 'https://other.example']
  const verify = async (domain: readonly string[]) => {
    const verifiablePresentation = await present(x, [credential], {
      challenge: 'abc',
      domain,
    } as never)
    const { status, json } = await w.raw('POST', '/presentations/verify', {
      body: { verifiablePresentation, options: { challenge: 'abc', domain: here } },
    })
    return [status, json.verified, json.reason]
  }

  expect([
    await verify([here]),
    await verify([here, elsewhere]),
    await verify([here, here]),
    await verify([elsewhere, here]),
  ]).toEqual([
    [200, true, null],
    [400, false, 'domain_mismatch'],
    [400, false, 'domain_mismatch'],
    [400, false, 'domain_mismatch'],
  ])
})

test('the W3C endpoint also spends our challenges', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const options = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const verifiablePresentation = await present(x, [credential], options)
  const verify = async () => {
    const answer = await ledger.client.presentations.verify.$post({
      json: { verifiablePresentation, options },
    })
    return [answer.status, ((await answer.json()) as { reason: string }).reason]
  }

  expect([await verify(), await verify()]).toEqual([
    [200, null],
    [400, 'challenge_used'],
  ])
})

test('another organization’s issuer is accepted for the types it is trusted for, until the trust ends', async () => {
  const [w, other] = [await world(), await world()]
  const foreign = (
    await other.raw('POST', '/issuers/main/credentials/issue', {
      body: {
        credential: {
          ...plain,
          '@context': [...plain['@context'], { Badge: 'https://acme.example/Badge' }],
          type: ['VerifiableCredential', 'Badge'],
        },
      },
    })
  ).json.verifiableCredential
  const withoutStatus = { ...foreign }
  const verify = async () =>
    (await w.raw('POST', '/credentials/verify', { body: { verifiableCredential: withoutStatus } }))
      .json.reason
  const reasons = [await verify()]
  const entry = await w.raw('POST', '/trusted-issuers', {
    body: { did: foreign.issuer, credentialType: 'Badge' },
  })
  // Its status list lies on loopback, where this service fetches nothing: that denies as well.
  reasons.push(await verify())
  await w.raw('DELETE', `/trusted-issuers/${entry.json.id}`)
  reasons.push(await verify())

  expect(reasons).toEqual(['issuer_untrusted', 'status_unavailable', 'issuer_untrusted'])
})

test('issuers are created, rotated and retired; the first has a did:web under an https URL', async () => {
  const w = await world({ PROCURA_PUBLIC_URL: 'https://iam.example.com' })
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger)
  const keyOf = (one: any) => one.proof.verificationMethod

  const made = await w.raw('POST', '/issuers', {
    body: { name: 'hr', didMethod: 'web', mechanism: 'vc+jwt', keyKind: 'P-256' },
  })
  const wrong = await w.raw('POST', '/issuers', {
    body: { name: 'bad', mechanism: 'eddsa-jcs-2022', keyKind: 'P-256' },
  })
  const twice = await w.raw('POST', '/issuers', { body: { name: 'hr', didMethod: 'web' } })
  await w.raw('POST', '/issuers/main/rotate', { body: {} })
  const next = await w.permit(x, ledger)
  const outcomes = [await ask(ledger, x, [credential]), await ask(ledger, x, [next.credential])]
  await w.raw('POST', '/issuers/main/rotate', { body: { compromised: true } })
  w.advance(61_000)
  const compromised = await w.raw('POST', '/credentials/verify', {
    body: { verifiableCredential: next.credential },
  })
  const retired = await w.raw('POST', '/issuers/hr/retire', { body: {} })
  const refused = await w.raw('POST', '/issuers/hr/credentials/issue', {
    body: { credential: plain },
  })

  expect(credential.issuer).toBe('did:web:iam.example.com')
  expect([made.status, made.json.did, wrong.status, twice.status]).toEqual([
    201,
    'did:web:iam.example.com:issuers:hr',
    422,
    409,
  ])
  expect(keyOf(next.credential)).not.toBe(keyOf(credential))
  expect([...outcomes, compromised.status, compromised.json.reason]).toEqual([
    'allow',
    'allow',
    400,
    'key_invalid',
  ])
  expect([retired.json.state, refused.status]).toEqual(['retired', 409])
  const document = await w.raw('GET', '/.well-known/did.json', { token: null })
  expect([document.json.id, document.json.verificationMethod.length]).toEqual([
    'did:web:iam.example.com',
    1,
  ])
  expect((await w.raw('GET', '/issuers/nobody/did.json', { token: null })).status).toBe(404)
})
