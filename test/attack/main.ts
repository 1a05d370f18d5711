import { parseArgs } from 'node:util'
import { attacks, type Part } from './all.ts'
import { type Attack, type Outcome, play } from './attack.ts'
import { makeStage } from './stage.ts'

const help = `npm run test:attack [-- OPTIONS]

Plays each known attack against services that it starts, and says for each whether it was held.

  --only a,b      only these parts: ${Object.keys(attacks).join(', ')}
  --stranger 10   for this many minutes, a stranger tries to fill the service's memory (fractions work)
  --json          print one JSON value at the end, and nothing else
  --help          print this help

The exit status is 1 if an attack succeeded.`

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    stranger: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const chosen = (): readonly Part[] => {
  const parts = options.only?.split(',') ?? Object.keys(attacks)
  const unknown = parts.filter((part) => !(part in attacks))
  if (unknown.length > 0) {
    console.error(`there is no part ${unknown.join(', ')}: ${Object.keys(attacks).join(', ')}`)
    process.exit(2)
  }
  return parts as readonly Part[]
}

type Played = Outcome & Pick<Attack, 'finding' | 'title'> & { readonly seconds: number }

/** How many services are attacked at the same time. */
const lanes = 2

async function playAll(parts: readonly Part[]): Promise<boolean> {
  const outcomes: Played[] = []
  const total = parts.flatMap((part) => attacks[part]).length
  const started = performance.now()
  const waiting = [...parts]
  const playLane = async () => {
    const stage = makeStage()
    for (let part = waiting.shift(); part; part = waiting.shift())
      for (const attack of attacks[part]) {
        const at = performance.now()
        const outcome = await play(attack, stage)
        const seconds = secondsSince(at, 10)
        const { finding, title } = attack
        outcomes.push({ finding, title, ...outcome, seconds })
        if (options.json) continue
        console.log(outcome.held ? `held    ${title}` : `BROKEN  ${title}: ${outcome.what}`)
        if (process.stderr.isTTY) process.stderr.write(`${outcomes.length} of ${total}\r`)
      }
    await stage.close()
  }
  await Promise.all(Array.from({ length: lanes }, playLane))
  const broken = outcomes.filter(({ held }) => !held).length
  const held = outcomes.length - broken
  const seconds = secondsSince(started, 1)
  if (options.json) console.log(JSON.stringify({ held, broken, seconds, outcomes }))
  else console.log(`\n${held} held, ${broken} broken, in ${seconds} s`)
  return broken === 0
}

const secondsSince = (at: number, parts: number) =>
  Math.round(((performance.now() - at) / 1000) * parts) / parts

if (options.help) {
  console.log(help)
  process.exit(0)
}

async function playStranger(minutes: number): Promise<boolean> {
  if (!(minutes > 0)) {
    console.error('--stranger wants minutes, such as 10 or 0.5')
    process.exit(2)
  }
  const { playStrangerFor } = await import('./stranger.ts')
  const report = await playStrangerFor(minutes, (line) => options.json || console.log(line))
  const { held, highest, bound, requests, failed } = report
  if (options.json) console.log(JSON.stringify(report))
  else
    console.log(
      `\n${held ? 'held  ' : 'BROKEN'}  a stranger fills the memory: at most ${highest} MB of ${bound}, ${requests} requests, ${failed} without an answer`,
    )
  return held
}

const isHeld =
  options.stranger === undefined
    ? await playAll(chosen())
    : await playStranger(Number(options.stranger))
process.exit(isHeld ? 0 : 1)
