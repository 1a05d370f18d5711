import { closeSync, existsSync, openSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../composition/config.ts'
import type { Deps } from '../deps.ts'
import { ServiceError } from '../foundation/errors.ts'
import type { Id } from '../foundation/id.ts'
import { prepareAdministrator } from '../operations/administering/prepare-administrator.ts'
import { carryOut } from '../operations/common/carry-out.ts'
import { withDeps } from './with-deps.ts'

export interface AddedAdministrator {
  readonly token: string
  readonly person: Id
  readonly apiKey: Id
}

/**
 * Creates an administrator in the storage of a service, running or not: the way back if the last
 * administrator's key is lost or has expired.
 *
 * @param file a new file for the token; nothing is created if it exists or cannot be written.
 * @throws ServiceError `configuration_invalid`.
 */
export async function addAdministrator(
  config: Config,
  name: string,
  file: string | undefined,
): Promise<AddedAdministrator> {
  const { storage } = config
  if ('folder' in storage && !existsSync(join(storage.folder, 'procura.db')))
    throw neverStarted(`there is no database in ${storage.folder}`)
  const out = file === undefined ? undefined : openNew(file)
  try {
    // The result does not depend on the service's URL.
    const located = { ...config, publicUrl: config.publicUrl ?? 'http://127.0.0.1' }
    const work = async (deps: Deps) => {
      if ((await deps.issuers.list({ limit: 1 })).length === 0)
        throw neverStarted('the database is empty')
      const { person, apiKey, token, writes, events } = await prepareAdministrator(
        deps,
        name,
        'administrator added to the database',
      )
      const facts = { person, apiKey }
      const loud = { type: 'service.administrator-added', actor: 'service', facts } as const
      // Written first: a valid key that nobody has would be worthless.
      if (out !== undefined) writeSync(out, `${token}\n`)
      return carryOut(deps, () => ({
        writes,
        events: [...events, loud],
        answer: { person, apiKey, token: token! },
      }))
    }
    return await withDeps(located, work, { isLocated: false })
  } catch (error) {
    if (file !== undefined) unlinkSync(file)
    throw error
  } finally {
    if (out !== undefined) closeSync(out)
  }
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (cause) {
    throw new ServiceError(
      'configuration_invalid',
      `${file} exists already, or cannot be written: give another name with --out`,
      { cause },
    )
  }
}

const neverStarted = (why: string) =>
  new ServiceError(
    'configuration_invalid',
    `${why}: start the service, whose first start makes an administrator`,
  )
