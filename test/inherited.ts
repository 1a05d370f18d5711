/** What processes that tests start take from the test: where V8 keeps compiled code, among others. */
export const inherited = {
  PATH: process.env.PATH,
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
}
