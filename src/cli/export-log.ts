import { renameSync, statSync, truncateSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { visibleJson } from '../foundation/control-characters.ts'
import { isObject, type JsonObject, parseJson } from '../foundation/json.ts'
import { UsageError } from './usage-error.ts'

/** Where the log is read from: its newest checkpoint, and its events by page. */
export interface LogSource {
  checkpoint(): Promise<{ readonly checkpoint: string; readonly verifierKey: string }>
  page(from: number): Promise<{
    readonly events: readonly (JsonObject & { readonly sequence: number })[]
    /** Null after the last event. */
    readonly next: number | null
  }>
}

/**
 * Writes a log to a file that only this user can read, line by line: the checkpoint and key, then one
 * event a line. Until all is written the file has the suffix `.part`, and an interrupted export goes
 * on from there.
 *
 * @param onProgress called with the number of events written, and of all.
 * @returns the number of events.
 */
export async function exportLog(
  source: LogSource,
  out: string,
  onProgress: (written: number, all: number) => void,
): Promise<number> {
  const isDevice = statSync(out, { throwIfNoEntry: false })?.isFile() === false
  const part = isDevice ? out : `${out}.part`
  const begun = await readPart(part)
  const head = begun?.head ?? (await source.checkpoint())
  const size = Number(head.checkpoint.split('\n')[1])
  const file = await open(part, 'a', 0o600)
  try {
    if (!begun) await file.write(`${visibleJson(head)}\n`)
    await writeEvents(source, file, { from: begun?.events ?? 0, size }, onProgress)
    if (!isDevice) await file.sync()
  } finally {
    await file.close()
  }
  if (!isDevice) renameSync(part, out)
  return size
}

async function writeEvents(
  source: LogSource,
  file: FileHandle,
  { from, size }: { readonly from: number; readonly size: number },
  onProgress: (written: number, all: number) => void,
): Promise<void> {
  for (let at = from; at < size; ) {
    const { events, next } = await source.page(at)
    const covered = events.filter(({ sequence }) => sequence < size)
    if (covered.length === 0) throw new UsageError(`the log ends at ${at} of ${size} events`)
    await file.write(covered.map((event) => `${visibleJson(event)}\n`).join(''))
    at = next ?? size
    onProgress(Math.min(at, size), size)
  }
}

function readHead(line: string, part: string): Awaited<ReturnType<LogSource['checkpoint']>> {
  const json = parseJson(line)
  const { checkpoint, verifierKey } = isObject(json) ? json : {}
  if (typeof checkpoint !== 'string' || typeof verifierKey !== 'string')
    throw new UsageError(`${part} is no interrupted export: delete it, or give another --out`)
  return { checkpoint, verifierKey }
}

/** What an interrupted export has written; undefined if there is none. Cuts an incomplete last line. */
async function readPart(part: string) {
  const there = statSync(part, { throwIfNoEntry: false })
  if (!there?.isFile()) return undefined
  let bytes = 0
  let lines = 0
  let head: Awaited<ReturnType<LogSource['checkpoint']>> | undefined
  const file = await open(part)
  for await (const line of file.readLines()) {
    const end = bytes + Buffer.byteLength(line) + 1
    if (end > there.size) break
    head ??= readHead(line, part)
    bytes = end
    lines++
  }
  truncateSync(part, bytes)
  return head && { head, events: lines - 1 }
}
