import { ServiceError } from '../../foundation/errors.ts'

/**
 * Answers while there is no service: settings are missing, or the database cannot be reached. The
 * log says what to do.
 */
export function refusalToStart(error: unknown): Response {
  const known = error instanceof ServiceError ? error : undefined
  console.error(JSON.stringify({ level: 'error', message: known?.detail ?? 'cannot start' }))
  const body = { type: 'about:blank', title: 'The service cannot start', status: 503 }
  return new Response(JSON.stringify(body), {
    status: 503,
    headers: { 'content-type': 'application/problem+json', 'retry-after': '5' },
  })
}
