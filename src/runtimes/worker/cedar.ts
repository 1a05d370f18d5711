import * as bindings from '../../../node_modules/@cedar-policy/cedar-wasm/esm/cedar_wasm_bg.js'
import module from '../../../node_modules/@cedar-policy/cedar-wasm/esm/cedar_wasm_bg.wasm'
import { type CedarInstance, makeCedarInstance } from '../../adapters/policy/cedar-instance.ts'

let made: CedarInstance | undefined

/** Workers compile WebAssembly at upload, not at run time: here it is only instantiated. */
export async function loadCedar(): Promise<CedarInstance> {
  made ??= makeCedarInstance(bindings, module)
  return made
}
