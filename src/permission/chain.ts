import type { SecuredCredential } from '../credential/authenticate-credential.ts'
import type { Accepted, Authentic, ParsedCredential } from '../credential/credential.ts'
import { readDidJwk } from '../did/methods/jwk.ts'
import { didKey } from '../did/methods/key.ts'
import type { Did } from '../did/syntax.ts'
import { isRefusal, type Refusal, refuse } from '../foundation/refusal.ts'
import type { Milliseconds } from '../foundation/time.ts'
import { attenuate, type Link } from './attenuate.ts'
import { isMeter, type Metered, type MeterUnit, meterUnits } from './constraints/meters.ts'
import { flawOfDelegated } from './delegated-form.ts'
import type { Grant, Permission } from './permission.ts'
import { isDelegated, permissionIn } from './permission-in.ts'

/** A credential of a presentation with the names that others use for it. */
export interface PresentedLink {
  readonly credential: Authentic<SecuredCredential>
  /**
   * Digest over the secured form, by which a child names its parent. Empty if no credential in the
   * presentation names another.
   */
  readonly digest: string
  /** Issuer and id, under which limits are counted. Empty if no credential has limits. */
  readonly issuedName: string
  /** Length of its JCS form. */
  readonly size: number
}

/** A link that may be relied on now. Only what is accepted gives authority. */
export interface AcceptedLink extends PresentedLink {
  readonly credential: Accepted<SecuredCredential>
}

export const maxLinks = 8
const maxSize = 64_000

/** What a chain of credentials grants its last holder. */
export interface Chain {
  /** DID of the root issuer. */
  readonly root: Did
  /** The current and former holders of this authority: root subject first. */
  readonly subjects: readonly Did[]
  /** The narrowest permission, which is within all others of the chain. */
  readonly permission: Permission
  readonly credential: string
  readonly validUntil: Milliseconds
  /** For each grant id, the limits that a use of the grant counts against. */
  readonly meters: ReadonlyMap<string, readonly MeterLimit[]>
}

/** A limit of one link of the chain: permission-model.md, 2.5. */
export interface MeterLimit {
  readonly authority: string
  /**
   * Identifies the link in every form that it may be presented in, so a holder cannot give it
   * another name.
   */
  readonly link: string
  readonly grant: string
  readonly unit: MeterUnit
  readonly max: number
  /** When its link becomes valid. */
  readonly since: Milliseconds
  /** When its link ends; nothing is counted against it afterwards. */
  readonly expiresAt: Milliseconds
}

/**
 * Arranges presented credentials in chains, root first. A credential named as a parent stands above
 * the one that names it; one that no other names ends a chain.
 */
export function linesOf(
  presented: readonly PresentedLink[],
): readonly (readonly PresentedLink[])[] | Refusal {
  const byDigest = new Map(presented.map((link) => [link.digest, link]))
  const parents = new Set<PresentedLink>()
  const lines: (readonly PresentedLink[])[] = []
  const parentOf = ({ credential }: PresentedLink): PresentedLink | Refusal | undefined => {
    if (!isDelegated(credential)) return undefined
    const permission = permissionIn(credential)
    if (isRefusal(permission)) return permission
    const { id, digest } = permission.parent!
    const parent = byDigest.get(digest)
    return parent?.credential.id === id ? parent : refuse('parent_missing')
  }
  for (const link of presented) {
    const parent = parentOf(link)
    if (isRefusal(parent)) return parent
    if (parent) parents.add(parent)
  }
  for (const leaf of presented) {
    if (parents.has(leaf)) continue
    const line = [leaf]
    // A digest covers the digests above it, so the search cannot loop, and takes at most 8 steps.
    for (let above = parentOf(leaf); above; above = parentOf(above)) {
      if (isRefusal(above)) return above
      line.unshift(above)
      if (line.length > maxLinks) return refuse('chain_too_long')
    }
    if (line.length > 1 && line.reduce((sum, { size }) => sum + size, 0) > maxSize)
      return refuse('chain_too_long')
    lines.push(line)
  }
  return lines
}

const compiled = new WeakMap<
  Authentic<SecuredCredential>,
  { readonly line: readonly PresentedLink[]; readonly chain: Chain | Refusal }
>()

/**
 * Compiled once for as long as its credentials are remembered. Validity and status are checked on
 * every use.
 */
export function chainOf(line: readonly PresentedLink[]): Chain | Refusal {
  const known = compiled.get(line.at(-1)!.credential)
  const isSame = known?.line.every(({ credential }, i) => credential === line[i]?.credential)
  if (known && isSame && known.line.length === line.length) return known.chain
  const chain = compile(line)
  compiled.set(line.at(-1)!.credential, { line, chain })
  return chain
}

function compile(line: readonly PresentedLink[]): Chain | Refusal {
  // A holder who could hide a grant could hide it from those who verify a delegation of it.
  if (line.length > 1 && line.some(({ credential }) => credential.securing.mechanism === 'sd-jwt'))
    return refuse('delegation_not_allowed', 'a credential in SD-JWT form cannot be delegated')
  const links: Link[] = []
  for (const [i, { credential }] of line.entries()) {
    const link = (i > 0 ? flawOfDelegated(credential) : undefined) ?? linkOf(credential)
    if (isRefusal(link)) return link
    links.push(link)
  }
  const flaw = flawOfLinks(links)
  if (flaw) return flaw
  const [root, leaf] = [links[0]!, links.at(-1)!]
  return {
    root: root.issuer,
    subjects: links.map(({ subject }) => subject),
    permission: leaf.permission,
    credential: line.at(-1)!.credential.id!,
    validUntil: leaf.validUntil,
    meters: metersOf(line, links),
  }
}

/**
 * Whether a credential narrows another one within its terms, regardless of their place in a chain.
 */
export function isGivenOn(
  child: Authentic<SecuredCredential>,
  parent: Authentic<SecuredCredential>,
): boolean {
  const [link, above] = [linkOf(child), linkOf(parent)]
  return (
    !isRefusal(link) &&
    !isRefusal(above) &&
    link.permission.parent?.id === parent.id &&
    !flawOfDelegated(child) &&
    !attenuate(link, above)
  )
}

/** Checks that each link, root first, is within the previous one, and that nobody appears twice. */
export function flawOfLinks(links: readonly Link[]): Refusal | undefined {
  for (let i = 1; i < links.length; i++) {
    const flaw = attenuate(links[i]!, links[i - 1]!)
    if (flaw) return flaw
  }
  return flawOfRepetition([links[0]!.issuer, ...links.map(({ subject }) => subject)])
}

/** Whether the root issuer and the subjects of a chain include a party twice. */
export const flawOfRepetition = (dids: readonly Did[]): Refusal | undefined =>
  new Set(dids.map(nameOf)).size === dids.length ? undefined : refuse('subject_repeated')

/** Hosts compare without case, and keys under any of their names. */
function nameOf(did: Did): string {
  if (did.startsWith('did:web:')) return did.toLowerCase()
  const read = did.startsWith('did:jwk:') ? readDidJwk(did.slice('did:jwk:'.length)) : undefined
  return read ? didKey(read.key) : did
}

/** The permission of a credential with its issuer, subject and validity period. */
export function linkOf(credential: ParsedCredential): Link | Refusal {
  const permission = permissionIn(credential)
  if (isRefusal(permission)) return permission
  const { subjects, issuer, validFrom, validUntil } = credential
  return {
    permission,
    issuer: issuer as Did,
    subject: subjects[0]!.id as Did,
    validFrom: validFrom!,
    validUntil: validUntil!,
  }
}

/** A use counts once at every link, so that siblings together cannot exceed their parent. */
function metersOf(
  line: readonly PresentedLink[],
  links: readonly Link[],
): ReadonlyMap<string, readonly MeterLimit[]> {
  const meters = new Map<string, readonly MeterLimit[]>()
  for (const leafGrant of links.at(-1)!.permission.grants) {
    const limits: MeterLimit[] = []
    let id: string | undefined = leafGrant.id
    for (let i = links.length - 1; i >= 0; i--) {
      const grant: Grant = links[i]!.permission.grants.find((one) => one.id === id)!
      limits.push(...limitsOf(grant, line[i]!.issuedName, links[i]!))
      id = grant.from
    }
    meters.set(leafGrant.id, limits)
  }
  return meters
}

const limitsOf = (
  grant: Grant,
  link: string,
  { validFrom: since, validUntil: expiresAt }: Link,
): readonly MeterLimit[] =>
  grant.constraints
    .filter(({ type }) => isMeter(type))
    .flatMap(({ normal }) => {
      const { authority, limits } = normal as Metered
      return meterUnits.flatMap((unit) => {
        const max = limits[unit]
        return max === undefined
          ? []
          : [{ authority, link, grant: grant.id, unit, max, since, expiresAt }]
      })
    })
