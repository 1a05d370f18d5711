import * as cedar from '@cedar-policy/cedar-wasm/web'
import module from '../../../node_modules/@cedar-policy/cedar-wasm/web/cedar_wasm_bg.wasm'
import type { Cedar } from '../../adapters/policy/cedar.ts'

let isReady = false

/** Workers compile WebAssembly when they are uploaded, and not at run time: here it is only instantiated. */
export async function loadCedar(): Promise<Cedar> {
  if (!isReady) cedar.initSync({ module })
  isReady = true
  return cedar
}
