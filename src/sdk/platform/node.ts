/** The platform of Node, Bun and Deno: see platform.ts. */
export { nodeCrypto as crypto } from '../../adapters/crypto/node.ts'
export { nodeCompression as compression } from '../../adapters/crypto/node-compression.ts'
export { generatePrivateJwk, signerFromJwk } from '../../adapters/crypto/node-signer.ts'
export { makeGuardedFetch as makeFetch } from '../../adapters/web/guarded-fetch.ts'
