import { randomBytes } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'

/** Makes an empty file that this user alone can read. @throws if there is one, or a link, of that name. */
export const createPrivateFile = (file: string): void => closeSync(openSync(file, 'wx', 0o600))

/**
 * Writes a file that this user alone can read, whatever was there before. A new file takes the old
 * one's place: the mode of a file counts only when it is made, whoever has the old one open goes on
 * reading that, and a link is replaced and not followed. Devices and pipes are written as they are.
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
