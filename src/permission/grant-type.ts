import { type ProcessCacheName, processCache } from '../foundation/memory.ts'
import { type NormalLocation, normalizeDatabaseLocation, normalizeHttpsUrl } from './location.ts'

/** A type of resource: the form of its locations, and its actions. */
export interface GrantType {
  /** Undefined if malformed, or longer than 2,048 characters. */
  readonly normalize: (location: string) => NormalLocation | undefined
  /**
   * The same for the resource that a known caller asks for, and cached. A permission may come from
   * a stranger, so its locations are not cached.
   */
  readonly normalizeAsked: (location: string) => NormalLocation | undefined
  readonly isAction: (action: string) => boolean
}

const oneOf =
  (...actions: readonly string[]) =>
  (action: string) =>
    actions.includes(action)
const verb = /^[a-z][a-z0-9_.:-]{0,63}$/

/** Maximum length of the resource in a request. */
const maxLocationLength = 2_048

type Normalize = GrantType['normalize']

const bounded =
  (normalize: Normalize): Normalize =>
  (location) =>
    location.length > maxLocationLength ? undefined : normalize(location)

/**
 * Callers ask for the same resources again and again, and every grant compares them: each is
 * normalized once.
 */
function remembering(name: ProcessCacheName, normalize: Normalize): Normalize {
  const known = processCache<NormalLocation>(name, { entries: 1_000, bytes: 1_000_000 })
  return (location) => {
    const remembered = known.get(location)
    if (remembered !== undefined) return remembered
    const normal = normalize(location)
    if (normal !== undefined) known.set(location, normal)
    return normal
  }
}

const httpApi = bounded((location) => normalizeHttpsUrl(location, 'none'))
const named = bounded((location) => normalizeHttpsUrl(location, 'required'))
const database = bounded(normalizeDatabaseLocation)

/** A new type is one row here. @see permission-model.md, 1 */
export const grantTypes = {
  'http-api': {
    normalize: httpApi,
    normalizeAsked: remembering('http_api_locations', httpApi),
    isAction: (action) => verb.test(action),
  },
  database: {
    normalize: database,
    normalizeAsked: database,
    isAction: oneOf('read', 'insert', 'update', 'delete', 'ddl'),
  },
  'mcp-tool': {
    normalize: named,
    normalizeAsked: remembering('mcp_tool_locations', named),
    isAction: oneOf('call'),
  },
  'a2a-skill': {
    normalize: named,
    normalizeAsked: remembering('a2a_skill_locations', named),
    isAction: oneOf('invoke'),
  },
} as const satisfies Record<string, GrantType>

export type GrantTypeName = keyof typeof grantTypes

export const isGrantType = (name: unknown): name is GrantTypeName =>
  typeof name === 'string' && Object.hasOwn(grantTypes, name)
