import type { Deps } from '../deps.ts'
import { ServiceError } from '../foundation/errors.ts'

/**
 * Checks that the database was served under the same host. Status list URLs, did:web identifiers and
 * the name of the audit log contain it: under another one every credential would be denied, and the
 * log would not verify.
 *
 * @throws ServiceError `configuration_invalid`
 */
export async function checkPublicUrl({
  audit,
  settings,
}: Pick<Deps, 'audit' | 'settings'>): Promise<void> {
  const latest = await audit.latest()
  const origin = latest?.note.split('\n', 1)[0]
  if (origin === undefined || origin === settings.auditOrigin) return
  const host = origin.slice(0, -'/audit'.length)
  throw new ServiceError(
    'configuration_invalid',
    `this database was served at ${host}, and PROCURA_PUBLIC_URL is ${settings.publicUrl}: its credentials and its audit log are bound to that host, so set PROCURA_PUBLIC_URL back; another URL needs a database of its own`,
  )
}
