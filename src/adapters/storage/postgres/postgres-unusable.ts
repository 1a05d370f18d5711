import { ServiceError } from '../../../foundation/errors.ts'

/** What to do about it, by the code of the system, of DNS or of PostgreSQL. */
const advice: Readonly<Record<string, (of: { user: string; database: string }) => string>> = {
  ECONNREFUSED: () => 'nobody listens there: start it, or correct PROCURA_DATABASE_URL',
  ENOTFOUND: () => 'no such host is known: correct PROCURA_DATABASE_URL',
  EAI_AGAIN: () => 'the name of the host cannot be looked up now: is there a network?',
  '28P01': ({ user }) => `it refuses ${user}: correct the password in PROCURA_DATABASE_URL`,
  '28000': ({ user }) => `it refuses ${user}: correct the user in PROCURA_DATABASE_URL`,
  '3D000': ({ database }) => `it has no database ${database}: create it first`,
  '42501': ({ user }) => `${user} may not create tables there: grant it CREATE on the schema`,
  '53100': () => 'its disk is full',
  '53300': () => 'it has no connection to spare: raise max_connections',
}

const sqlState = /^(?=.*[0-9])[0-9A-Z]{5}$/

/**
 * Why PostgreSQL cannot be used at the start, in one sentence for whoever starts the service: what,
 * where, and what to do. The password is not in it.
 */
export function postgresUnusable(url: string, error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  const { host, username, pathname } = new URL(url)
  const { code, message } = error as Error & { readonly code?: string }
  const of = {
    user: decodeURIComponent(username) || 'the user',
    database: decodeURIComponent(pathname.slice(1)) || 'of that name',
  }
  // What PostgreSQL says of a statement tells more than advice would: a migration is at fault.
  const otherwise = sqlState.test(code ?? '')
    ? message
    : 'see that it runs and lets this service in'
  const what = advice[code ?? '']?.(of) ?? otherwise
  return new ServiceError(
    'configuration_invalid',
    `PostgreSQL at ${host} cannot be used (${code ?? message}): ${what}`,
    { cause: error },
  )
}
