import { type NormalLocation, normalizeDatabaseLocation, normalizeHttpsUrl } from './location.ts'

/** A kind of resource: how its locations are written, and which actions there are on it. */
export interface GrantType {
  readonly normalize: (location: string) => NormalLocation | undefined
  readonly isAction: (action: string) => boolean
}

const oneOf =
  (...actions: readonly string[]) =>
  (action: string) =>
    actions.includes(action)
const verb = /^[a-z][a-z0-9_.:-]{0,63}$/

const maxRemembered = 1_000

/** The same resources are asked for again and again, and by each grant: each is normalized once. */
function remembering(normalize: GrantType['normalize']): GrantType['normalize'] {
  const known = new Map<string, NormalLocation | undefined>()
  return (location) => {
    if (known.has(location)) return known.get(location)
    const normal = normalize(location)
    if (known.size >= maxRemembered) known.clear()
    known.set(location, normal)
    return normal
  }
}

/** A new type is one row here. @see permission-model.md, 1 */
export const grantTypes = {
  'http-api': {
    normalize: remembering((location) => normalizeHttpsUrl(location, 'none')),
    isAction: (action) => verb.test(action),
  },
  database: {
    normalize: normalizeDatabaseLocation,
    isAction: oneOf('read', 'insert', 'update', 'delete', 'ddl'),
  },
  'mcp-tool': {
    normalize: remembering((location) => normalizeHttpsUrl(location, 'required')),
    isAction: oneOf('call'),
  },
  'a2a-skill': {
    normalize: remembering((location) => normalizeHttpsUrl(location, 'required')),
    isAction: oneOf('invoke'),
  },
} as const satisfies Record<string, GrantType>

export type GrantTypeName = keyof typeof grantTypes

export const isGrantType = (name: unknown): name is GrantTypeName =>
  typeof name === 'string' && Object.hasOwn(grantTypes, name)
