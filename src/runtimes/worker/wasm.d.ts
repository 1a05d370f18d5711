/** wrangler hands a WebAssembly file over compiled. */
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}

/** Bindings that the package ships beside the WebAssembly file, with types only for its entry point. */
declare module '*/cedar_wasm_bg.js' {
  export * from '@cedar-policy/cedar-wasm'
  export function __wbg_set_wasm(exports: WebAssembly.Exports): void
}
