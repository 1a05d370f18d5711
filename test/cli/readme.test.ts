import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inherited } from '../inherited.ts'
import { world } from '../world.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const bin = join(import.meta.dirname, '../../node_modules/.bin')
const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** The block of the README that is marked so, run by bash as it stands, on a service of its own. */
async function runBlock(mark: string, page = readme): Promise<string> {
  const block = new RegExp(`^\`\`\`sh ${mark}\\n(.*?)^\`\`\``, 'ms').exec(page)![1]!
  const w = await world()
  // In a checkout npx finds the command in the package itself; here it is run from another folder.
  const script = `set -eu -o pipefail\nnpx() { shift; node ${main} "$@"; }\n${block}`
  const env = {
    ...inherited,
    PATH: `${bin}:${process.env.PATH}`,
    PROCURA_URL: w.url,
    PROCURA_KEY: w.apiKey,
  }
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', script], { cwd: w.folder, env }, (error, out, stderr) =>
      error ? reject(new Error(`${out}\n${stderr}`)) : resolve(out),
    )
  })
}

test('the README’s command line steps do what its comments say', {
  timeout: 120_000,
}, async () => {
  const out = await runBlock('cli')

  const outcomes = [...out.matchAll(/^(?:decision {2,}(\w+)|reason {2,}(\w+))$/gm)].map(
    ([, decision, reason]) => decision ?? reason,
  )
  expect(outcomes).toEqual([
    'allow',
    'deny',
    'challenge_used',
    'deny',
    'action_not_granted',
    'deny',
    'revoked',
    'deny',
    'revoked',
  ])
})

test('the README’s curl steps do what its comments say', { timeout: 120_000 }, async () => {
  const out = await runBlock('curl')

  const outcomes = [...out.matchAll(/"decision":"(\w+)"(?:,"reason":"(\w+)")?/g)].map(
    ([, decision, reason]) => [decision, reason],
  )
  expect(outcomes).toEqual([
    ['allow', undefined],
    ['deny', 'action_not_granted'],
    ['deny', 'revoked'],
  ])
})

test('the approval that docs/governance.md walks through issues the permission', {
  timeout: 120_000,
}, async () => {
  const page = readFileSync(new URL('../../docs/governance.md', import.meta.url), 'utf8')

  const out = await runBlock('approval', page)

  expect(out).toMatch(/^state +granted$/m)
  expect(out.trimEnd().split('\n').at(-1)).toMatch(/active/)
})
