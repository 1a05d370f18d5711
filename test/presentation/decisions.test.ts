import { expect, test } from 'vitest'
import { nodeCrypto } from '../../src/adapters/crypto/node.ts'
import type { JsonObject } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { checkChallenge, makeChallenge } from '../../src/presentation/challenge.ts'
import { present, read } from '../../src/sdk/index.ts'
import { ask, customers, readCustomers, submit, world } from '../world.ts'

const constrained = (constraint: JsonObject) => [
  { ...readCustomers[0]!, constraints: [constraint] },
]

test('an agent may do what its permission says, and the decision names its grounds', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))

  const decision = await read(
    ledger.client.decisions.$post({
      json: {
        presentation: await present(x, [credential], challenge),
        action: 'read',
        resource: customers,
        purpose: 'monthly-report',
      },
    }),
  )

  expect(decision).toEqual({
    decision: 'allow',
    id: expect.any(String),
    credential: credential.id,
    grant: 'g1',
    statusAge: 0,
    trace: [
      { check: 'presentation is well formed', outcome: 'passed' },
      { check: 'presentation is for the caller', outcome: 'passed' },
      { check: 'challenge is ours and in time', outcome: 'passed' },
      { check: 'holder signed the presentation', outcome: 'passed' },
      { check: 'issuer signed the credential', outcome: 'passed' },
      { check: 'holder is the subject', outcome: 'passed' },
      { check: 'credential is trusted, in time and in good standing', outcome: 'passed' },
      { check: 'a grant covers the request', outcome: 'passed' },
      { check: 'no segment is crossed except through a door', outcome: 'passed' },
      { check: 'every agent of the chain is active', outcome: 'passed' },
      { check: 'no overlay takes it away', outcome: 'passed' },
    ],
  })
})

test('F01 a presentation is accepted once: the same bytes again are a replay', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const presentation = await present(x, [credential], challenge)

  const answers = [await submit(ledger, presentation), await submit(ledger, presentation)]

  expect(answers).toEqual(['allow', 'deny: challenge_used'])
})

test('F02 A26 a vp+jwt re-encoded, or with the twin of its ES256 signature, is a replay as well', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent({ keyKind: 'P-256' }), await agent()]
  const { credential } = await permit(x, ledger)
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const presentation = await present(x, [credential], challenge, 'vp+jwt')
  const [head, body, signature] = (presentation.id as string).split(',')[1]!.split('.') as [
    string,
    string,
    string,
  ]
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const bytes = Buffer.from(signature, 'base64url')
  const s = (order - BigInt(`0x${bytes.toString('hex', 32)}`)).toString(16).padStart(64, '0')
  const twin = Buffer.concat([bytes.subarray(0, 32), Buffer.from(s, 'hex')]).toString('base64url')

  const answers = [
    await submit(ledger, presentation),
    await submit(ledger, {
      ...presentation,
      id: `data:application/vp+jwt,${head}.${body}.${twin}`,
    }),
    await submit(ledger, {
      ...presentation,
      id: `data:application/vp+jwt,${head}.${body}.${signature}=`,
    }),
  ]

  expect(answers).toEqual(['allow', 'deny: challenge_used', 'deny: malformed'])
})

test('F03 of many parallel posts of one presentation exactly one is accepted', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const challenge = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const presentation = await present(x, [credential], challenge)

  const answers = await Promise.all(Array.from({ length: 100 }, () => submit(ledger, presentation)))

  expect(answers.filter((answer) => answer === 'allow')).toHaveLength(1)
  expect(new Set(answers)).toEqual(new Set(['allow', 'deny: challenge_used']))
})

test('F06 F08 F09 a presentation relayed to another verifier, or with its challenge, is refused', async () => {
  const { agent, permit } = await world()
  const [x, ledger, other] = [await agent(), await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const forLedger = await read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const forOther = await read(other.client.challenges.$post({ json: { audience: other.did } }))

  const answers = [
    await submit(other, await present(x, [credential], forLedger)),
    await submit(
      other,
      await present(x, [credential], { challenge: forLedger.challenge, domain: other.did }),
    ),
    await submit(
      ledger,
      await present(x, [credential], { challenge: forOther.challenge, domain: ledger.did }),
    ),
    await submit(
      ledger,
      await present(x, [credential], { challenge: 'made up', domain: ledger.did }),
    ),
  ]

  expect(answers).toEqual([
    'deny: domain_mismatch',
    'deny: challenge_invalid',
    'deny: challenge_invalid',
    'deny: challenge_invalid',
  ])
})

test('F06 a challenge is valid only for the caller it was made for, not for another of the same audience', async () => {
  const { agent, permit, raw, keyFor } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const system = await raw('POST', '/systems', {
    body: { name: 'gateway', audiences: [ledger.did] },
  })
  const gateway = { ...ledger, ...(await keyFor(`system:${system.json.id}`, 'verifier')) }
  const challengeOf = (caller: typeof ledger) =>
    read(caller.client.challenges.$post({ json: { audience: ledger.did } }))
  const [ofLedger, ofGateway] = [await challengeOf(ledger), await challengeOf(gateway)]

  const answers = [
    await submit(gateway, await present(x, [credential], ofLedger)),
    await submit(ledger, await present(x, [credential], ofGateway)),
    await submit(gateway, await present(x, [credential], ofGateway)),
    await submit(ledger, await present(x, [credential], ofLedger)),
  ]

  expect(answers).toEqual(['deny: challenge_invalid', 'deny: challenge_invalid', 'allow', 'allow'])
})

test('F08 a presentation for two audiences is valid for neither, and is refused before its challenge is examined', async () => {
  const { agent, permit } = await world()
  const [x, ledger, other] = [await agent(), await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const decideOn = async (domain: readonly string[]) => {
    const asked = { audience: ledger.did }
    const { challenge } = await read(ledger.client.challenges.$post({ json: asked }))
    const presentation = await present(x, [credential], { challenge, domain } as never)
    return read(
      ledger.client.decisions.$post({
        json: { presentation, action: 'read', resource: customers, purpose: 'monthly-report' },
      }),
    )
  }

  const [one, two, reversed] = [
    await decideOn([ledger.did]),
    await decideOn([ledger.did, other.did]),
    await decideOn([other.did, ledger.did]),
  ]

  expect(one.decision).toBe('allow')
  for (const { decision, trace } of [two, reversed])
    expect([decision, trace.map(({ check, outcome }) => [check, outcome])]).toEqual([
      'deny',
      [
        ['presentation is well formed', 'passed'],
        ['presentation is for the caller', 'domain_mismatch'],
      ],
    ])
})

test('an expired challenge is refused', async () => {
  const { agent, permit, advance } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const challenge = await read(
    ledger.client.challenges.$post({ json: { audience: ledger.did, lifetimeSeconds: 10 } }),
  )
  const presentation = await present(x, [credential], challenge)

  advance(10_000)

  expect(await submit(ledger, presentation)).toBe('deny: challenge_invalid')
})

test('a challenge expires at the very millisecond that it names', async () => {
  const binding = { caller: 'agent:x', audience: 'did:web:a.example' }
  const [key, expiresAt] = [nodeCrypto.randomBytes(32), 1_795_338_000_123]
  const text = await makeChallenge(binding, expiresAt, key, nodeCrypto)
  const at = async (now: number) => {
    const checked = await checkChallenge(text, binding, now, [key], nodeCrypto)
    return isRefusal(checked) ? checked.refused : checked.expiresAt
  }

  expect([await at(expiresAt - 1), await at(expiresAt), await at(expiresAt + 1)]).toEqual([
    expiresAt,
    'challenge_invalid',
    'challenge_invalid',
  ])
})

test('F07 challenges are unguessable: 128 random bits that never repeat', async () => {
  const { agent } = await world()
  const ledger = await agent()

  const made = await Promise.all(
    Array.from({ length: 200 }, () =>
      read(ledger.client.challenges.$post({ json: { audience: ledger.did } })),
    ),
  )

  const nonces = made.map(({ challenge }) =>
    Buffer.from(challenge, 'base64url').subarray(6, 22).toString('hex'),
  )
  expect(new Set(nonces).size).toBe(200)
  const ones = nonces
    .join('')
    .split('')
    .reduce(
      (sum, digit) =>
        sum + [0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4][Number.parseInt(digit, 16)]!,
      0,
    )
  expect(Math.abs(ones / (200 * 128) - 0.5)).toBeLessThan(0.02)
})

test('F10 F14 somebody else’s credential is refused, even beside one of the presenter’s', async () => {
  const { agent, permit } = await world()
  const [x, thief, ledger] = [await agent(), await agent(), await agent()]
  const [stolen, own] = [await permit(x, ledger), await permit(thief, ledger)]

  const answers = [
    await ask(ledger, thief, [stolen.credential]),
    await ask(ledger, thief, [own.credential, stolen.credential]),
  ]

  expect(answers).toEqual(['deny: holder_binding', 'deny: holder_binding'])
})

test('F12 F13 a credential without its presentation, or without a subject, decides nothing', async () => {
  const { agent, permit, raw } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const { json } = await raw('POST', '/issuers/main/credentials/issue', {
    body: {
      credential: {
        '@context': ['https://www.w3.org/ns/credentials/v2'],
        type: ['VerifiableCredential'],
        credentialSubject: { name: 'bearer' },
      },
    },
  })

  const stripped = await ledger.client.decisions.$post({
    json: {
      presentation: credential,
      action: 'read',
      resource: customers,
      purpose: 'monthly-report',
    },
  })
  const bearer = await ask(ledger, x, [json.verifiableCredential])

  expect(((await stripped.json()) as { reason?: string }).reason).toBe('value_malformed')
  expect(bearer).toBe('deny: holder_binding')
})

test('F15 one bad credential among good ones spoils the presentation', async () => {
  const { admin, agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const issued = [await permit(x, ledger), await permit(x, ledger), await permit(x, ledger)]
  await read(admin.credentials[':id'].revoke.$post({ param: { id: issued[1]!.id }, json: {} }))

  expect(
    await ask(
      ledger,
      x,
      issued.map(({ credential }) => credential),
    ),
  ).toBe('deny: revoked')
})

test('F16 no credential, too many, and the same one many times', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const many = Array.from({ length: 257 }, (_, i) => ({ ...credential, id: `urn:uuid:${i}` }))

  const answers = [
    await ask(ledger, x, []),
    await ask(ledger, x, many),
    await ask(
      ledger,
      x,
      Array.from({ length: 100 }, () => credential),
    ),
  ]

  expect(answers).toEqual(['deny: credential_missing', 'deny: too_large', 'allow'])
})

test('F18 anything unsigned beside a signed presentation is refused', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const challenge = () => read(ledger.client.challenges.$post({ json: { audience: ledger.did } }))
  const signed = await present(x, [credential], await challenge())
  const enveloped = await present(x, [credential], await challenge(), 'vp+jwt')

  const answers = [
    await submit(ledger, { ...signed, holder: ledger.did }),
    await submit(ledger, {
      ...signed,
      verifiableCredential: [credential, { ...credential, proof: undefined }] as never,
    }),
    await submit(ledger, { ...enveloped, holder: x.did }),
  ]

  expect(answers).toEqual(['deny: signer_mismatch', 'deny: signature_invalid', 'deny: malformed'])
})

test.each(['data-integrity', 'vp+jwt'] as const)(
  'presentations secured by %s are accepted, from Ed25519 and P-256 agents',
  async (form) => {
    const { agent, permit } = await world()
    const ledger = await agent()
    const answers = []
    for (const keyKind of ['Ed25519', 'P-256'] as const) {
      const x = await agent({ keyKind })
      answers.push(await ask(ledger, x, [(await permit(x, ledger)).credential], {}, form))
    }

    expect(answers).toEqual(['allow', 'allow'])
  },
)

test('H01 H02 H12 action, resource and purpose must be granted exactly', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const grants = [
    {
      id: 'a',
      type: 'http-api',
      locations: ['https://crm.acme.example/v1/customers/'],
      actions: ['read'],
    },
    { id: 'b', type: 'database', locations: ['db://crm/public/'], actions: ['read'] },
  ]
  const { credential } = await permit(x, ledger, { grants })
  const cases: readonly (readonly [object, string])[] = [
    [{ resource: 'https://crm.acme.example/v1/customers/7' }, 'allow'],
    [{ resource: 'HTTPS://CRM.acme.example:443/v1/./customers/%37?full=1' }, 'allow'],
    [
      { resource: 'https://crm.acme.example/v1/customers/../salaries' },
      'deny: resource_not_granted',
    ],
    [
      { resource: 'https://crm.acme.example/v1/customers/%2e%2e/salaries' },
      'deny: resource_not_granted',
    ],
    [
      { resource: 'https://crm.acme.example/v1/customers/..%2fsalaries' },
      'deny: resource_malformed',
    ],
    [
      { resource: 'https://crm.acme.example/v1/customers\\..\\salaries' },
      'deny: resource_malformed',
    ],
    [
      { resource: 'https://crm.acme.example@evil.example/v1/customers/' },
      'deny: resource_malformed',
    ],
    [{ resource: 'https://crm.acme.example/v1/customersX' }, 'deny: resource_not_granted'],
    [{ resource: 'https://crm.acme.example//v1/customers/7' }, 'deny: resource_not_granted'],
    [{ resource: 'db://crm/public/orders' }, 'allow'],
    [{ resource: 'db://crm/private/orders' }, 'deny: resource_not_granted'],
    [{ resource: '**' }, 'deny: resource_malformed'],
    [{ action: '*' }, 'deny: action_not_granted'],
    [{ action: 'update' }, 'deny: action_not_granted'],
    [{ purpose: 'weekly-report' }, 'deny: purpose_mismatch'],
    [{ purpose: '*' }, 'deny: purpose_mismatch'],
  ]

  const answers = []
  for (const [request] of cases)
    answers.push([request, await ask(ledger, x, [credential], request)])

  expect(answers).toEqual(cases)
})

test('every constraint denies what it does not cover, and what was not observed', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const authority = 'https://iam.acme.example/meters'
  const [allDay, never] = [
    { from: '00:00', to: '24:00', tz: 'UTC' },
    { from: '00:00', to: '00:01', tz: 'UTC' },
  ]
  const everyDay = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const cases: readonly (readonly [JsonObject, object, string])[] = [
    [
      { type: 'network', sourceCidr: ['10.20.0.0/16'] },
      { observed: { sourceIp: '10.20.3.4' } },
      'allow',
    ],
    [
      { type: 'network', sourceCidr: ['10.20.0.0/16'] },
      { observed: { sourceIp: '10.21.0.1' } },
      'deny: constraint_network',
    ],
    [
      { type: 'network', sourceCidr: ['10.20.0.0/16'] },
      { observed: { sourceIp: '::ffff:10.20.3.4' } },
      'deny: constraint_network',
    ],
    ...['10.20.772', '10.1311492', '012.024.3.4', '0x0a.20.3.4', '169083652', 'fe80::1%eth0'].map(
      (sourceIp) =>
        [
          { type: 'network', sourceCidr: ['10.20.0.0/16', 'fe80::/10'] },
          { observed: { sourceIp } },
          'deny: constraint_network',
        ] as const,
    ),
    [{ type: 'network', sourceCidr: ['10.20.0.0/16'] }, {}, 'deny: constraint_network'],
    [{ type: 'location', regions: ['DE'] }, { observed: { region: 'DE' } }, 'allow'],
    [
      { type: 'location', regions: ['DE'] },
      { observed: { region: 'FR' } },
      'deny: constraint_location',
    ],
    [{ type: 'location', regions: ['DE'] }, {}, 'deny: constraint_location'],
    [
      { type: 'environment', in: ['production'] },
      { observed: { environment: 'staging' } },
      'deny: constraint_environment',
    ],
    [{ type: 'risk', max: 60 }, { observed: { risk: 60 } }, 'allow'],
    [{ type: 'risk', max: 60 }, { observed: { risk: 61 } }, 'deny: constraint_risk'],
    [{ type: 'risk', max: 60 }, {}, 'deny: constraint_risk'],
    [
      {
        type: 'args',
        where: [
          ['<=', '/amount/cents', 50000],
          ['==', '/currency', 'EUR'],
        ],
      },
      { args: { amount: { cents: 50000 }, currency: 'EUR' } },
      'allow',
    ],
    [
      {
        type: 'args',
        where: [
          ['<=', '/amount/cents', 50000],
          ['==', '/currency', 'EUR'],
        ],
      },
      { args: { amount: { cents: 50001 }, currency: 'EUR' } },
      'deny: constraint_args',
    ],
    [
      {
        type: 'args',
        where: [
          ['<=', '/amount/cents', 50000],
          ['==', '/currency', 'EUR'],
        ],
      },
      { args: { amount: { cents: 50000 }, currency: 'USD' } },
      'deny: constraint_args',
    ],
    [
      { type: 'args', where: [['<=', '/amount/cents', 50000]] },
      { args: {} },
      'deny: constraint_args',
    ],
    [{ type: 'time', days: everyDay, ...allDay }, {}, 'allow'],
    [
      { type: 'time', days: [everyDay[(new Date().getUTCDay() + 2) % 7]!], ...allDay },
      {},
      'deny: constraint_time',
    ],
    [
      { type: 'time', days: [everyDay[(new Date().getUTCDay() + 2) % 7]!], ...never },
      {},
      'deny: constraint_time',
    ],
    [{ type: 'uses', max: 10, authority }, {}, 'deny: meter_unavailable'],
    [{ type: 'volume', maxBytes: 10, authority }, {}, 'deny: meter_unavailable'],
  ]

  const answers = []
  for (const [constraint, request] of cases) {
    const { credential } = await permit(x, ledger, { grants: constrained(constraint) })
    answers.push([constraint, request, await ask(ledger, x, [credential], request)])
  }

  expect(answers).toEqual(cases)
})

test('a grant limited to kinds of data denies other kinds, and requests that name none', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger, {
    grants: [{ ...readCustomers[0]!, datatypes: ['customer.header'] }],
  })

  const answers = [
    await ask(ledger, x, [credential], { datatypes: ['customer.header'] }),
    await ask(ledger, x, [credential], { datatypes: ['customer.header', 'customer.bank'] }),
    await ask(ledger, x, [credential]),
  ]

  expect(answers).toEqual(['allow', 'deny: datatype_not_granted', 'deny: datatype_not_granted'])
})

test('F21 I30 neither the audit log nor the log keeps claims, arguments, tokens or keys', async () => {
  const { admin, agent, permit, log, apiKey } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)

  await ask(ledger, x, [credential], { args: { patient: 'canary-patient-name' } })
  await new Promise((resolve) => setTimeout(resolve, 800))

  const audit = JSON.stringify(await read(admin.audit.$get({ query: { limit: 1000 } })))
  const proofValue = (credential.proof as JsonObject).proofValue as string
  for (const secret of ['canary-patient-name', proofValue, apiKey]) {
    expect(audit).not.toContain(secret)
    expect(log.join('\n')).not.toContain(secret)
  }
  expect(log.length).toBeGreaterThan(0)
})

test('an edited credential is refused, even while the original is cached by its signature', async () => {
  const { agent, permit } = await world()
  const [x, ledger] = [await agent(), await agent()]
  const { credential } = await permit(x, ledger)
  const edited = JSON.parse(
    JSON.stringify(credential).replace('"actions":["read"]', '"actions":["read","update"]'),
  )

  const answers = [
    await ask(ledger, x, [credential]),
    await ask(ledger, x, [edited]),
    await ask(ledger, x, [edited], { action: 'update' }),
    await ask(ledger, x, [credential]),
  ]

  expect(answers).toEqual(['allow', 'deny: signature_invalid', 'deny: signature_invalid', 'allow'])
})

test('a permission for one audience is worth nothing to another, even if it was presented to that one', async () => {
  const { agent, permit } = await world()
  const [x, ledger, other] = [await agent(), await agent(), await agent()]
  const { credential } = await permit(x, ledger)

  expect([await ask(other, x, [credential]), await ask(ledger, x, [credential])]).toEqual([
    'deny: audience_mismatch',
    'allow',
  ])
})
