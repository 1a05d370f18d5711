import type { Did } from '../did/syntax.ts'
import type { JsonObject } from '../foundation/json.ts'
import type { Reason } from '../foundation/refusal.ts'
import type { Invocation } from './invocation.ts'

/** What to request, and where, so that the same request would not be denied for the same reason. */
export interface Remedy {
  /** Members of a permission that would cover the request: see permission-model.md, 1. */
  readonly permission: JsonObject
  /** Where the agent or its owner requests permissions; absent for a verifier that knows no service. */
  readonly at?: string
}

/**
 * Denials that another permission would cure. All others concern the requester, or cannot be
 * granted.
 */
const curable: ReadonlySet<Reason> = new Set([
  'credential_missing',
  'expired',
  'permission_missing',
  'audience_mismatch',
  'task_ended',
  'purpose_mismatch',
  'resource_not_granted',
  'action_not_granted',
  'datatype_not_granted',
  'limit_reached',
])

export function remedyFor(
  reason: Reason,
  { action, resource, purpose, datatypes }: Invocation,
  audience: Did | undefined,
  publicUrl: string,
): Remedy | undefined {
  if (!curable.has(reason)) return undefined
  return {
    permission: {
      ...(audience === undefined ? {} : { audience: [audience] }),
      task: { purpose },
      grants: [
        {
          locations: [resource],
          actions: [action],
          ...(datatypes === undefined ? {} : { datatypes }),
        },
      ],
    },
    ...(publicUrl === '' ? {} : { at: `${publicUrl}/requests` }),
  }
}
