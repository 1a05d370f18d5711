import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import type { Situation } from '../../src/permission/invocation.ts'

/** A link as it is written down, before anybody has read it. */
export interface WrittenLink {
  readonly issuer: string
  readonly subject: string
  readonly validFrom: number
  readonly validUntil: number
  readonly permission: JsonObject
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function makeRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

/** Random permissions, chains and requests over a small world, in which things often meet. */
export function makeGenerator(random: () => number) {
  const chance = (probability: number) => random() < probability
  const int = (max: number) => Math.floor(random() * (max + 1))
  const one = <T>(items: readonly T[]): T => items[int(items.length - 1)]!
  const some = <T>(items: readonly T[]): T[] => {
    const chosen = items.filter(() => chance(0.5))
    return chosen.length > 0 ? chosen : [one(items)]
  }

  const agents = ['a', 'b', 'c', 'd', 'e'].map((name) => `did:web:${name}.acme.example`)
  const audiences = ['did:web:crm', 'did:web:ledger', 'did:web:mail']
  const locations = ['db://x/', 'db://x/s/', 'db://x/s/t', 'db://x/s/u', 'db://y/s/t']
  const actions = ['read', 'insert', 'update', 'delete']
  const datatypes = ['header', 'body']
  const authority = 'https://iam.acme.example/meters'
  const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
  const hours = ['00:00', '08:00', '12:00', '18:00', '24:00']
  const blocks = ['10.0.0.0/8', '10.20.0.0/16', '10.20.30.0/24', '192.168.0.0/16', 'fd00::/8']
  const patterns = [...agents, 'did:web:*.acme.example', 'did:web:*.other.example']

  const condition = (): JsonValue =>
    one<() => JsonValue>([
      () => ['<=', '/amount', int(3)],
      () => ['>', '/amount', int(3)],
      () => ['==', '/currency', one(['EUR', 'USD'])],
      () => ['in', '/currency', some(['EUR', 'USD', null, 1])],
      () => ['startsWith', '/path', one(['a', 'ab', 'abc', 'b'])],
    ])()
  const constraintMakers: Readonly<Record<string, () => JsonObject>> = {
    time: () => {
      const from = int(3)
      return {
        days: some(days),
        from: hours[from]!,
        to: hours[from + 1 + int(3 - from)]!,
        tz: one(['UTC', 'Europe/Berlin']),
      }
    },
    uses: () => ({ max: int(3), authority }),
    volume: () => ({
      ...(chance(0.7) ? { maxBytes: int(3) } : { maxRecords: 1 }),
      ...(chance(0.5) ? { maxRecords: int(3) } : {}),
      authority: one([authority, `${authority}/other`]),
    }),
    network: () => ({ sourceCidr: some(blocks) }),
    location: () => ({ regions: some(['DE', 'FR', 'US']) }),
    environment: () => ({ in: some(['production', 'test']) }),
    args: () => ({ where: Array.from({ length: 1 + int(2) }, condition) }),
    risk: () => ({ max: int(4) * 25 }),
  }
  const constraint = (type: string): JsonObject => ({ type, ...constraintMakers[type]!() })

  const grant = (id: string): JsonObject => ({
    id,
    type: 'database',
    locations: some(locations),
    actions: some(actions),
    ...(chance(0.3) ? { datatypes: some(datatypes) } : {}),
    ...(chance(0.6)
      ? {
          constraints: Object.keys(constraintMakers)
            .filter(() => chance(0.2))
            .map(constraint),
        }
      : {}),
  })
  const terms = (depth: number, grants: readonly string[]): JsonObject => ({
    remainingDepth: depth,
    ...(chance(0.3) ? { allowedSubjects: some(patterns) } : {}),
    ...(chance(0.2) ? { nonDelegable: [{ grant: one(grants), actions: some(actions) }] } : {}),
  })
  const root = (): WrittenLink => {
    const ids = ['g1', 'g2'].slice(0, 1 + int(1))
    return {
      issuer: 'did:web:acme.example',
      subject: agents[0]!,
      validFrom: 0,
      validUntil: 1000,
      permission: {
        version: 1,
        principal: { id: 'did:web:acme.example' },
        audience: some(audiences),
        task: { id: 'urn:t', purpose: 'p' },
        grants: ids.map(grant),
        ...(chance(0.95) ? { delegation: terms(1 + int(3), ids) } : {}),
      },
    }
  }

  /** Mostly a copy that narrows here and there; sometimes anything at all. */
  const child = (parent: WrittenLink, depth: number): WrittenLink => {
    const outer = parent.permission as any
    const left = outer.delegation?.remainingDepth ?? 0
    const narrowed = <T>(items: readonly T[], all: readonly T[]) =>
      chance(0.03) ? some(all) : chance(0.4) ? some(items) : [...items]
    const narrow = (bound: any): JsonObject =>
      chance(0.12) ? constraint(bound.type) : tighten(bound, chance)
    const grants = (outer.grants as any[])
      .filter((_, i) => i === 0 || chance(0.7))
      .map((from, i) => ({
        id: `c${i}`,
        type: 'database',
        from: chance(0.02) ? 'g9' : from.id,
        locations: narrowed(from.locations, locations),
        actions: narrowed(from.actions, actions),
        ...(from.datatypes && chance(0.95)
          ? { datatypes: narrowed(from.datatypes, datatypes) }
          : chance(0.1)
            ? { datatypes: some(datatypes) }
            : {}),
        constraints: [
          ...(from.constraints ?? []).filter(() => chance(0.98)).map(narrow),
          ...Object.keys(constraintMakers)
            .filter((type) => !(from.constraints ?? []).some((one: any) => one.type === type))
            .filter(() => chance(0.05))
            .map(constraint),
        ],
      }))
    return {
      issuer: chance(0.99) ? parent.subject : one(agents),
      subject: chance(0.98) ? agents[depth]! : one(agents),
      validFrom: chance(0.98) ? parent.validFrom + int(2) : -1,
      validUntil: chance(0.98) ? parent.validUntil - int(2) : 2000,
      permission: {
        ...outer,
        parent: { id: 'urn:p', digest: 'sha-256:00' },
        ...(chance(0.01) ? { task: { id: 'urn:other', purpose: 'p' } } : {}),
        audience: narrowed(outer.audience, audiences),
        grants,
        delegation: {
          remainingDepth: chance(0.95) ? Math.max(0, left - 1 - int(1)) : int(4),
          ...(outer.delegation?.allowedSubjects && chance(0.97)
            ? { allowedSubjects: narrowed(outer.delegation.allowedSubjects, patterns) }
            : {}),
          nonDelegable: (outer.delegation?.nonDelegable ?? [])
            .filter(() => chance(0.95))
            .flatMap((kept: any) =>
              grants
                .filter(({ from }) => from === kept.grant)
                .map(({ id }) => ({ grant: id, actions: kept.actions })),
            ),
        },
      },
    }
  }
  const chain = (): WrittenLink[] => {
    const links = [root()]
    for (let depth = 1; depth <= 3 && chance(0.65); depth++) links.push(child(links.at(-1)!, depth))
    return links
  }

  const monday = Date.UTC(2026, 10, 23)
  const situation = (): Situation & { readonly audience: string } => ({
    audience: one(audiences),
    now: monday + int(7 * 24) * 3_600_000,
    invocation: {
      action: one([...actions, '*']),
      resource: one([...locations.map(tableBelow), 'nothing']),
      purpose: chance(0.97) ? 'p' : 'q',
      ...(chance(0.6) ? { datatypes: some(datatypes) } : {}),
      ...(chance(0.7)
        ? {
            args: {
              ...(chance(0.9) ? { amount: int(4) } : {}),
              currency: one<JsonValue>(['EUR', 'USD', null, 1]),
              path: one(['a', 'abc', 'b']),
            },
          }
        : {}),
    },
    observed: {
      ...(chance(0.8)
        ? { sourceIp: one(['10.1.1.1', '10.20.30.40', '192.168.1.1', 'fd00::1']) }
        : {}),
      ...(chance(0.8) ? { region: one(['DE', 'FR', 'US']) } : {}),
      ...(chance(0.8) ? { environment: one(['production', 'test']) } : {}),
      ...(chance(0.8) ? { risk: int(100) } : {}),
    },
  })
  return { chain, child, situation, constraint, constraintTypes: Object.keys(constraintMakers) }
}

function tighten(bound: any, chance: (probability: number) => boolean): JsonObject {
  if (chance(0.6)) return bound
  if (bound.max > 0) return { ...bound, max: bound.max - 1 }
  if (bound.days?.length > 1) return { ...bound, days: bound.days.slice(1) }
  if (bound.where) return { ...bound, where: [...bound.where, ['<=', '/amount', 1]] }
  if (bound.sourceCidr) return { ...bound, sourceCidr: bound.sourceCidr.slice(0, 1) }
  return bound
}

/** A table in what a location covers. */
const tableBelow = (location: string): string =>
  location.replace(/^(db:\/\/\w+)\/$/, '$1/z/t').replace(/\/$/, '/z')
