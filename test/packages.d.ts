/** Peers that the tests speak with and that have no types of their own. */
declare module '@digitalbazaar/data-integrity'
declare module '@digitalbazaar/ecdsa-multikey'
declare module '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
declare module '@digitalbazaar/ecdsa-sd-2023-cryptosuite'
declare module '@digitalbazaar/ed25519-multikey'
declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
declare module '@digitalbazaar/vc'
type ContextMap = ReadonlyMap<string, object>
declare module 'credentials-context' {
  export const contexts: ContextMap
}
declare module '@digitalcredentials/credentials-v2-context' {
  export const contexts: ContextMap
}
declare module '@digitalbazaar/data-integrity-context' {
  export const contexts: ContextMap
}
declare module '@digitalbazaar/multikey-context' {
  export const contexts: ContextMap
}
declare module 'did-context' {
  export const contexts: ContextMap
}
declare module 'ed25519-signature-2020-context' {
  export const contexts: ContextMap
}
