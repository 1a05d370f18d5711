import { z } from 'zod'
import { isArray, isObject } from '../../foundation/json.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { parseDelegation, parseGrants } from '../../permission/parse-permission.ts'

/** Grants as they are written into a permission; the empty list grants nothing. */
export const grants = z
  .custom<readonly unknown[]>(
    (value) => isArray(value) && !isRefusal(parseGrants(value)),
    'must be grants',
  )
  .meta({ type: 'array', items: { $ref: '#/components/schemas/Grant' } })

export const delegationTerms = z
  .custom<object>(
    (value) => isObject(value) && !isRefusal(parseDelegation(value)),
    'must be terms of delegation',
  )
  .meta({ $ref: '#/components/schemas/DelegationTerms' })
