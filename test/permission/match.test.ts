import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCredential } from '../../src/credential/parse-credential.ts'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { authorityOf } from '../../src/permission/decide.ts'
import { grantTypes } from '../../src/permission/grant-type.ts'
import { normalizeHttpsUrl } from '../../src/permission/location.ts'
import { matchGrant } from '../../src/permission/match.ts'
import { parsePermission } from '../../src/permission/parse-permission.ts'

const permission = (grants: JsonValue): JsonObject => ({
  version: 1,
  principal: { id: 'did:web:acme.example' },
  audience: ['did:web:ledger.acme.example'],
  task: { id: 'urn:t', purpose: 'p' },
  grants,
})

const locations = ['db://a/', 'db://a/s/', 'db://a/s/t', 'db://b/s/t']
const grant = fc.record({
  type: fc.constant('database'),
  locations: fc.subarray(locations, { minLength: 1 }),
  actions: fc.subarray(['read', 'insert', 'delete'], { minLength: 1 }),
  max: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  datatypes: fc.option(fc.subarray(['x', 'y'], { minLength: 1 }), { nil: undefined }),
})
const grantList = fc.array(grant, { minLength: 1, maxLength: 4 }).map((grants) =>
  grants.map(({ max, datatypes, ...rest }, i) => ({
    id: `g${i}`,
    ...rest,
    ...(datatypes ? { datatypes } : {}),
    ...(max === undefined ? {} : { constraints: [{ type: 'risk', max }] }),
  })),
)
const situation = fc.record({
  invocation: fc.record({
    action: fc.constantFrom('read', 'insert', 'delete', '*'),
    resource: fc.constantFrom(
      'db://a/s/t',
      'db://a/s/u',
      'db://a/x/',
      'db://b/s/t',
      'db://b/s/',
      'nothing',
    ),
    purpose: fc.constantFrom('p', 'p', 'p', 'q'),
    datatypes: fc.option(fc.subarray(['x', 'y', 'z']), { nil: undefined }),
  }),
  observed: fc.record({ risk: fc.integer({ min: 0, max: 4 }) }),
  now: fc.constant(0),
})

const decide = (grants: readonly object[], asked: unknown): boolean => {
  const parsed = parsePermission(permission(grants as never))
  if (isRefusal(parsed)) throw new Error(parsed.detail)
  return !isRefusal(matchGrant(parsed, asked as never))
}

test('a request is granted if and only if one grant alone covers every axis of it', () => {
  fc.assert(
    fc.property(grantList, situation, (grants, asked) => {
      const { action, resource, purpose, datatypes } = asked.invocation
      const expected =
        purpose === 'p' &&
        grants.some(
          (one: any) =>
            one.actions.includes(action) &&
            one.locations.some(
              (location: string) =>
                resource === location || (location.endsWith('/') && resource.startsWith(location)),
            ) &&
            (!one.datatypes ||
              (datatypes !== undefined &&
                datatypes.length > 0 &&
                datatypes.every((type) => one.datatypes.includes(type)))) &&
            (!one.constraints || asked.observed.risk <= one.constraints[0].max),
        )
      expect(decide(grants, asked)).toBe(expected)
    }),
    { numRuns: 2000 },
  )
})

test('H21 taking a grant away never allows more', () => {
  fc.assert(
    fc.property(
      grantList.filter((grants) => grants.length > 1),
      situation,
      fc.nat(3),
      (grants, asked, at) => {
        const fewer = grants.filter((_, i) => i !== at % grants.length)
        expect(decide(fewer, asked) && !decide(grants, asked)).toBe(false)
      },
    ),
    { numRuns: 1000 },
  )
})

test('H05 H06 H07 invalid limits, lists and types deny the whole permission', () => {
  const good = { id: 'g', type: 'database', locations: ['db://a/s/t'], actions: ['read'] }
  const authority = 'https://iam.acme.example/meters'
  const bad: readonly JsonValue[] = [
    null,
    [],
    {},
    [null],
    [{ ...good, actions: [] }],
    [{ ...good, actions: null }],
    [{ ...good, locations: [] }],
    [{ ...good, constraints: null }],
    ...[-1, '10', 2 ** 53, null, 1.5].map((max) => [
      { ...good, constraints: [{ type: 'uses', max, authority }] },
    ]),
    [{ ...good, constraints: [{ type: 'uses', max: 1 }] }],
    [{ ...good, constraints: [{ type: 'volume', authority }] }],
    [{ ...good, constraints: [{ type: 'constructor' }] }],
    [{ ...good, constraints: [{ type: 'location', regions: [] }] }],
    [{ ...good, constraints: [{ type: 'risk', max: 1, unit: 'x' }] }],
    [{ ...good, type: 'toString' }],
  ]

  expect(bad.map((grants) => isRefusal(parsePermission(permission(grants))))).toEqual(
    bad.map(() => true),
  )
  const { grants: _, ...without } = permission([good])
  for (const change of [
    { version: 2 },
    { audience: [] },
    { audience: ['acme'] },
    { principal: {} },
    { task: { id: 'urn:t' } },
    { extra: 1 },
    { parent: { id: 'urn:p', digest: 'x' } },
  ])
    expect(isRefusal(parsePermission({ ...permission([good]), ...change }))).toBe(true)
  expect(isRefusal(parsePermission(without))).toBe(true)
  expect(isRefusal(parsePermission(permission([good])))).toBe(false)
})

test('a URL has one spelling, and normalizing it again changes nothing', () => {
  fc.assert(
    fc.property(
      fc.webUrl({ validSchemes: ['https'], withFragments: false, withQueryParameters: true }),
      (url) => {
        const once = normalizeHttpsUrl(url, 'none')
        if (once !== undefined) expect(normalizeHttpsUrl(once, 'none')).toBe(once)
      },
    ),
  )
  expect(
    [
      'http://a.b/',
      'https:///x',
      'https://a.b/%2F',
      'https://a.b/%5c',
      'https://a.b/\u0000',
      'https://a.b/ x',
      'https://u@a.b/',
      'https://a.b/%zz',
      'ftp://a.b',
      'https://a.b/#x',
    ].map((url) => normalizeHttpsUrl(url, 'none')),
  ).toEqual(Array(10).fill(undefined))
  expect(grantTypes['mcp-tool'].normalize('https://tools.acme.example/mcp#search')).toBe(
    'https://tools.acme.example/mcp#search',
  )
  expect(grantTypes['mcp-tool'].normalize('https://tools.acme.example/mcp')).toBeUndefined()
})

test('a credential is a permission only if it has the type, one subject and an end, and can be revoked', () => {
  const subject = {
    id: 'did:web:x.acme.example',
    permission: permission([
      { id: 'g', type: 'database', locations: ['db://a/s/t'], actions: ['read'] },
    ]),
  }
  const document = {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://w3id.org/procura/v1'],
    id: 'urn:uuid:1',
    type: ['VerifiableCredential', 'TaskPermissionCredential'],
    issuer: 'did:web:acme.example',
    validFrom: '2026-01-01T00:00:00Z',
    validUntil: '2026-01-01T01:00:00Z',
    credentialSubject: subject,
  }
  const outcome = (change: object, purposes = ['revocation']) => {
    const credential = parseCredential(JSON.parse(JSON.stringify({ ...document, ...change })))
    const read = isRefusal(credential)
      ? credential
      : authorityOf(
          [{ credential: credential as never, digest: '', issuedName: '', size: 0 }],
          purposes,
        )
    return isRefusal(read) ? read.refused : 'read'
  }

  expect(outcome({})).toBe('read')
  expect(outcome({}, [])).toBe('status_missing')
  expect(outcome({}, ['suspension'])).toBe('status_missing')
  expect(outcome({ type: ['VerifiableCredential'] })).toBe('permission_missing')
  expect(outcome({ validUntil: undefined })).toBe('permission_malformed')
  expect(outcome({ validFrom: undefined })).toBe('permission_malformed')
  expect(outcome({ id: undefined })).toBe('permission_malformed')
  expect(outcome({ credentialSubject: [subject, subject] })).toBe('permission_malformed')
  expect(outcome({ credentialSubject: { ...subject, admin: true } })).toBe('permission_malformed')
  expect(
    outcome({
      credentialSubject: {
        id: subject.id,
        permission: {
          ...subject.permission,
          grants: [{ ...(subject.permission.grants as JsonObject[])[0], from: 'g' }],
          parent: { id: 'urn:p', digest: 'x' },
        },
      },
    }),
  ).toBe('parent_missing')
})
