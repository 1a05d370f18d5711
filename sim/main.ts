import { parseArgs } from 'node:util'
import { flawsOf, simulateOrganization } from './organization.ts'

/**
 * `npm run sim:organization`: a quarter of an organization in simulated time. Exits with 1 if
 * anything is not as it should be.
 */
const { values } = parseArgs({
  options: {
    agents: { type: 'string', default: '200' },
    weeks: { type: 'string', default: '13' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`npm run sim:organization -- [--agents 200] [--weeks 13] [--seed 1] [--json]

Plays weeks of an organization over HTTP in simulated time: onboarding, requests, approvals,
elevations, leavers, an emergency, a review, conflicts of duties, retirements. Ends with 1 if a
forbidden way was open, the posture is not clean, the log is not sound, or a permission lives
without a reason.`)
  process.exit(0)
}
const started = performance.now()
const outcome = await simulateOrganization({
  agents: Number(values.agents),
  weeks: Number(values.weeks),
  seed: Number(values.seed),
  onProgress: (line) => process.stderr.write(`${line}\n`),
})
const flaws = flawsOf(outcome)
const seconds = Math.round((performance.now() - started) / 1000)
if (values.json) console.log(JSON.stringify({ ...outcome, flaws, seconds }))
else {
  for (const [what, count] of Object.entries(outcome.counts))
    console.log(`${String(count).padStart(7)}  ${what}`)
  console.log()
  for (const { tried, met } of outcome.shortcuts) console.log(`refused: ${tried} (${met})`)
  console.log(
    `\nretirements: ${outcome.retirements.clean} of ${outcome.retirements.reported} left nothing behind` +
      `\nlive: ${outcome.live.permissions} permissions, ${outcome.live.withoutReason} without a reason` +
      `\nlog: ${outcome.log.sound ? 'sound' : 'NOT SOUND'}, ${outcome.log.events} events` +
      `\nposture: ${outcome.posture.isClean ? 'clean' : 'NOT CLEAN'}` +
      `\n${seconds} s`,
  )
  for (const flaw of flaws) console.log(`✗ ${flaw}`)
}
process.exit(flaws.length === 0 ? 0 : 1)
