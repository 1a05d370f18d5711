import { buildSdk } from './packages/sdk.ts'

/** `npm run build`: builds the packages that are published, below packages/. */
await buildSdk('packages/sdk')
console.log('packages/sdk')
