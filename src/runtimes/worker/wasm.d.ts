/** wrangler hands a WebAssembly file over compiled. */
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
