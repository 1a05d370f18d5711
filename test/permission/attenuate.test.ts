import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonValue } from '../../src/foundation/json.ts'
import { isRefusal } from '../../src/foundation/refusal.ts'
import { attenuate, type Link } from '../../src/permission/attenuate.ts'
import { flawOfRepetition } from '../../src/permission/chain.ts'
import type { Constraint } from '../../src/permission/constraints/constraint.ts'
import { constraintTypes } from '../../src/permission/constraints/table.ts'
import { parsePermission } from '../../src/permission/parse-permission.ts'
import { compare, isAllowed, readChain } from './differential.ts'
import { makeGenerator, makeRandom, type WrittenLink } from './generate.ts'

const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 })

test('H20 G21 the evaluator in use and the obvious one agree on a million requests', {
  timeout: 120_000,
}, () => {
  const { differences, narrowing, allowed } = compare(1_000_000, 20261122)

  expect(differences).toEqual([])
  // The cases are worth something only if many are allowed, and many chains hold.
  expect([narrowing > 3_000, allowed > 30_000]).toEqual([true, true])
})

test('on normal forms, tighter is a partial order for every type of constraint', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { constraint, constraintTypes: types } = makeGenerator(makeRandom(seed))
      for (const type of types) {
        const read = () => constraintTypes[type]!(constraint(type))!
        const [a, b, c] = [read(), read(), read()] as [Constraint, Constraint, Constraint]
        expect(a.isWithin(a)).toBe(true)
        if (a.isWithin(b) && b.isWithin(c)) expect(a.isWithin(c)).toBe(true)
        if (a.isWithin(b) && b.isWithin(a)) expect(plain(a)).toEqual(plain(b))
      }
    }),
    { numRuns: 3_000 },
  )
})

test('whatever a tighter constraint allows, the looser one allows', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { constraint, constraintTypes: types, situation } = makeGenerator(makeRandom(seed))
      for (const type of types) {
        const [a, b] = [constraint(type), constraint(type)].map(
          (json) => constraintTypes[type]!(json)!,
        )
        if (!a!.isWithin(b!)) continue
        for (let i = 0; i < 20; i++) {
          const asked = situation()
          if (a!.test(asked) === undefined) expect(b!.test(asked)).toBeUndefined()
        }
      }
    }),
    { numRuns: 500 },
  )
})

test('G21 whatever a child may do, every ancestor may do, and adding a link never allows more', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { chain, situation } = makeGenerator(makeRandom(seed))
      const written = chain()
      for (let i = 0; i < 20; i++) {
        const asked = situation()
        const allowed = written.map((_, length) => allows(written.slice(0, length + 1), asked))
        expect(allowed).toEqual(allowed.toSorted((a, b) => Number(b) - Number(a)))
      }
    }),
    { numRuns: 1_000 },
  )
})

test('G10 a chain with a link removed allows nothing', () => {
  fc.assert(
    fc.property(seeds, fc.nat(2), (seed, at) => {
      const { chain } = makeGenerator(makeRandom(seed))
      const written = chain()
      fc.pre(written.length > 2)
      const taken = 1 + (at % (written.length - 2))
      const shortened = written.filter((_, i) => i !== taken)
      if (shortened[taken]!.issuer !== shortened[taken - 1]!.subject)
        expect(readChain(shortened)).toBeUndefined()
    }),
    { numRuns: 500 },
  )
})

const allows = (chain: readonly WrittenLink[], asked: Parameters<typeof isAllowed>[1]) => {
  const links = readChain(chain)
  return links !== undefined && isAllowed(links.at(-1)!.permission, asked)
}
const plain = ({ normal }: Constraint) =>
  JSON.parse(JSON.stringify(normal, (name, value) => (name === 'wallClock' ? undefined : value)))

/** A parent and its child, equal but for what a child must differ in. */
function pair(change: (child: any, parent: any) => void) {
  const grant = {
    id: 'g1',
    type: 'http-api',
    locations: ['https://crm.acme.example/v1/'],
    actions: ['read', 'write', 'export'],
    datatypes: ['header'],
    constraints: [
      { type: 'time', days: ['mon', 'tue'], from: '08:00', to: '18:00', tz: 'Europe/Berlin' },
      { type: 'uses', max: 10, authority: 'https://iam.acme.example/meters' },
      { type: 'volume', maxBytes: 10, authority: 'https://iam.acme.example/meters' },
      { type: 'network', sourceCidr: ['10.20.0.0/16'] },
      { type: 'location', regions: ['DE'] },
      { type: 'environment', in: ['production'] },
      { type: 'args', where: [['<=', '/amount', 50]] },
      { type: 'risk', max: 60 },
    ],
  }
  const parent: any = {
    issuer: 'did:web:acme.example',
    subject: 'did:web:a.acme.example',
    validFrom: 100_000,
    validUntil: 200_000,
    permission: {
      version: 1,
      principal: { id: 'did:web:acme.example', owner: 'urn:acme:person:1' },
      audience: ['did:web:crm.acme.example'],
      task: {
        id: 'urn:t',
        purpose: 'report',
        host: 'did:web:crm.acme.example',
        endsOn: ['failed'],
      },
      grants: [grant],
      delegation: {
        remainingDepth: 2,
        allowedSubjects: ['did:web:*.acme.example'],
        nonDelegable: [{ grant: 'g1', actions: ['export'] }],
      },
    },
  }
  const child = structuredClone(parent)
  Object.assign(child, { issuer: parent.subject, subject: 'did:web:b.acme.example' })
  child.permission.parent = { id: 'urn:p', digest: 'sha-256:00' }
  Object.assign(child.permission.grants[0], { from: 'g1', actions: ['read', 'write'] })
  child.permission.delegation.remainingDepth = 1
  change(child, parent)
  const [outer, inner] = [parent, child].map((link) => {
    const permission = parsePermission(link.permission as JsonValue)
    if (isRefusal(permission)) throw new Error(permission.detail)
    return { ...link, permission } as Link
  })
  return attenuate(inner!, outer!)?.refused
}

const grantOf = (link: any) => link.permission.grants[0]
const constraintOf = (link: any, type: string) =>
  grantOf(link).constraints.find((one: any) => one.type === type)

test('G01 G02 G03 G04 G05 G11 H18 each axis refuses what widens it, with its own reason', () => {
  const cases: readonly (readonly [string | undefined, (child: any, parent: any) => void])[] = [
    [undefined, () => undefined],
    ['signer_not_parent_subject', (c) => (c.issuer = 'did:web:acme.example')],
    ['principal_changed', (c) => (c.permission.principal = { id: 'did:web:other.example' })],
    ['principal_changed', (c) => delete c.permission.principal.owner],
    ['task_changed', (c) => (c.permission.task.id = 'urn:other')],
    ['task_changed', (c) => (c.permission.task.purpose = 'payroll')],
    ['task_changed', (c) => delete c.permission.task.host],
    ['task_changed', (c) => delete c.permission.task.endsOn],
    ['task_changed', (c) => c.permission.task.endsOn.push('canceled')],
    ['task_changed', (_, p) => p.permission.task.endsOn.push('canceled')],
    ['audience_widened', (c) => c.permission.audience.push('did:web:mail.acme.example')],
    ['grant_unfounded', (c) => (grantOf(c).from = 'g2')],
    [
      'grant_type_changed',
      (c) =>
        Object.assign(grantOf(c), { type: 'database', locations: ['db://x/'], actions: ['read'] }),
    ],
    ['locations_widened', (c) => (grantOf(c).locations = ['https://crm.acme.example/'])],
    ['locations_widened', (c) => (grantOf(c).locations = ['https://crm.acme.example/v1/../'])],
    ['locations_widened', (c) => (grantOf(c).locations = ['https://crm.acme.example/v1'])],
    ['locations_widened', (c) => (grantOf(c).locations = ['https://crm.acme.example:8443/v1/'])],
    ['actions_widened', (c) => grantOf(c).actions.push('delete')],
    ['datatypes_widened', (c) => (grantOf(c).datatypes = ['header', 'body'])],
    ['datatypes_widened', (c) => delete grantOf(c).datatypes],
    ['constraint_dropped', (c) => grantOf(c).constraints.pop()],
    ['constraint_dropped', (c) => delete grantOf(c).constraints],
    ['constraint_widened', (c) => constraintOf(c, 'time').days.push('sun')],
    ['constraint_widened', (c) => (constraintOf(c, 'time').to = '18:01')],
    ['constraint_widened', (c) => (constraintOf(c, 'time').tz = 'UTC')],
    ['constraint_widened', (c) => (constraintOf(c, 'uses').max = 11)],
    [
      'constraint_widened',
      (c) => (constraintOf(c, 'uses').authority = 'https://b.acme.example/meters'),
    ],
    ['constraint_widened', (c) => (constraintOf(c, 'volume').maxBytes = 11)],
    [
      'constraint_widened',
      (c) => {
        const volume = constraintOf(c, 'volume')
        volume.maxRecords = 1
        delete volume.maxBytes
      },
    ],
    ['constraint_widened', (c) => (constraintOf(c, 'network').sourceCidr = ['10.0.0.0/8'])],
    ['constraint_widened', (c) => constraintOf(c, 'location').regions.push('US')],
    ['constraint_widened', (c) => constraintOf(c, 'environment').in.push('test')],
    ['constraint_widened', (c) => (constraintOf(c, 'args').where = [['<=', '/amount', 51]])],
    ['constraint_widened', (c) => (constraintOf(c, 'args').where = [['<=', '/other', 50]])],
    ['constraint_widened', (c) => (constraintOf(c, 'args').where = [['<', '/amount', 50]])],
    ['constraint_widened', (c) => (constraintOf(c, 'risk').max = 61)],
    ['action_not_delegable', (c) => grantOf(c).actions.push('export')],
    ['time_widened', (c) => (c.validFrom = 99_999)],
    ['time_widened', (c) => (c.validUntil = 200_001)],
    ['delegation_not_allowed', (_, p) => delete p.permission.delegation],
    ['delegation_too_deep', (c) => (c.permission.delegation.remainingDepth = 2)],
    [
      'delegation_too_deep',
      (c, p) => {
        p.permission.delegation.remainingDepth = 0
        delete c.permission.delegation
      },
    ],
    ['subject_not_allowed', (c) => (c.subject = 'did:web:b.other.example')],
    ['subject_not_allowed', (c) => (c.subject = 'did:web:b.c.acme.example')],
    ['subject_not_allowed', (c) => (c.subject = 'did:web:b.acme.example:path')],
    ['subject_not_allowed', (c) => (c.subject = 'did:web:evil.example%3A.acme.example')],
    ['delegation_widened', (c) => delete c.permission.delegation.allowedSubjects],
    ['delegation_widened', (c) => c.permission.delegation.allowedSubjects.push('did:key:zMallory')],
    ['delegation_widened', (c) => delete c.permission.delegation.nonDelegable],
    [undefined, (c) => delete c.permission.delegation],
    [undefined, (c) => (c.permission.delegation.allowedSubjects = ['did:web:c.acme.example'])],
    [undefined, (c) => (grantOf(c).locations = ['https://CRM.acme.example:443/v1/customers/'])],
    [undefined, (c) => (constraintOf(c, 'network').sourceCidr = ['10.20.30.0/24'])],
    [undefined, (c) => constraintOf(c, 'args').where.push(['==', '/currency', 'EUR'])],
    [undefined, (c) => Object.assign(constraintOf(c, 'volume'), { maxRecords: 3 })],
  ]

  expect(cases.map(([, change]) => pair(change))).toEqual(cases.map(([reason]) => reason))
})

test('G16 nobody is in a chain twice, not even in capital letters', () => {
  const names = ['did:web:a.example', 'did:web:b.example', 'did:web:A.example']
  const repeated = (...of: readonly string[]) => flawOfRepetition(of as never)?.refused

  expect([
    repeated('did:web:acme.example', ...names),
    repeated('did:web:x', ...names.slice(0, 2)),
  ]).toEqual(['subject_repeated', undefined])
})

test('G20 invalid limits, empty actions and wildcards are refused when parsed', () => {
  const malformed = [
    (c: any) => (grantOf(c).actions = []),
    (c: any) => (grantOf(c).locations = []),
    (c: any) => (c.permission.audience = []),
    (c: any) => (grantOf(c).actions = ['*']),
    (c: any) => (constraintOf(c, 'uses').max = -1),
    (c: any) => (constraintOf(c, 'uses').max = 1.5),
    (c: any) => (c.permission.delegation.remainingDepth = 9),
    (c: any) => (c.permission.delegation.allowedSubjects = ['*']),
    (c: any) => (c.permission.delegation.allowedSubjects = ['did:web:*']),
    (c: any) => (c.permission.delegation.allowedSubjects = ['did:web:*.*.example']),
    (c: any) => (c.permission.approval = { policy: 'x', digest: 'y' }),
    (c: any) => delete grantOf(c).from,
    (c: any) => delete c.permission.parent,
  ]

  for (const change of malformed) expect(() => pair(change)).toThrow()
})
