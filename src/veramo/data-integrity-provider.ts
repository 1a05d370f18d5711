import type {
  ICreateVerifiableCredentialArgs,
  ICreateVerifiablePresentationArgs,
  IKey,
  IVerifyCredentialArgs,
  IVerifyPresentationArgs,
  VerifiableCredential,
  VerifiablePresentation,
} from '@veramo/core'
import type { ICredentialProvider } from '@veramo/credential-w3c'
import {
  authenticateCredential,
  parseSecuredCredential,
} from '../credential/authenticate-credential.ts'
import { type Cryptosuite, type CryptosuiteName, cryptosuites } from '../credential/cryptosuite.ts'
import { secureWithDataIntegrity } from '../credential/data-integrity.ts'
import { makeBudget } from '../foundation/budget.ts'
import { isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { authenticatePresentation } from '../presentation/authenticate-presentation.ts'
import { parsePresentation } from '../presentation/parse-presentation.ts'
import { kindOf } from './key-types.ts'
import {
  type IssuerContext,
  type ProviderNeeds,
  resolverOf,
  signingKeyOf,
  type VerifierContext,
  veramoVerdict,
  verifyCredentialBy,
  withoutAdditions,
} from './provider-support.ts'

/**
 * A Veramo credential provider for VCDM 2.0 with Data Integrity: one cryptosuite each, over
 * canonical JSON (`eddsa-jcs-2022`, `ecdsa-jcs-2019`) or RDF (`eddsa-rdfc-2022`,
 * `ecdsa-rdfc-2019`). It secures exactly the given document. `ecdsa-sd-2023` takes the argument
 * `mandatoryPointers`.
 *
 * @example new CredentialPlugin([new DataIntegrityProvider('eddsa-jcs-2022', { crypto, clock:
 *   Date.now })])
 */
export class DataIntegrityProvider implements ICredentialProvider {
  readonly #suite: CryptosuiteName
  readonly #needs: ProviderNeeds
  constructor(suite: CryptosuiteName, needs: ProviderNeeds) {
    this.#suite = suite
    this.#needs = needs
  }

  getProofFormatsSupportedForKey({ type }: IKey) {
    const kind = kindOf(type)
    return kind && this.#kinds.includes(kind) ? [this.#suite] : []
  }

  canIssueProofFormat({ proofFormat }: { proofFormat: string }): boolean {
    return proofFormat === this.#suite
  }

  canVerifyDocumentType({ document }: { document: unknown }): boolean {
    const proof = isObject(document) ? document.proof : undefined
    const proofs = Array.isArray(proof) ? proof : [proof]
    return proofs.some((item) => isObject(item) && item.cryptosuite === this.#suite)
  }

  async createVerifiableCredential(
    args: ICreateVerifiableCredentialArgs,
    context: IssuerContext,
  ): Promise<VerifiableCredential> {
    const { issuer } = args.credential
    const did = typeof issuer === 'string' ? issuer : issuer!.id
    const { signer, verificationMethod } = await this.#signingKey(did, args.keyRef, context)
    const options = {
      verificationMethod,
      proofPurpose: 'assertionMethod',
      created: this.#needs.clock(),
      ...('mandatoryPointers' in args
        ? { mandatoryPointers: args.mandatoryPointers as readonly string[] }
        : {}),
    } as const
    return this.#secure(
      withoutAdditions(args.credential),
      options,
      signer,
    ) as Promise<VerifiableCredential>
  }

  async createVerifiablePresentation(
    args: ICreateVerifiablePresentationArgs,
    context: IssuerContext,
  ): Promise<VerifiablePresentation> {
    const { holder } = args.presentation
    const { signer, verificationMethod } = await this.#signingKey(holder, args.keyRef, context)
    const options = {
      verificationMethod,
      proofPurpose: 'authentication',
      created: this.#needs.clock(),
      ...(args.challenge === undefined ? {} : { challenge: args.challenge }),
      ...(args.domain === undefined ? {} : { domain: args.domain }),
    } as const
    return this.#secure(
      withoutAdditions(args.presentation),
      options,
      signer,
    ) as unknown as Promise<VerifiablePresentation>
  }

  verifyCredential(args: IVerifyCredentialArgs, context: VerifierContext) {
    return verifyCredentialBy(this.#needs, args, context)
  }

  /** Verifies the nested credentials too, which Veramo's own plugin does not. */
  async verifyPresentation(args: IVerifyPresentationArgs, context: VerifierContext) {
    const parsed = parsePresentation(args.presentation as unknown as JsonValue)
    if (isRefusal(parsed)) return veramoVerdict(parsed)
    const expected = { challenge: args.challenge ?? '', domain: args.domain }
    const authentic = await authenticatePresentation(this.#verifier(context), parsed, expected)
    if (isRefusal(authentic)) return veramoVerdict(authentic)
    for (const { json } of authentic.credentials) {
      const credential = parseSecuredCredential(json)
      const verified = isRefusal(credential)
        ? credential
        : await authenticateCredential(this.#verifier(context), credential)
      if (isRefusal(verified)) return veramoVerdict(verified)
    }
    return veramoVerdict(undefined)
  }

  #signingKey(did: string, keyRef: string | undefined, context: IssuerContext) {
    return signingKeyOf({ did, kinds: this.#kinds, keyRef }, this.#needs, context)
  }

  get #kinds(): Cryptosuite['keys'] {
    return cryptosuites[this.#suite].keys
  }

  #secure(
    document: JsonObject,
    options: Parameters<typeof secureWithDataIntegrity>[1],
    signer: Parameters<typeof secureWithDataIntegrity>[2],
  ) {
    return secureWithDataIntegrity(
      document,
      { ...options, cryptosuite: this.#suite },
      signer,
      this.#needs.crypto,
    ) as Promise<unknown>
  }

  #verifier(context: VerifierContext) {
    return { ...this.#needs, resolveDid: resolverOf(context), budget: makeBudget() }
  }
}
