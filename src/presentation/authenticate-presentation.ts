import { verifyToken } from '../credential/jose.ts'
import { flawOfClaimTimes } from '../credential/token-claims.ts'
import { type AuthenticateNeeds, verifyProofs } from '../credential/verify-proofs.ts'
import { canonicalize } from '../foundation/canonical.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { AuthenticPresentation, Presentation } from './presentation.ts'
import { flawOfKeyBinding } from './sd-jwt-presentation.ts'

export interface ExpectedPresentation {
  readonly challenge: string
  /**
   * Undefined only if the caller of a W3C endpoint gave none: then the presentation must have none
   * either.
   */
  readonly domain: string | undefined
}

/**
 * Checks that the holder signed this presentation for this challenge and exactly this domain. The
 * credentials are not checked.
 *
 * @see https://www.w3.org/TR/vc-data-integrity/#verify-proof
 */
export async function authenticatePresentation(
  needs: AuthenticateNeeds,
  presentation: Presentation,
  expected: ExpectedPresentation,
): Promise<AuthenticPresentation | Refusal> {
  const { challenge, domains } = presentation
  if (challenge !== expected.challenge) return refuse('challenge_mismatch')
  const wanted = expected.domain === undefined ? [] : [expected.domain]
  if (domains.length !== wanted.length || domains[0] !== wanted[0]) return refuse('domain_mismatch')
  const flaw = await flawOfSecuring(needs, presentation)
  return flaw ?? (presentation as AuthenticPresentation)
}

async function flawOfSecuring(
  needs: AuthenticateNeeds,
  presentation: Presentation,
): Promise<Refusal | undefined> {
  const { securing, holder, document } = presentation
  switch (securing.mechanism) {
    case 'sd-jwt':
      return flawOfKeyBinding(needs, securing.sdJwt, holder)
    case 'jose':
      return (
        (await verifyToken(needs, securing.token, 'authentication', holder)) ??
        flawOfIssuer(presentation) ??
        flawOfClaimTimes(securing.token.payload, needs.clock())
      )
    case 'data-integrity':
      return verifyProofs(needs, {
        document,
        proofs: securing.proofs,
        relationship: 'authentication',
        controller: holder,
        canonical: canonicalForm(presentation),
      })
  }
}

function flawOfIssuer({ securing, holder }: Presentation): Refusal | undefined {
  if (securing.mechanism !== 'jose') return undefined
  const { iss } = securing.token.payload
  return iss === undefined || iss === holder ? undefined : refuse('signer_mismatch')
}

/** Reuses the canonical forms of the credentials. */
const canonicalForm = ({ document, credentials }: Presentation): string =>
  canonicalize(document, new Map(credentials.map(({ json, canonical }) => [json, canonical])))
