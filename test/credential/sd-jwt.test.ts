import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import { digestOf } from '../../src/credential/digest.ts'
import { envelop, parseEnvelope, signToken } from '../../src/credential/jose.ts'
import { makeHiding, openClaims, parseSdJwt } from '../../src/credential/sd-jwt.ts'
import { secureWithSdJwt } from '../../src/credential/sd-jwt-issue.ts'
import { toBase64url, utf8 } from '../../src/foundation/encoding.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { toJwk } from '../../src/keys/public-key.ts'
import { delegatedCredential } from '../../src/permission/delegate.ts'
import { authenticatePresentation } from '../../src/presentation/authenticate-presentation.ts'
import { parsePresentation } from '../../src/presentation/parse-presentation.ts'
import { presentSdJwt } from '../../src/presentation/sd-jwt-presentation.ts'
import { delegate, present, read, signDelegation } from '../../src/sdk/index.ts'
import { makeVerifier } from '../../src/sdk/verifier.ts'
import { badge, needs, now, type Party, party, verdict } from '../parties.ts'
import { ask, readCustomers, world } from '../world.ts'

const [issuer, holder] = [party(), party('P-256')]
const audience = 'did:web:verifier.example'
const seconds = now / 1000

const disclosure = (...parts: readonly JsonValue[]) => toBase64url(utf8(JSON.stringify(parts)))
const claimsOf = (more: JsonObject = {}): JsonObject => ({
  iss: issuer.did,
  sub: holder.did,
  vct: 'https://types.example/badge',
  exp: seconds + 3600,
  cnf: { jwk: { ...toJwk(holder.signer.publicKey) } },
  ...more,
})

/** An SD-JWT VC with any payload and disclosures, in its envelope. */
async function forge(payload: JsonObject, disclosures: readonly string[] = [], by: Party = issuer) {
  const token = await signToken(payload, 'dc+sd-jwt', by.verificationMethod, by.signer)
  return envelop([token, ...disclosures, ''].join('~'), 'dc+sd-jwt')
}

/** All that an SD-JWT VC says, with whatever can be disclosed of it. */
async function claimsIn(credential: JsonObject): Promise<JsonObject> {
  const compact = parseEnvelope(credential, 'dc+sd-jwt')
  const parsed = isRefusal(compact) ? compact : parseSdJwt(compact, 'dc+sd-jwt')
  const claims = isRefusal(parsed) ? parsed : await openClaims(parsed, nodeCrypto)
  if (isRefusal(claims)) throw new Error(claims.detail)
  return claims
}

const digestOfDisclosure = (text: string) => createHash('sha256').update(text).digest('base64url')
const hidden = (...disclosures: readonly string[]) => ({ _sd: disclosures.map(digestOfDisclosure) })

describe('SD-JWT', () => {
  test('disclosed claims are in their place, and others are absent', async () => {
    const [a, b, inner] = [
      disclosure('s', 'a', 1),
      disclosure('s', 'b', 2),
      disclosure('s', 'deep'),
    ]
    const list = { '...': digestOfDisclosure(inner) }
    const nested = disclosure('s', 'nested', { ...hidden(b), list: [list, 'plain'] })
    const payload = claimsOf({ ...hidden(a, nested) })
    const claims = async (...disclosures: readonly string[]) => {
      const compact = parseEnvelope(await forge(payload, disclosures), 'dc+sd-jwt')
      const parsed = isRefusal(compact) ? compact : parseSdJwt(compact, 'dc+sd-jwt')
      const opened = isRefusal(parsed) ? parsed : await openClaims(parsed, nodeCrypto)
      return isRefusal(opened) ? opened.detail : opened
    }

    expect(await claims()).toEqual(claimsOf())
    expect(await claims(a)).toEqual(claimsOf({ a: 1 }))
    expect(await claims(nested, b)).toEqual(claimsOf({ nested: { b: 2, list: ['plain'] } }))
    expect(await claims(inner, nested)).toEqual(claimsOf({ nested: { list: ['deep', 'plain'] } }))
    expect(await claims(b)).toBe('a disclosure is not referenced')
  })

  test('C01 to C09 C20 disclosures that break the rules are refused', async () => {
    const [a, b] = [disclosure('s', 'a', 1), disclosure('s', 'b', 2)]
    const element = disclosure('s', 'x')
    const other = disclosure('s', 'a', 2)
    const cases: readonly (readonly [string, JsonObject, readonly string[]])[] = [
      ['a digest twice in one _sd', { _sd: [digestOfDisclosure(a), digestOfDisclosure(a)] }, [a]],
      ['a digest in two places', { ...hidden(a), more: hidden(a) }, [a]],
      [
        'a digest in _sd and in a list',
        { ...hidden(a), list: [{ '...': digestOfDisclosure(a) }] },
        [a],
      ],
      ['a disclosure that belongs to nothing', {}, [a]],
      ['a disclosure given twice', hidden(a), [a, a]],
      ['the name of a claim that is there', { ...hidden(a), a: 0 }, [a]],
      ['two disclosures of one name', hidden(a, other), [a, other]],
      ['two elements for a member', hidden(element), [element]],
      ['three elements in a list', { list: [{ '...': digestOfDisclosure(a) }] }, [a]],
      ['four elements', hidden(disclosure('s', 'a', 1, 2)), [disclosure('s', 'a', 1, 2)]],
      ['no salt', hidden(disclosure(1, 'a', 1)), [disclosure(1, 'a', 1)]],
      ['a name that is no string', hidden(disclosure('s', 5, 1)), [disclosure('s', 5, 1)]],
      ['the name _sd', hidden(disclosure('s', '_sd', [])), [disclosure('s', '_sd', [])]],
      ['the name ...', hidden(disclosure('s', '...', 'x')), [disclosure('s', '...', 'x')]],
      [
        'the name __proto__',
        hidden(disclosure('s', '__proto__', {})),
        [disclosure('s', '__proto__', {})],
      ],
      ['a disclosure that is no list', hidden(toBase64url(utf8('{}'))), [toBase64url(utf8('{}'))]],
      ['a disclosure that is no base64url', hidden('a b'), ['a b']],
      ['an altered value', hidden(a), [b]],
      ['_sd that is no list', { _sd: 'x' }, []],
      ['a digest that is no string', { _sd: [5] }, []],
      ['a hidden element with other members', { list: [{ '...': 'x', more: 1 }] }, []],
      ['... outside a list', { more: { '...': 'x' } }, []],
      ['_sd_alg further in', { more: { _sd_alg: 'sha-256' } }, []],
      ['another hash', { _sd_alg: 'sha-512' }, []],
      ...(['exp', 'nbf', 'cnf', 'vct', 'status', 'sub'] as const).map((name) => {
        const value = disclosure('s', name, 1)
        const { [name]: _, ...rest } = claimsOf()
        return [
          `hidden ${name}`,
          { ...rest, [name]: undefined, ...hidden(value) },
          [value],
        ] as never
      }),
    ]

    const answers = await Promise.all(
      cases.map(async ([what, more, disclosures]) => {
        const payload = JSON.parse(JSON.stringify({ ...claimsOf(), ...more }))
        return [what, await verdict(await forge(payload, disclosures))]
      }),
    )
    // Each holds the next, within the depth that one alone may have.
    const nest = (depth: number, value: JsonValue): JsonValue =>
      depth === 0 ? value : [nest(depth - 1, value)]
    const chain: string[] = []
    let inner: JsonObject = {}
    for (let i = 0; i < 200; i++) {
      const part = disclosure('s', `n${i}`, nest(40, inner))
      chain.push(part)
      inner = hidden(part)
    }
    const tooDeep = await verdict(await forge(claimsOf(inner), chain))
    const short = Array.from({ length: 257 }, (_, i) => disclosure('s', `n${i}`, i))
    const tooLong = `${(await forge(claimsOf())).id}${'A'.repeat(262_144)}~`
    expect(await verdict(await forge(claimsOf(), short))).toBe('too_large')
    expect(await verdict({ ...(await forge(claimsOf())), id: tooLong })).toBe('too_large')
    expect(await verdict(envelop('a.b.c', 'dc+sd-jwt'))).toBe('malformed')
    const many = Array.from({ length: 10_000 }, (_, i) => disclosure('s', `n${i}`, i))
    const started = performance.now()
    const tooMany = await verdict(await forge(claimsOf(hidden(...many)), many))

    // Without a type it is not an SD-JWT VC, before anything is opened.
    const reasonFor = (what: string) => (what === 'hidden vct' ? 'value_malformed' : 'malformed')
    expect(answers).toEqual(cases.map(([what]) => [what, reasonFor(what)]))
    expect(tooDeep).toBe('malformed')
    expect(tooMany).toBe('too_large')
    // Generous: what is measured is that it is not looked at one by one.
    expect(performance.now() - started).toBeLessThan(2_000)
  })

  test('an SD-JWT VC names its issuer and type, and its claims have the right types', async () => {
    const bad: readonly JsonObject[] = [
      { iss: undefined as never },
      { iss: '' },
      { iss: 5 },
      { vct: undefined as never },
      { vct: 5 },
      { sub: 5 },
      { jti: 5 },
      { exp: 'x' },
      { exp: 1.5 },
      { nbf: -1 },
    ]
    const answers = []
    for (const more of bad) {
      const payload = JSON.parse(JSON.stringify({ ...claimsOf(), ...more })) as JsonObject
      answers.push(await verdict(await forge(payload)))
    }

    // 1.5 is no number that strict JSON has.
    expect(answers).toEqual([...Array(8).fill('value_malformed'), 'malformed', 'value_malformed'])
  })

  test('hiding and then disclosing everything gives the claims back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 8 }).filter((name) => /^[a-z]+$/.test(name)),
          fc.oneof(
            fc.nat(),
            fc.boolean(),
            fc.string({ maxLength: 8 }).filter((text) => text.isWellFormed()),
          ),
          { maxKeys: 6 },
        ),
        async (given) => {
          const hiding = makeHiding(nodeCrypto)
          const payload = claimsOf({
            subject: await hiding.members(given, Object.keys(given)),
            list: [await hiding.element(given)],
          })
          const compact = parseEnvelope(await forge(payload, hiding.disclosures), 'dc+sd-jwt')
          const parsed = isRefusal(compact) ? compact : parseSdJwt(compact, 'dc+sd-jwt')
          expect(isRefusal(parsed) ? parsed : await openClaims(parsed, nodeCrypto)).toEqual(
            claimsOf({ subject: given, list: [given] }),
          )
        },
      ),
      { numRuns: 50 },
    )
  })
})

describe('key binding', () => {
  const options = { challenge: 'n-0S6_WzA2Mj', domain: audience, issuedAt: seconds }
  const a = disclosure('s', 'a', 1)

  /** The reason why a presentation is refused, or nothing. */
  async function judge(
    presentation: JsonObject,
    expected: { challenge?: string; domain?: string } = {},
  ) {
    const parsed = parsePresentation(presentation)
    if (isRefusal(parsed)) return parsed.refused
    const result = await authenticatePresentation(needs, parsed, {
      challenge: options.challenge,
      domain: audience,
      ...expected,
    })
    return isRefusal(result) ? result.refused : 'authentic'
  }

  /** A key binding with anything changed. */
  async function bind(
    credential: JsonObject,
    more: { claims?: JsonObject; by?: Party; type?: 'kb+jwt' | 'vc+jwt'; header?: JsonObject } = {},
  ) {
    const unbound = (credential.id as string).slice('data:application/dc+sd-jwt,'.length)
    const claims = {
      aud: audience,
      iat: seconds,
      nonce: options.challenge,
      sd_hash: digestOfDisclosure(unbound),
      ...more.claims,
    }
    const { signer } = more.by ?? holder
    const header = { alg: 'ES256', typ: more.type ?? 'kb+jwt', ...more.header }
    const input = [header, claims].map((part) => toBase64url(utf8(JSON.stringify(part)))).join('.')
    const token = `${input}.${toBase64url(await signer.sign(utf8(input)))}`
    return envelop(`${unbound}${token}`, 'dc+sd-jwt', 'presentation')
  }

  test('C11 to C17 a key binding is by the bound key only, for this verifier, nonce and disclosures, and now', async () => {
    const credential = await forge(claimsOf(hidden(a)), [a])
    const bare = await forge(claimsOf(hidden(a)))
    const stranger = party('P-256')
    const twoKeys = claimsOf({ cnf: { jwk: { ...toJwk(holder.signer.publicKey) }, kid: 'x' } })
    const good = await presentSdJwt(credential, options, holder.signer, nodeCrypto)
    const swapped = {
      ...good,
      id: (good.id as string).replace(`~${a}~`, '~'),
    }

    expect(await judge(good)).toBe('authentic')
    expect(await judge(good, { challenge: 'other' })).toBe('challenge_mismatch')
    expect(await judge(good, { domain: 'did:web:other.example' })).toBe('domain_mismatch')
    expect(await judge(swapped)).toBe('signature_invalid')
    expect(
      await judge(
        envelop(`${(credential.id as string).split(',')[1]}`, 'dc+sd-jwt', 'presentation'),
      ),
    ).toBe('proof_missing')
    expect(await judge(await bind(credential, { by: stranger }))).toBe('signature_invalid')
    expect(await judge(await bind(await forge(twoKeys)))).toBe('key_invalid')
    expect(await judge(await bind(await forge({ ...claimsOf(), cnf: undefined as never })))).toBe(
      'key_invalid',
    )
    expect(await judge(await bind(bare, { claims: { sd_hash: digestOfDisclosure('x') } }))).toBe(
      'signature_invalid',
    )
    expect(await judge(await bind(bare, { claims: { aud: [audience] } }))).toBe('domain_mismatch')
    expect(await judge(await bind(bare, { claims: { iat: seconds + 61 } }))).toBe('not_yet_valid')
    expect(await judge(await bind(bare, { claims: { iat: seconds - 961 } }))).toBe('expired')
    expect(await judge(await bind(bare, { claims: { iat: undefined as never } }))).toBe(
      'value_malformed',
    )
    expect(await judge(await bind(bare, { type: 'vc+jwt' }))).toBe('proof_purpose')
    expect(await judge(await bind(bare, { header: { alg: 'none' } }))).toBe('proof_unsupported')
    expect(await judge(await bind(bare, { header: { alg: 'HS256' } }))).toBe('proof_unsupported')
    expect(await judge(await bind(bare, { header: { jwk: {} } }))).toBe('proof_unsupported')
    expect(await judge(await bind(bare))).toBe('authentic')
  })

  test('only an SD-JWT VC is presented with a key binding', async () => {
    const token = await signToken(badge(issuer), 'vc+jwt', issuer.verificationMethod, issuer.signer)

    await expect(
      presentSdJwt(envelop(token, 'vc+jwt'), options, holder.signer, nodeCrypto),
    ).rejects.toThrow('the credential is not an SD-JWT VC')
  })

  test('C18 a credential with a key binding is not accepted as a credential', async () => {
    const bound = await presentSdJwt(await forge(claimsOf()), options, holder.signer, nodeCrypto)

    expect(await verdict({ ...bound, type: 'EnvelopedVerifiableCredential' })).toBe('proof_purpose')
  })

  test('SD-JWT VCs work both ways between this project and @sd-jwt/sd-jwt-vc', async () => {
    const by = async (data: string, signer: Party) =>
      toBase64url(await signer.signer.sign(utf8(data)))
    const check = (data: string, signature: string, { signer }: Party) =>
      nodeCrypto.verify(
        signer.publicKey,
        utf8(data),
        Buffer.from(signature, 'base64url'),
      ) as boolean
    const theirs = new SDJwtVcInstance({
      signer: (data: string) => by(data, issuer),
      signAlg: 'EdDSA',
      verifier: (data: string, signature: string) => check(data, signature, issuer),
      kbSigner: (data: string) => by(data, holder),
      kbSignAlg: 'ES256',
      kbVerifier: (data: string, signature: string) => check(data, signature, holder),
      hasher: (data: string | ArrayBuffer) =>
        new Uint8Array(
          createHash('sha256')
            .update(typeof data === 'string' ? data : Buffer.from(data))
            .digest(),
        ),
      hashAlg: 'sha-256',
      saltGenerator: (length: number) =>
        Buffer.from(nodeCrypto.randomBytes(length)).toString('hex'),
    })
    const issued = await theirs.issue(
      { ...claimsOf({ a: 1, b: { c: 2 } }), iat: seconds } as never,
      { _sd: ['a', 'b'] } as never,
      { header: { kid: issuer.verificationMethod, typ: 'dc+sd-jwt' } } as never,
    )
    const presented = await theirs.present(
      issued,
      { a: true } as never,
      {
        kb: { payload: { aud: audience, iat: seconds, nonce: options.challenge } },
      } as never,
    )
    const a = disclosure('2GLC42sKQveCfGfryNRN9w', 'a', 1)
    const ours = await presentSdJwt(
      await forge(claimsOf({ iat: seconds, ...hidden(a) }), [a]),
      options,
      holder.signer,
      nodeCrypto,
    )
    const checked = await theirs.verify(
      (ours.id as string).slice('data:application/dc+sd-jwt,'.length),
      {
        keyBindingNonce: options.challenge,
        currentDate: seconds,
      } as never,
    )

    expect(await verdict(envelop(issued, 'dc+sd-jwt'))).toBe('authentic')
    expect(await judge(envelop(presented, 'dc+sd-jwt', 'presentation'))).toBe('authentic')
    expect((checked.payload as any).a).toBe(1)
  })
})

test('a VCDM document as vc+sd-jwt hides the claims about its subject', async () => {
  const document = badge(issuer, {
    credentialSubject: { id: issuer.did, name: 'Reader', secret: 's' },
  })
  const secured = await secureWithSdJwt(
    document,
    issuer.verificationMethod,
    issuer.signer,
    nodeCrypto,
  )
  const [token, ...disclosures] = (secured.id as string)
    .slice('data:application/vc+sd-jwt,'.length)
    .split('~')
  const less = envelop([token, disclosures[0], ''].join('~'), 'vc+sd-jwt')
  const undefinedMember = envelop(
    `${await signToken({ ...document, unheardOf: 1 }, 'vc+sd-jwt', issuer.verificationMethod, issuer.signer)}~`,
    'vc+sd-jwt',
  )

  expect(JSON.stringify(token)).not.toContain('secret')
  expect(await verdict(secured)).toBe('authentic')
  expect(await verdict(less)).toBe('authentic')
  expect(await verdict(undefinedMember)).toBe('data_loss')
  expect(await verdict(envelop((secured.id as string).split(',')[1]!, 'dc+sd-jwt'))).toBe(
    'proof_purpose',
  )
})

test('a vc+sd-jwt is judged as it was disclosed: terms of use and schemas that were hidden count', async () => {
  const schemas = createServer((_, response) =>
    response.end(
      JSON.stringify({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        type: 'object',
        properties: { credentialSubject: { required: ['name'] } },
      }),
    ),
  )
  schemas.listen(0)
  await once(schemas, 'listening')
  const origin = `http://127.0.0.1:${(schemas.address() as AddressInfo).port}`
  const verifier = makeVerifier({
    audience,
    trustedIssuers: { [issuer.did]: ['VerifiableCredential'] },
    allowedOrigins: [origin],
    clock: () => now,
  })
  const terms = { type: 'https://example.com/terms', id: 'https://example.com/terms/1' }
  const name = disclosure('s', 'name', 'A')
  const judge = async (payload: JsonObject, ...disclosures: readonly string[]) => {
    const { validFrom: _, ...document } = badge(issuer, payload)
    const token = await signToken(document, 'vc+sd-jwt', issuer.verificationMethod, issuer.signer)
    const { decision, reason } = await verifier.verifyCredential(
      envelop([token, ...disclosures, ''].join('~'), 'vc+sd-jwt'),
    )
    return decision === 'allow' ? 'allow' : reason
  }
  const subject = { id: holder.did, role: 'a', ...hidden(name) }
  const schema = { id: `${origin}/schema`, type: 'JsonSchema' }
  const [hiddenTerms, hiddenSchema] = [
    disclosure('s', 'termsOfUse', terms),
    disclosure('s', 'credentialSchema', schema),
  ]
  const [oneOfTerms, oneOfSchemas] = [disclosure('s', terms), disclosure('s', schema)]
  const element = (text: string) => [{ '...': digestOfDisclosure(text) }]

  try {
    expect({
      plain: await judge({ credentialSubject: subject }, name),
      terms: await judge({ credentialSubject: subject, ...hidden(hiddenTerms) }, hiddenTerms),
      oneOfTerms: await judge(
        { credentialSubject: subject, termsOfUse: element(oneOfTerms) },
        oneOfTerms,
      ),
      schema: await judge({ credentialSubject: subject, ...hidden(hiddenSchema) }, hiddenSchema),
      oneOfSchemas: await judge(
        { credentialSubject: subject, credentialSchema: element(oneOfSchemas) },
        oneOfSchemas,
      ),
      met: await judge({ credentialSubject: subject, ...hidden(hiddenSchema) }, hiddenSchema, name),
      notMet: await judge({ credentialSubject: subject, credentialSchema: schema }),
      metByHidden: await judge({ credentialSubject: subject, credentialSchema: schema }, name),
    }).toEqual({
      plain: 'allow',
      terms: 'terms_unsupported',
      oneOfTerms: 'value_malformed',
      schema: 'schema_mismatch',
      oneOfSchemas: 'value_malformed',
      met: 'allow',
      notMet: 'schema_mismatch',
      metByHidden: 'allow',
    })
  } finally {
    schemas.close()
  }
})

test('a vc+sd-jwt that is issued hides nothing but claims about its subject, nor carries digests of a caller', async () => {
  const w = await world()
  await w.raw('POST', '/issuers', { body: { name: 'sd', mechanism: 'vc+sd-jwt' } })
  const hiddenTerms = disclosure('s', 'termsOfUse', { type: 'https://example.com/terms' })
  const issue = (more: JsonObject) =>
    w.raw('POST', '/issuers/sd/credentials/issue', {
      body: {
        credential: {
          '@context': [
            'https://www.w3.org/ns/credentials/v2',
            { '@vocab': 'https://example.com/terms#' },
          ],
          type: ['VerifiableCredential'],
          credentialSubject: { id: holder.did, name: 'A' },
          validUntil: '2030-01-01T00:00:00Z',
          termsOfUse: [{ type: 'https://example.com/terms' }],
          ...more,
        },
      },
    })
  const whole = await issue({ credentialSchema: { id: 'https://a.example', type: 'JsonSchema' } })
  const compact = parseEnvelope(whole.json.verifiableCredential, 'vc+sd-jwt') as string
  const { credentialSubject, ...rest } = (parseSdJwt(compact, 'vc+sd-jwt') as any).token.payload

  expect([Object.keys(rest).sort(), Object.keys(credentialSubject).sort()]).toEqual([
    [
      '@context',
      '_sd_alg',
      'credentialSchema',
      'credentialStatus',
      'id',
      'issuer',
      'termsOfUse',
      'type',
      'validUntil',
    ],
    ['_sd', 'id'],
  ])
  const refused = await Promise.all(
    [
      hidden(hiddenTerms),
      { termsOfUse: [{ '...': digestOfDisclosure(hiddenTerms), type: 'a:b' }] },
      { credentialSubject: { id: holder.did, deep: { _sd: ['x'] } } },
      { _sd_alg: 'sha-256' },
    ].map(async (more) => {
      const { status, json } = await issue(more as JsonObject)
      return [status, json.detail]
    }),
  )
  expect(refused).toEqual(
    refused.map(() => [400, 'an SD-JWT reserves the names _sd, _sd_alg and ...']),
  )
})

describe('a task permission as an SD-JWT VC', () => {
  const grants = [
    ...readCustomers,
    {
      id: 'g2',
      type: 'database',
      locations: ['db://crm/public/payments'],
      actions: ['read', 'delete'],
    },
  ]
  const setting = async () => {
    const w = await world({ PROCURA_ISSUER_MECHANISM: 'dc+sd-jwt' })
    const [x, ledger] = [await w.agent({ keyKind: 'P-256' }), await w.agent()]
    return { ...w, x, ledger, ...(await w.permit(x, ledger, { grants })) }
  }

  test('C10 unused grants stay hidden, the used one decides, and hiding a grant grants nothing', async () => {
    const { x, ledger, credential } = await setting()
    const decide = async (chosen: readonly string[] | undefined, resource: string) => {
      const { challenge, domain } = await read(
        ledger.client.challenges.$post({ json: { audience: ledger.did } }),
      )
      const presentation = await present(x, [credential], {
        challenge,
        domain,
        ...(chosen ? { grants: chosen } : {}),
      })
      const decision: any = await read(
        ledger.client.decisions.$post({
          json: { presentation, action: 'read', resource, purpose: 'monthly-report' } as never,
        }),
      )
      const shown = (presentation.id as string)
        .split('~')
        .some((part) => Buffer.from(part, 'base64url').includes('payments'))
      return [decision.decision, decision.reason ?? decision.grant, shown]
    }

    expect(await decide(['g1'], 'db://crm/public/customers')).toEqual(['allow', 'g1', false])
    expect(await decide(['g1'], 'db://crm/public/payments')).toEqual([
      'deny',
      'resource_not_granted',
      false,
    ])
    expect(await decide(['g2'], 'db://crm/public/payments')).toEqual(['allow', 'g2', true])
    expect(await decide([], 'db://crm/public/customers')).toEqual([
      'deny',
      'permission_malformed',
      false,
    ])
    expect(await decide(undefined, 'db://crm/public/customers')).toEqual(['allow', 'g1', true])
  })

  test('the token form of the same list revokes and suspends it', async () => {
    const w = await setting()
    const { x, ledger, admin, id, credential } = w
    const answers = [await ask(ledger, x, [credential])]
    await read(admin.credentials[':id'].suspend.$post({ param: { id }, json: {} }))
    answers.push(await ask(ledger, x, [credential]))
    await read(admin.credentials[':id'].resume.$post({ param: { id }, json: {} }))
    answers.push(await ask(ledger, x, [credential]))
    await read(admin.credentials[':id'].revoke.$post({ param: { id }, json: {} }))
    answers.push(await ask(ledger, x, [credential]))

    expect(answers).toEqual(['allow', 'deny: suspended', 'allow', 'deny: revoked'])
  })

  test('neither its holder nor the service delegates it', async () => {
    const { x, credential, agent } = await setting()
    const next = await agent()
    const helped = await x.client.delegations.$post({
      json: { chain: [credential], subject: next.did } as never,
    })

    await expect(delegate(x, credential, { subject: next.did })).rejects.toMatchObject({
      refusal: { refused: 'delegation_not_allowed' },
    })
    expect(helped.status).toBe(422)
  })

  test('G05 a chain whose root could hide a grant is refused, however well its links fit', async () => {
    const w = await world({ PROCURA_ISSUER_MECHANISM: 'dc+sd-jwt' })
    const [x, next, ledger] = await Promise.all([w.agent(), w.agent(), w.agent()])
    const { credential } = await w.permit(x, ledger, { delegation: { remainingDepth: 1 } })
    const { jti: id, sub, permission } = await claimsIn(credential)
    const validFrom = Math.ceil(Date.now() / 1000) * 1000
    // What `delegate` refuses to make.
    const child = delegatedCredential(
      { id: id!, credentialSubject: { id: sub!, permission: permission! } },
      { subject: next.did },
      {
        id: 'urn:uuid:6a0c4c6e-0b5e-4a6f-9a0e-0a7d3f6b2c12',
        digest: await digestOf(credential, nodeCrypto),
        validFrom,
        validUntil: validFrom + 600_000,
        status: [],
      },
    )

    expect([
      await ask(ledger, x, [credential]),
      await ask(ledger, next, [credential, await signDelegation(x, child)]),
    ]).toEqual(['allow', 'deny: delegation_not_allowed'])
  })

  test('C24 type metadata is never fetched', async () => {
    const asked: string[] = []
    const server = createServer((request, response) => {
      asked.push(request.url!)
      response.end('{}')
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const vct = `http://127.0.0.1:${(server.address() as AddressInfo).port}/type`
    const more = { vct, 'vct#integrity': 'sha256-x', extends: vct }

    expect(await verdict(await forge(claimsOf(more)))).toBe('authentic')
    expect(asked).toEqual([])
    server.close()
  })

  test('C22 C23 it counts only from an issuer that is trusted for its type', async () => {
    const { ledger, x } = await setting()
    const foreign = await forge({
      ...claimsOf({
        vct: 'https://w3id.org/procura/v1/task-permission',
        jti: 'urn:x',
        nbf: Math.floor(Date.now() / 1000) - 60,
        sub: x.did,
        cnf: { jwk: { ...toJwk(x.signer.publicKey) } },
      }),
      exp: Math.floor(Date.now() / 1000) + 600,
      permission: {},
    })

    expect(await ask(ledger, x, [foreign])).toBe('deny: issuer_untrusted')
  })
})
