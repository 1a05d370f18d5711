import type { Did } from '../../did/syntax.ts'
import { isRefusal, type Refusal } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { Decision, TraceLine } from '../../permission/decide.ts'
import type { Invocation } from '../../permission/invocation.ts'
import type { PolicyRequest } from '../../permission/policy.ts'
import { remedyFor } from '../../permission/remedy.ts'
import type { Challenge } from '../../presentation/challenge.ts'
import type { Presentation } from '../../presentation/presentation.ts'
import type { Check } from '../verifying/examine-presentation.ts'

/** What the stages of a decision have found so far. Each stage takes one and returns the next. */
export interface Assessment<T> {
  /** What the last stage found; a refusal passes through all later stages unchanged. */
  readonly outcome: T | Refusal
  /** Every check, in the order made. */
  readonly trace: readonly TraceLine[]
  readonly presentation?: Presentation
  readonly audience?: Did
  /** Present once the holder's signature over it was good: it is spent, even by a denial. */
  readonly challenge?: Challenge
  readonly statusAge?: Seconds
  /** What local policy was asked, if a grant covers the request. */
  readonly asked?: PolicyRequest
  /** Versions of the policies in force. */
  readonly policies?: string | undefined
}

/** The checks that one stage makes. */
export interface Trace {
  readonly lines: TraceLine[]
  readonly check: Check
}

export function newTrace(before: readonly TraceLine[] = []): Trace {
  const lines = [...before]
  const check: Check = (name, result) => {
    lines.push(
      isRefusal(result)
        ? { check: name, outcome: result.refused, detail: result.detail }
        : { check: name, outcome: 'passed' },
    )
    return result
  }
  return { lines, check }
}

/** The same assessment, denied by a further check. */
export function deny<T>(
  assessment: Assessment<unknown>,
  name: string,
  because: Refusal,
): Assessment<T> {
  const { lines, check } = newTrace(assessment.trace)
  return { ...assessment, outcome: check(name, because), trace: lines }
}

/** The part of the grounds that the answer shows. */
export interface Answered {
  readonly chain: { readonly credential: string }
  readonly grant: { readonly id: string }
  readonly statusAge: Seconds
}

/** @param publicUrl of the service whose issuer can be asked for more; empty if there is none. */
export function decisionOf(
  { outcome, statusAge, trace, audience }: Assessment<Answered>,
  invocation: Invocation,
  publicUrl: string,
): Decision {
  if (!isRefusal(outcome)) {
    const { chain, grant, statusAge } = outcome
    return { decision: 'allow', credential: chain.credential, grant: grant.id, statusAge, trace }
  }
  const remedy = remedyFor(outcome.refused, invocation, audience, publicUrl)
  return {
    decision: 'deny',
    reason: outcome.refused,
    detail: outcome.detail,
    statusAge: statusAge ?? null,
    ...(remedy ? { remedy } : {}),
    trace,
  }
}
