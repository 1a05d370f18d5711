import type { Id } from '../foundation/id.ts'

/** Why a credential was issued: an issuer's own word, an access request, or the parent that it narrows. */
export type IssuanceBasis = 'issuer' | `request:${Id}` | `delegation:${string}`

const [request, delegation] = ['request:', 'delegation:'] as const

export const onRequest = (id: Id): IssuanceBasis => `${request}${id}`

/** @param parent the parent credential's own id. */
export const onDelegation = (parent: string): IssuanceBasis => `${delegation}${parent}`

/** The access request that a credential rests on, if any. */
export const requestOf = (basis: IssuanceBasis): Id | undefined =>
  basis.startsWith(request) ? (basis.slice(request.length) as Id) : undefined

export const isDelegation = (basis: IssuanceBasis): boolean => basis.startsWith(delegation)
