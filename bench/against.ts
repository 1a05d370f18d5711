import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Line } from './measure.ts'

/** One figure of two trees: all its runs, and their comparison. */
export interface Compared {
  readonly what: string
  readonly unit: string
  readonly here: readonly number[]
  readonly there: readonly number[]
  /** Ratio of the means: above 1 the figure is larger here. */
  readonly ratio: number
  /** Relative difference between the runs of one tree: the larger of both trees. */
  readonly spread: number
  /** Worse here by more than 5 % beyond the spread. */
  readonly isWorse: boolean
}

export interface Comparison {
  readonly against: string
  readonly compared: readonly Compared[]
  readonly onlyHere: readonly string[]
  readonly onlyThere: readonly string[]
  /** Parts that a tree could not measure. */
  readonly failed: readonly string[]
}

const tolerance = 0.05

/**
 * Measures this tree and another commit in turn, part by part, so that other load on the machine
 * affects both alike.
 *
 * @param parts names of parts of the bench; parts unknown to the other tree have no lines there.
 * @param runs of each part in each tree, at least two: their difference is the machine's noise.
 */
export async function compareWith(
  commit: string,
  parts: readonly string[],
  runs: number,
  tell: (progress: string) => void,
): Promise<Comparison> {
  const there = makeTree(commit)
  try {
    const trees = { here: process.cwd(), there: there.folder }
    const found = { here: new Map<string, Measured>(), there: new Map<string, Measured>() }
    const failed = new Set<string>()
    for (const part of parts)
      for (let run = 1; run <= runs; run++)
        for (const tree of ['here', 'there'] as const) {
          tell(`measuring ${part} ${tree}, run ${run} of ${runs} …`)
          const lines = await measure(trees[tree], part)
          if (!lines) failed.add(`${part} ${tree}`)
          for (const line of lines ?? []) note(found[tree], line)
        }
    return { against: there.commit, failed: [...failed], ...compare(found.here, found.there) }
  } finally {
    there.remove()
  }
}

/** A worktree of the commit in the system's temporary folder, with matching packages. */
function makeTree(name: string) {
  const git = (...command: string[]) => execFileSync('git', command, { encoding: 'utf8' }).trim()
  const commit = git('rev-parse', '--verify', `${name}^{commit}`)
  const home = mkdtempSync(join(tmpdir(), 'procura-against-'))
  const folder = join(home, 'tree')
  const remove = () => {
    process.off('exit', remove)
    try {
      git('worktree', 'remove', '--force', folder)
    } finally {
      rmSync(home, { recursive: true, force: true })
    }
  }
  process.on('exit', remove)
  git('worktree', 'add', '--detach', '--quiet', folder, commit)
  const lock = (tree: string) => readFileSync(join(tree, 'package-lock.json'), 'utf8')
  if (lock(folder) === lock('.'))
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'))
  else execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'ignore' })
  return { commit, folder, remove }
}

/** The result of a tree's own bench for one part; undefined if it fails. */
function measure(tree: string, part: string): Promise<readonly Line[] | undefined> {
  const child = spawn('npm', ['run', '--silent', 'bench', '--', '--json', `--only=${part}`], {
    cwd: tree,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let heard = ''
  child.stdout.on('data', (chunk) => {
    heard += chunk
  })
  return new Promise((resolve) =>
    child.on('close', () => {
      const json = heard.split('\n').find((line) => line.startsWith('{'))
      resolve(json === undefined ? undefined : JSON.parse(json).lines)
    }),
  )
}

interface Measured {
  readonly line: Line
  readonly ratios: number[]
}

function note(found: Map<string, Measured>, line: Line): void {
  const known = found.get(line.what)
  if (known) known.ratios.push(line.ratio)
  else found.set(line.what, { line, ratios: [line.ratio] })
}

const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
const spreadOf = (values: readonly number[]) => Math.max(...values) / Math.min(...values) - 1

export function compare(
  here: ReadonlyMap<string, Measured>,
  there: ReadonlyMap<string, Measured>,
): Pick<Comparison, 'compared' | 'onlyHere' | 'onlyThere'> {
  const compared: Compared[] = []
  for (const [what, { line, ratios }] of here) {
    const other = there.get(what)
    if (!other) continue
    const ratio = mean(ratios) / mean(other.ratios)
    const spread = Math.max(spreadOf(ratios), spreadOf(other.ratios))
    // For some figures more is better, for others less.
    const worse = (line.atLeast ? 1 / ratio : ratio) - 1
    const isWorse = worse > tolerance + spread
    compared.push({
      what,
      unit: line.unit,
      here: ratios,
      there: other.ratios,
      ratio,
      spread,
      isWorse,
    })
  }
  const missingIn = (one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
    [...one.keys()].filter((what) => !other.has(what))
  return { compared, onlyHere: missingIn(here, there), onlyThere: missingIn(there, here) }
}

export function showComparison({
  against,
  compared,
  onlyHere,
  onlyThere,
  failed,
}: Comparison): string {
  const figures = (values: readonly number[]) => values.map((one) => one.toFixed(2)).join(' ')
  const rows = compared.map(({ what, unit, here, there, ratio, spread, isWorse }) =>
    [
      isWorse ? '✗' : ' ',
      what.padEnd(58),
      ratio.toFixed(3),
      `±${(100 * spread).toFixed(0)} %`.padEnd(8),
      `${figures(here)} against ${figures(there)} ${unit}`,
    ].join(' '),
  )
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? [] : [title, ...names.map((name) => `  ${name}`)]
  const worse = compared.filter(({ isWorse }) => isWorse).length
  return [
    `here against ${against.slice(0, 12)}: ratio, spread of the runs of one tree, figures`,
    ...rows,
    ...list('only here:', onlyHere),
    ...list('only there:', onlyThere),
    ...list('not measured:', failed),
    `${worse} of ${compared.length} worse by more than ${100 * tolerance} % beyond the spread`,
  ].join('\n')
}
