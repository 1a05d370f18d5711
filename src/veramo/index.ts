/**
 * For Veramo users: the credential providers, the did:key provider and the resolver, each usable
 * alone, and functions that Veramo has no call for.
 */
export { addProof } from '../credential/data-integrity.ts'
export { deriveCredential } from '../credential/ecdsa-sd-issue.ts'
export { presentSdJwt } from '../presentation/sd-jwt-presentation.ts'
export { makeVeramoResolver } from './agent.ts'
export { DataIntegrityProvider } from './data-integrity-provider.ts'
export { DidKeyProvider } from './did-key-provider.ts'
export { JoseProvider } from './jose-provider.ts'
export { SdJwtProvider } from './sd-jwt-provider.ts'
