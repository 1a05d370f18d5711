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
import { envelop, signToken, typeInEnvelope } from '../credential/jose.ts'
import { makeBudget } from '../foundation/budget.ts'
import { isObject, type JsonObject, type JsonValue } from '../foundation/json.ts'
import { isRefusal } from '../foundation/refusal.ts'
import { keyKinds } from '../keys/algorithm.ts'
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

/**
 * A Veramo credential provider for VCDM 2.0 with JOSE (`vc+jwt`, `vp+jwt`), with EdDSA or ES256. It
 * returns the token in its envelope.
 */
export class JoseProvider implements ICredentialProvider {
  readonly #needs: ProviderNeeds
  constructor(needs: ProviderNeeds) {
    this.#needs = needs
  }

  getProofFormatsSupportedForKey({ type }: IKey) {
    return kindOf(type) ? ['vc+jwt'] : []
  }

  canIssueProofFormat({ proofFormat }: { proofFormat: string }): boolean {
    return proofFormat === 'vc+jwt'
  }

  canVerifyDocumentType({ document }: { document: unknown }): boolean {
    const type = isObject(document) ? typeInEnvelope(document as JsonObject) : undefined
    return type === 'vc+jwt' || type === 'vp+jwt'
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
    const token = await signToken(
      withoutAdditions(args.credential),
      'vc+jwt',
      verificationMethod,
      signer,
    )
    return envelop(token, 'vc+jwt') as unknown as VerifiableCredential
  }

  async createVerifiablePresentation(
    args: ICreateVerifiablePresentationArgs,
    context: IssuerContext,
  ): Promise<VerifiablePresentation> {
    const { signer, verificationMethod } = await signingKeyOf(
      { did: args.presentation.holder, kinds: keyKinds, keyRef: args.keyRef },
      this.#needs,
      context,
    )
    const claims = {
      ...withoutAdditions(args.presentation),
      nonce: args.challenge,
      aud: args.domain,
    } as unknown as Parameters<typeof signToken>[0]
    return envelop(
      await signToken(claims, 'vp+jwt', verificationMethod, signer),
      'vp+jwt',
    ) as unknown as VerifiablePresentation
  }

  verifyCredential(args: IVerifyCredentialArgs, context: VerifierContext) {
    return verifyCredentialBy(this.#needs, args, context)
  }

  async verifyPresentation(args: IVerifyPresentationArgs, context: VerifierContext) {
    const parsed = parsePresentation(args.presentation as unknown as JsonValue)
    if (isRefusal(parsed)) return veramoVerdict(parsed)
    const needs = { ...this.#needs, resolveDid: resolverOf(context), budget: makeBudget() }
    const expected = { challenge: args.challenge ?? '', domain: args.domain }
    return asVerdict(await authenticatePresentation(needs, parsed, expected))
  }
}
