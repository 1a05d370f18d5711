/** The platform of Workers, browsers and React Native, where only the Web's interfaces exist: see platform.ts. */
export {
  generatePrivateJwk,
  portableCrypto as crypto,
  signerFromJwk,
} from '../../adapters/crypto/portable.ts'
export { webCompression as compression } from '../../adapters/crypto/web.ts'
export { makePlatformFetch as makeFetch } from '../../adapters/web/platform-fetch.ts'
