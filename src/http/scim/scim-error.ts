import type { Context } from 'hono'
import { ServiceError } from '../../foundation/errors.ts'
import { answerProblem } from '../answer-problem.ts'
import type { HttpEnv } from '../context.ts'
import type { Log } from '../log.ts'
import { problems } from '../problem.ts'

export const scimMediaType = 'application/scim+json'
const errorSchema = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** SCIM error types (RFC 7644, 3.12), by our codes. */
const scimTypes: Readonly<Record<string, string>> = {
  request_malformed: 'invalidValue',
  request_unprocessable: 'invalidValue',
  already_exists: 'uniqueness',
  person_left: 'mutability',
  last_administrator: 'mutability',
  agent_state_conflict: 'mutability',
}

/** An unsupported filter or path. */
export class ScimSyntaxError extends Error {
  override readonly name = 'ScimSyntaxError'
  readonly scimType: 'invalidFilter' | 'invalidPath' | 'invalidSyntax' | 'invalidValue'
  constructor(scimType: ScimSyntaxError['scimType'], detail: string) {
    super(detail)
    this.scimType = scimType
  }
}

/**
 * Answers every failure as a SCIM client expects it. @see
 * https://www.rfc-editor.org/rfc/rfc7644#section-3.12
 */
export function answerScimError(c: Context<HttpEnv>, error: Error, log: Log): Response {
  const answer = (status: number, detail: string, scimType?: string) =>
    c.body(
      JSON.stringify({
        schemas: [errorSchema],
        status: String(status),
        ...(scimType ? { scimType } : {}),
        detail,
      }),
      status as 400,
      { 'content-type': scimMediaType },
    )
  if (error instanceof ScimSyntaxError) return answer(400, error.message, error.scimType)
  if (!(error instanceof ServiceError)) return answerProblem(c, error, log)
  const [status] = problems[error.code]
  if (status >= 500) return answerProblem(c, error, log)
  if (status === 401) c.header('www-authenticate', 'Bearer realm="procura"')
  // SCIM has no status 422.
  return answer(status === 422 ? 400 : status, error.detail, scimTypes[error.code])
}
