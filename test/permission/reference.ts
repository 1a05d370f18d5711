import ipaddr from 'ipaddr.js'

/**
 * The permission model once more, slow and obvious, over links as they are written down. It shares
 * no code with what it is compared with; what cannot be read is none of its business. See
 * permission-model.md, 2 and 3.
 */
export function permits(chain: readonly any[], asked: any): boolean {
  for (let i = 1; i < chain.length; i++) if (!narrows(chain[i], chain[i - 1])) return false
  const names = [chain[0].issuer, ...chain.map((link) => link.subject)]
  if (names.some((name, i) => names.indexOf(name) !== i)) return false
  return chain.every(({ permission }) => covers(permission, asked))
}

const covers = ({ audience, task, grants }: any, asked: any): boolean =>
  audience.includes(asked.audience) &&
  task.purpose === asked.invocation.purpose &&
  grants.some((grant: any) => grantCovers(grant, asked))

function grantCovers(grant: any, asked: any): boolean {
  const { action, resource, datatypes } = asked.invocation
  const kinds = grant.datatypes
  if (kinds && !(datatypes?.length && all(datatypes, kinds))) return false
  if (!grant.actions.includes(action)) return false
  if (!grant.locations.some((location: string) => under(resource, location))) return false
  return (grant.constraints ?? []).every((constraint: any) => passes(constraint, asked))
}

const all = (items: any[], of: any[]) => items.every((item) => of.includes(item))

const under = (place: string, location: string): boolean =>
  place === location || (location.endsWith('/') && place.startsWith(location))

function passes(c: any, { invocation, observed, now }: any): boolean {
  if (c.type === 'location') return c.regions.includes(observed.region)
  if (c.type === 'environment') return c.in.includes(observed.environment)
  if (c.type === 'risk') return observed.risk !== undefined && observed.risk <= c.max
  if (c.type === 'args') return c.where.every((w: any) => compares(w, invocation.args))
  if (c.type === 'network')
    return !!observed.sourceIp && c.sourceCidr.some((b: string) => inBlock(observed.sourceIp, b))
  // Limits are counted, which is not for a function to do.
  if (c.type !== 'time') return true
  const local = new Date(new Date(now).toLocaleString('en-US', { timeZone: c.tz }))
  const day = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'][local.getDay()]
  const clock = local.toTimeString().slice(0, 5)
  return c.days.includes(day) && c.from <= clock && clock < c.to
}

type Compare = (value: any, bound: any) => boolean
/** Whether a value passes a bound, and whether one bound implies another. */
const operators: Record<string, [Compare, Compare]> = {
  '==': [(found, bound) => found === bound, (c, p) => c === p],
  in: [(found, bound) => bound.includes(found), all],
  '<=': [(found, bound) => Number.isInteger(found) && found <= bound, (c, p) => c <= p],
  '>': [(found, bound) => Number.isInteger(found) && found > bound, (c, p) => c >= p],
  startsWith: [(found, bound) => `${found}`.startsWith(bound), (c, p) => c.startsWith(p)],
}

function compares([operator, pointer, bound]: any, args: any): boolean {
  const found = args?.[pointer.slice(1)]
  return found !== undefined && operators[operator]![0](found, bound)
}

function inBlock(address: string, block: string): boolean {
  const [a, [base, bits]] = [ipaddr.parse(address), ipaddr.parseCIDR(block)]
  return a.kind() === base.kind() && a.match(base as never, bits)
}

/** Section 3, row by row. */
function narrows(child: any, parent: any): boolean {
  const [c, p] = [child.permission, parent.permission]
  const terms = p.delegation
  if (child.issuer !== parent.subject) return false
  if (JSON.stringify([c.principal, c.task]) !== JSON.stringify([p.principal, p.task])) return false
  if (!all(c.audience, p.audience)) return false
  if (child.validFrom < parent.validFrom || child.validUntil > parent.validUntil) return false
  if (!terms || (c.delegation?.remainingDepth ?? 0) >= terms.remainingDepth) return false
  const allowed = terms.allowedSubjects
  if (allowed && !meets(child.subject, allowed)) return false
  if (
    allowed &&
    c.delegation &&
    !c.delegation.allowedSubjects?.every((s: any) => meets(s, allowed))
  )
    return false
  return c.grants.every((own: any) => {
    const outer = p.grants.find((grant: any) => grant.id === own.from)
    return outer && grantNarrows(own, outer) && keeps(own, outer, c.delegation, terms)
  })
}

const meets = (did: string, patterns: string[]): boolean =>
  patterns.some((pattern) => {
    const [head, tail] = pattern.split('*') as [string, string | undefined]
    if (tail === undefined || did.includes('*')) return did === pattern
    const label = did.slice(head.length, -tail.length)
    return did === head + label + tail && /^[a-z0-9-]+$/.test(label)
  })

/** What the parent keeps to its holder is not in the child, and the child keeps it as well. */
function keeps(own: any, outer: any, delegation: any, terms: any): boolean {
  const listed = (of: any, id: string) =>
    (of.nonDelegable ?? []).flatMap((kept: any) => (kept.grant === id ? kept.actions : []))
  const kept = listed(terms, outer.id)
  if (own.actions.some((action: string) => kept.includes(action))) return false
  return !delegation || all(kept, listed(delegation, own.id))
}

function grantNarrows(own: any, outer: any): boolean {
  if (own.type !== outer.type || !all(own.actions, outer.actions)) return false
  if (!own.locations.every((l: string) => outer.locations.some((o: string) => under(l, o))))
    return false
  if (outer.datatypes && !(own.datatypes && all(own.datatypes, outer.datatypes))) return false
  return (outer.constraints ?? []).every((bound: any) =>
    (own.constraints ?? []).some((c: any) => c.type === bound.type && tighter(c, bound)),
  )
}

function tighter(c: any, p: any): boolean {
  if (c.type === 'location') return all(c.regions, p.regions)
  if (c.type === 'environment') return all(c.in, p.in)
  if (c.type === 'risk') return c.max <= p.max
  if (c.type === 'uses') return c.max <= p.max && c.authority === p.authority
  if (c.type === 'time')
    return c.tz === p.tz && all(c.days, p.days) && c.from >= p.from && c.to <= p.to
  if (c.type === 'volume')
    return ['maxBytes', 'maxRecords'].every(
      (m) => c.authority === p.authority && (p[m] === undefined || (c[m] ?? Infinity) <= p[m]),
    )
  if (c.type === 'network')
    return c.sourceCidr.every((block: string) => {
      const [base, bits] = block.split('/') as [string, string]
      return p.sourceCidr.some((o: string) => inBlock(base, o) && +bits >= +o.split('/')[1]!)
    })
  return p.where.every(([operator, pointer, bound]: any) =>
    c.where.some(
      (w: any) => w[0] === operator && w[1] === pointer && operators[operator]![1](w[2], bound),
    ),
  )
}
