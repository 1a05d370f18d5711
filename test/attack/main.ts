import { parseArgs } from 'node:util'
import { attacks } from './all.ts'
import { type Attack, type Outcome, play } from './attack.ts'
import { makeStage } from './stage.ts'

const help = `npm run test:attack [-- OPTIONS]

Plays what an attacker found once against services that it starts, and says of each whether it is held.

  --only a,b      only these parts: ${Object.keys(attacks).join(', ')}
  --stranger 10   for so many minutes a stranger tries to fill the service's memory (fractions work)
  --json          one value at the end, and nothing else
  --help          this

Ends with 1 if anything is broken.`

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    stranger: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const chosen = (): readonly Attack[] => {
  const parts = options.only?.split(',') ?? Object.keys(attacks)
  const unknown = parts.filter((part) => !(part in attacks))
  if (unknown.length > 0) {
    console.error(`there is no part ${unknown.join(', ')}: ${Object.keys(attacks).join(', ')}`)
    process.exit(2)
  }
  return parts.flatMap((part) => attacks[part as keyof typeof attacks])
}

async function playAll(played: readonly Attack[]): Promise<boolean> {
  const stage = makeStage()
  const outcomes: (Outcome & Pick<Attack, 'finding' | 'title'> & { seconds: number })[] = []
  const started = performance.now()
  for (const attack of played) {
    if (!options.json)
      process.stderr.write(`playing ${outcomes.length + 1} of ${played.length} …\r`)
    const at = performance.now()
    const outcome = await play(attack, stage)
    const seconds = Math.round((performance.now() - at) / 100) / 10
    outcomes.push({ finding: attack.finding, title: attack.title, ...outcome, seconds })
    if (!options.json)
      console.log(
        outcome.held ? `held    ${attack.title}` : `BROKEN  ${attack.title}: ${outcome.what}`,
      )
  }
  await stage.close()
  const broken = outcomes.filter(({ held }) => !held).length
  const seconds = Math.round((performance.now() - started) / 1000)
  if (options.json)
    console.log(JSON.stringify({ held: outcomes.length - broken, broken, seconds, outcomes }))
  else console.log(`\n${outcomes.length - broken} held, ${broken} broken, in ${seconds} s`)
  return broken === 0
}

if (options.help) {
  console.log(help)
  process.exit(0)
}
const isHeld = await playAll(chosen())
process.exit(isHeld ? 0 : 1)
