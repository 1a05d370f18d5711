/** For Veramo users: the credential providers, the did:key provider and the resolver, each usable alone. */
export { makeVeramoResolver } from './agent.ts'
export { DataIntegrityProvider } from './data-integrity-provider.ts'
export { DidKeyProvider } from './did-key-provider.ts'
export { JoseProvider } from './jose-provider.ts'
export { SdJwtProvider } from './sd-jwt-provider.ts'
