import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Disk {
  /** Where the service keeps its data. */
  readonly folder: string
  /** For the environment of the service, which puts disk.c between it and the files. */
  readonly env: Readonly<Record<string, string>>
  /** What syncing does from now on. */
  setFault(fault: 'none' | 'error' | 'lie'): void
  /** Whatever was not synced is gone. The service must be dead. */
  losePower(): void
  remove(): void
}

/** A folder on a disk that loses what was not synced when the power goes. Needs a C compiler, `cc`. */
export function makeDisk(): Disk {
  const home = mkdtempSync(join(tmpdir(), 'procura-disk-'))
  const [folder, durable, fault, library] = ['data', 'durable', 'fault', 'disk.so'].map((name) =>
    join(home, name),
  ) as [string, string, string, string]
  mkdirSync(folder, { mode: 0o700 })
  mkdirSync(durable)
  const source = fileURLToPath(new URL('./disk.c', import.meta.url))
  execFileSync('cc', ['-O1', '-shared', '-fPIC', '-o', library, source, '-ldl', '-lpthread'])
  return {
    folder,
    env: {
      LD_PRELOAD: library,
      DISK_FOLDER: folder,
      DISK_DURABLE: durable,
      DISK_FAULT: fault,
    },
    setFault: (kind) =>
      kind === 'none' ? rmSync(fault, { force: true }) : writeFileSync(fault, kind),
    losePower() {
      for (const name of readdirSync(folder)) rmSync(join(folder, name))
      for (const name of readdirSync(durable)) cpSync(join(durable, name), join(folder, name))
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}
