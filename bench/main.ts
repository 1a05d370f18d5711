// Process settings of the service, for the same figures.
import '../src/runtimes/node/process-settings.ts'
import { isMet, type Line } from './measure.ts'

/** `npm run bench`: every figure as a ratio of things measured in the same run. */
const parts: Readonly<Record<string, () => Promise<readonly Line[]>>> = {
  verify: async () => (await import('./verify.ts')).benchVerify(),
  mechanisms: async () => (await import('./mechanisms.ts')).benchMechanisms(),
  decide: async () => (await import('./decide.ts')).benchDecide(),
  secure: async () => (await import('./secure.ts')).benchSecure(),
  storage: async () => (await import('./storage.ts')).benchStorage(),
  http: async () => (await import('./http.ts')).benchHttp(),
  nodes: async () => (await import('./nodes.ts')).benchNodes(),
  edge: async () => (await import('./edge.ts')).benchEdge(),
  age: async () => (await import('./edge-age.ts')).benchEdgeAge(),
  governance: async () => (await import('./governance.ts')).benchGovernance(),
  mass: async () => (await import('./mass.ts')).benchMass(),
  start: async () => (await import('./start.ts')).benchStart(),
}

/** `--name value` or `--name=value`. */
function argumentOf(name: string): string | undefined {
  const at = process.argv.findIndex((one) => one === name || one.startsWith(`${name}=`))
  return process.argv[at] === name ? process.argv[at + 1] : process.argv[at]?.split('=')[1]
}

const usage = `npm run bench -- [options]

Measures everything in one run, as ratios. Nothing else should run on the machine.

  --only=a,b          run these parts: ${Object.keys(parts).join(', ')}
  --against <commit>  measure that commit and this tree in turn, and compare
  --runs <n>          with --against: how often each part is measured (2)
  --json              print one JSON value
`
if (process.argv.includes('--help')) {
  console.log(usage)
  process.exit(0)
}
const json = process.argv.includes('--json')
const only = argumentOf('--only')?.split(',')
const against = argumentOf('--against')
if (against !== undefined) {
  const { compareWith, showComparison } = await import('./against.ts')
  const tell = (progress: string) => json || process.stderr.write(`${progress}\n`)
  const runs = Math.max(2, Number(argumentOf('--runs') ?? 2))
  const comparison = await compareWith(against, only ?? Object.keys(parts), runs, tell)
  console.log(json ? JSON.stringify(comparison) : showComparison(comparison))
  process.exit(0)
}
const lines: Line[] = []
for (const [name, run] of Object.entries(parts)) {
  if (only && !only.includes(name)) continue
  if (!json) process.stderr.write(`measuring ${name} …\n`)
  lines.push(...(await run()))
}
if (json)
  console.log(
    JSON.stringify({
      node: process.version,
      at: new Date().toISOString(),
      lines: lines.map((line) => ({ ...line, met: isMet(line) ?? null })),
    }),
  )
else
  for (const line of lines) {
    const goal = line.goal === undefined ? '' : `${line.atLeast ? '≥' : '≤'} ${line.goal}`
    const met = isMet(line)
    const mark = met === undefined ? ' ' : met ? '✓' : '✗'
    console.log(
      `${mark} ${line.what.padEnd(58)} ${`${line.ratio.toFixed(2)} ${line.unit}`.padStart(10)}  ${goal.padEnd(7)} ${line.detail}`,
    )
  }
process.exit(0)
