import { resolve } from 'node:path'
import { buildSdk } from './packages/sdk.ts'
import { buildService } from './packages/service.ts'

/** `npm run build`: builds the packages that are published, below packages/. */
const builds = {
  'packages/sdk': buildSdk,
  'packages/procura': buildService,
}

for (const [folder, build] of Object.entries(builds)) {
  await build(resolve(folder))
  console.log(`built ${folder}`)
}
