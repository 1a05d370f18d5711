/** Peers that the tests speak with and that have no types of their own. */
declare module '@digitalbazaar/data-integrity'
declare module '@digitalbazaar/ecdsa-multikey'
declare module '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite'
declare module '@digitalbazaar/ecdsa-sd-2023-cryptosuite'
declare module '@digitalbazaar/ed25519-multikey'
declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite'
declare module '@digitalbazaar/vc'
