import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createKeyFile, readKeyFile, saveKeyFile } from '../../src/cli/key-file.ts'
import { saveJson } from '../../src/cli/session.ts'
import { backUp } from '../../src/maintenance/backup.ts'
import { writePrivateFile } from '../../src/runtimes/node/private-file.ts'
import { world } from '../world.ts'

const mode = (path: string) => (statSync(path).mode & 0o777).toString(8)

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'procura-private-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

test('a key or credential is written to a file of mode 0600, whatever the file was before', async () => {
  const home = folder()
  const [key, credential] = [join(home, 'key'), join(home, 'credential')]
  const made = await createKeyFile(key, 'Ed25519')
  const modes = [mode(key)]
  chmodSync(key, 0o644)
  writeFileSync(credential, '{}', { mode: 0o644 })
  const reader = openSync(key, 'r')

  saveKeyFile(key, { ...made, did: 'did:key:zA' })
  saveJson(credential, { id: 'urn:x' }, { json: true, show: () => undefined }, {})

  const seen = Buffer.alloc(10_000)
  const length = readSync(reader, seen)
  closeSync(reader)
  expect([...modes, mode(key), mode(credential)]).toEqual(['600', '600', '600'])
  expect(readKeyFile(key).did).toBe('did:key:zA')
  // Whoever had it open reads what it was.
  expect(seen.toString('utf8', 0, length)).not.toContain('did:key:zA')
  expect(readdirSync(home).sort()).toEqual(['credential', 'key'])
})

test('a link is replaced, and its target left alone; a failed write leaves nothing behind', async () => {
  const home = folder()
  const [target, link] = [join(home, 'target'), join(home, 'link')]
  writeFileSync(target, 'as it was', { mode: 0o644 })
  symlinkSync(target, link)

  writePrivateFile(link, 'secret')

  expect([readFileSync(target, 'utf8'), lstatSync(link).isSymbolicLink(), mode(link)]).toEqual([
    'as it was',
    false,
    '600',
  ])
  expect(() => writePrivateFile(home, 'secret')).toThrow('EISDIR')
  await expect(createKeyFile(link, 'Ed25519')).rejects.toThrow('exists already')
  expect(readdirSync(home).sort()).toEqual(['link', 'target'])
})

test('nobody else can read a backup, from its first byte on', async () => {
  const w = await world()
  const file = join(folder(), 'within', 'backup.db')
  const modes = new Set<string>()
  // More than is copied in one step.
  const policy = `// ${'x'.repeat(95_000)}\npermit(principal, action, resource);`
  for (let i = 0; i < 60; i++) await w.raw('PUT', '/policies/large', { body: { policy } })

  await backUp(w.folder, file, () => modes.add(mode(file)))

  expect([...modes, mode(file), mode(join(file, '..'))]).toEqual(['600', '600', '700'])
})
