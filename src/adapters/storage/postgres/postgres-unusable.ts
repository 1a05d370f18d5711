import { ServiceError } from '../../../foundation/errors.ts'

/** Advice by error code of the system, of DNS, or of PostgreSQL. */
const advice: Readonly<Record<string, (of: { user: string; database: string }) => string>> = {
  ECONNREFUSED: () => 'nothing listens there: start it, or correct PROCURA_DATABASE_URL',
  ENOTFOUND: () => 'the host name is unknown: correct PROCURA_DATABASE_URL',
  EAI_AGAIN: () => 'the host name cannot be resolved now: check the network',
  '28P01': ({ user }) => `it rejects ${user}: correct the password in PROCURA_DATABASE_URL`,
  '28000': ({ user }) => `it rejects ${user}: correct the user in PROCURA_DATABASE_URL`,
  '3D000': ({ database }) => `it has no database ${database}: create it first`,
  '42501': ({ user }) => `${user} may not create tables there: grant it CREATE on the schema`,
  '53100': () => 'its disk is full',
  '53300': () => 'it has no free connections: raise max_connections',
}

const sqlState = /^(?=.*[0-9])[0-9A-Z]{5}$/

/**
 * Why PostgreSQL cannot be used at startup, in one sentence for the operator: what, where, and what
 * to do. It does not contain the password.
 */
export function postgresUnusable(url: string, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  const { host, username, pathname } = new URL(url)
  const { code, message } = error as Error & { readonly code?: string }
  const of = {
    user: decodeURIComponent(username) || 'the user',
    database: decodeURIComponent(pathname.slice(1)) || 'of that name',
  }
  // PostgreSQL's message about a statement says more than advice could: a migration is at fault.
  const otherwise = sqlState.test(code ?? '')
    ? message
    : 'make sure that it runs and accepts connections from this service'
  const what = advice[code ?? '']?.(of) ?? otherwise
  return new ServiceError(
    'configuration_invalid',
    `PostgreSQL at ${host} cannot be used (${code ?? message}): ${what}`,
    { cause: error },
  )
}
