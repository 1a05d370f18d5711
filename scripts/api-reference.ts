import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { buildSdk } from './packages/sdk.ts'

/**
 * `npm run docs:api`: writes the reference of the SDK to packages/api, from the declarations that are
 * published. Fails if an exported name has no description.
 */
const tools = resolve('tools/package')
if (!existsSync(join(tools, 'node_modules')))
  execFileSync('npm', ['ci', '--silent'], { cwd: tools, stdio: 'inherit' })
await buildSdk(resolve('packages/sdk'))
const options = ['--options', join(tools, 'typedoc.json'), '--treatWarningsAsErrors']
execFileSync(join(tools, 'node_modules/.bin/typedoc'), options, { stdio: 'inherit' })
