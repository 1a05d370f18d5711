import { resolve } from 'node:path'
import { buildSdk } from './packages/sdk.ts'
import { buildService } from './packages/service.ts'

/** `npm run build [-- sdk | procura]`: builds the packages that are published, below packages/. */
const builds = { sdk: buildSdk, procura: buildService } as const

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in builds))
if (unknown.length > 0) {
  console.error(`there is no package ${unknown.join(', ')}: ${Object.keys(builds).join(', ')}`)
  process.exit(2)
}
for (const [name, build] of Object.entries(builds)) {
  if (names.length > 0 && !names.includes(name)) continue
  await build(resolve('packages', name))
  console.log(`built packages/${name}`)
}
