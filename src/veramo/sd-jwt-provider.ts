import type {
  ICreateVerifiableCredentialArgs,
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
import { typeInEnvelope } from '../credential/jose.ts'
import { securePermissionWithSdJwt, secureWithSdJwt } from '../credential/sd-jwt-issue.ts'
import { makeBudget } from '../foundation/budget.ts'
import { isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { keyKinds } from '../keys/algorithm.ts'
import type { PublicKey } from '../keys/public-key.ts'
import { authenticatePresentation } from '../presentation/authenticate-presentation.ts'
import { parsePresentation } from '../presentation/parse-presentation.ts'
import { kindOf } from './key-types.ts'
import {
  asVerdict,
  type IssuerContext,
  type ProviderNeeds,
  resolverOf,
  signingKeyOf,
  type VerifierContext,
  veramoVerdict,
  verifyCredentialBy,
  withoutAdditions,
} from './provider-support.ts'

const formats = ['vc+sd-jwt', 'dc+sd-jwt']

/**
 * A Veramo credential provider for SD-JWT: VCDM 2.0 documents (`vc+sd-jwt`), and task permissions
 * as IETF SD-JWT VCs (`dc+sd-jwt`, with the argument `holderKey`). It returns the SD-JWT with all
 * its disclosures in its envelope. Presentations are the holder's key binding: `presentSdJwt`.
 */
export class SdJwtProvider implements ICredentialProvider {
  readonly #needs: ProviderNeeds
  constructor(needs: ProviderNeeds) {
    this.#needs = needs
  }

  getProofFormatsSupportedForKey({ type }: IKey) {
    return kindOf(type) ? formats : []
  }

  canIssueProofFormat({ proofFormat }: { proofFormat: string }): boolean {
    return formats.includes(proofFormat)
  }

  canVerifyDocumentType({ document }: { document: unknown }): boolean {
    const type = isObject(document) ? typeInEnvelope(document as JsonObject) : undefined
    return type !== undefined && formats.includes(type)
  }

  async createVerifiableCredential(
    args: ICreateVerifiableCredentialArgs,
    context: IssuerContext,
  ): Promise<VerifiableCredential> {
    const { issuer } = args.credential
    const did = typeof issuer === 'string' ? issuer : issuer!.id
    const { signer, verificationMethod } = await signingKeyOf(
      { did, kinds: keyKinds, keyRef: args.keyRef },
      this.#needs,
      context,
    )
    const document = withoutAdditions(args.credential)
    const { crypto } = this.#needs
    if (args.proofFormat === 'vc+sd-jwt')
      return (await secureWithSdJwt(document, verificationMethod, signer, crypto)) as never
    const { holderKey } = args as { holderKey?: PublicKey }
    if (!holderKey) throw new Error('invalid_argument: dc+sd-jwt needs the argument holderKey')
    return (await securePermissionWithSdJwt(
      document,
      holderKey,
      verificationMethod,
      signer,
      crypto,
    )) as never
  }

  async createVerifiablePresentation(): Promise<VerifiablePresentation> {
    throw new Error('not_supported: the holder presents an SD-JWT by its key binding: presentSdJwt')
  }

  verifyCredential(args: IVerifyCredentialArgs, context: VerifierContext) {
    return verifyCredentialBy(this.#needs, args, context)
  }

  /** Verifies the issuer's signature too, not only the holder's. */
  async verifyPresentation(args: IVerifyPresentationArgs, context: VerifierContext) {
    const parsed = parsePresentation(args.presentation as unknown as JsonValue)
    if (isRefusal(parsed)) return veramoVerdict(parsed)
    const needs = { ...this.#needs, resolveDid: resolverOf(context), budget: makeBudget() }
    const expected = { challenge: args.challenge ?? '', domain: args.domain }
    const authentic = await authenticatePresentation(needs, parsed, expected)
    if (isRefusal(authentic)) return veramoVerdict(authentic)
    const credential = parseSecuredCredential(parsed.credentials[0]!.json)
    return asVerdict(
      isRefusal(credential) ? credential : await authenticateCredential(needs, credential),
    )
  }
}
