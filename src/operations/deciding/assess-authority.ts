import type { Did } from '../../did/syntax.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { AcceptedLink, Chain } from '../../permission/chain.ts'
import { authorityOf, authorize } from '../../permission/decide.ts'
import type { Situation } from '../../permission/invocation.ts'
import type { Grant } from '../../permission/permission.ts'
import type { Accepted } from '../verifying/accept-presented.ts'
import type { Admitted } from './admit.ts'
import { type Assessment, newTrace } from './assessment.ts'

/** A grant that covers the request, and its chain. */
export interface Authority {
  /** Root first. */
  readonly line: readonly AcceptedLink[]
  readonly chain: Chain
  readonly grant: Grant
  readonly audience: Did
  readonly situation: Situation
  readonly statusAge: Seconds
}

/**
 * Second stage: which grants of the admitted credentials cover the request? One grant of one chain
 * must cover it alone.
 *
 * @see permission-model.md, 4
 */
export function assessAuthority(
  assessment: Assessment<Admitted>,
  situation: Situation,
): Assessment<readonly Authority[]> {
  const { outcome } = assessment
  if (isRefusal(outcome)) return { ...assessment, outcome }
  const { lines: trace, check } = newTrace(assessment.trace)
  const authorities = authoritiesIn(outcome, situation)
  return { ...assessment, trace, outcome: check('a grant covers the request', authorities) }
}

function authoritiesIn(
  { accepted, audience }: Admitted,
  situation: Situation,
): readonly Authority[] | Refusal {
  const authorities: Authority[] = []
  let last: Refusal = refuse('permission_missing')
  for (const presented of accepted) {
    const authority = authorityIn(presented, audience, situation)
    if (isRefusal(authority)) last = authority
    else authorities.push(authority)
  }
  return authorities.length > 0 ? authorities : last
}

function authorityIn(
  { line, links, statusAge }: Accepted,
  audience: Did,
  situation: Situation,
): Authority | Refusal {
  const chain = authorityOf(line, links[0]!.statusPurposes)
  if (isRefusal(chain)) return chain
  const grant = authorize(chain.permission, audience, situation)
  return isRefusal(grant) ? grant : { line, chain, grant, audience, situation, statusAge }
}
