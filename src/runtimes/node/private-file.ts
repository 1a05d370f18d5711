import { randomBytes } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

/**
 * Creates an empty file that only this user can read. @throws if a file or link of that name
 * exists.
 */
export const createPrivateFile = (file: string): void => closeSync(openSync(file, 'wx', 0o600))

/**
 * Writes a file that only this user can read, even if a file of that name existed with other
 * permissions. A new file replaces the old one: a file's mode only applies at creation, an open
 * reader keeps the old file, and a link is replaced, not followed. Devices and pipes are written as they are.
 */
export function writePrivateFile(file: string, text: string): void {
  const there = statSync(file, { throwIfNoEntry: false })
  if (there && !there.isFile()) {
    writeFileSync(file, text)
    return
  }
  const made = `${file}.${randomBytes(6).toString('hex')}.new`
  try {
    writeFileSync(made, text, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(made, file)
  } catch (error) {
    rmSync(made, { force: true })
    throw error
  }
}
