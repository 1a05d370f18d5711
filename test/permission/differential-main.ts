import { parseArgs } from 'node:util'
import { compare } from './differential.ts'

/**
 * `npm run test:differential [-- --cases N] [--seed N]`: asks the evaluator in use and the obvious
 * one the same questions, as many as wanted. A seed that found something finds it again.
 */
const { values } = parseArgs({
  options: { cases: { type: 'string', default: '10000000' }, seed: { type: 'string' } },
})
const cases = Number(values.cases)
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed)
const began = performance.now()
const { differences, ...counts } = compare(cases, seed, (done) =>
  console.error(`${done} of ${cases}, ${((performance.now() - began) / 1000).toFixed(0)} s`),
)
console.log(JSON.stringify({ seed, ...counts, differences: differences.length }))
if (differences[0]) console.log(JSON.stringify(differences[0], null, 2))
process.exit(differences.length === 0 ? 0 : 1)
