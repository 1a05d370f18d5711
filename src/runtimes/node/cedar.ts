import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import {
  type CedarBindings,
  type CedarInstance,
  makeCedarInstance,
} from '../../adapters/policy/cedar-instance.ts'

let made: Promise<CedarInstance> | undefined

/**
 * Cedar for this process. The package's own build for Node creates one instance at load, and no
 * other; its bindings for bundlers accept new instances, as in Workers.
 */
export function loadCedar(): Promise<CedarInstance> {
  made ??= load().catch((error: Error) => {
    made = undefined
    throw error
  })
  return made
}

async function load(): Promise<CedarInstance> {
  const main = createRequire(import.meta.url).resolve('@cedar-policy/cedar-wasm/nodejs')
  const folder = new URL('../esm/', pathToFileURL(main))
  const [bindings, bytes] = await Promise.all([
    import(new URL('cedar_wasm_bg.js', folder).href) as Promise<CedarBindings>,
    readFile(new URL('cedar_wasm_bg.wasm', folder)),
  ])
  return makeCedarInstance(bindings, await WebAssembly.compile(bytes))
}
