import { isRefusal, type Reason, type Refusal, reasons } from '../../foundation/refusal.ts'
import type { Seconds } from '../../foundation/time.ts'
import type { CredentialVerdict } from './verify-credential.ts'

/** A refusal in the form of the W3C endpoints (RFC 9457, VCDM 2.0, 7.1). */
export const showRefusal = ({ refused, detail }: Refusal) => ({
  type: reasons[refused][0] as string,
  title: reasons[refused][1] as string,
  detail,
  reason: refused as Reason,
})

export const showFlaw = (flaw: Refusal | undefined) => (isRefusal(flaw) ? [showRefusal(flaw)] : [])

type Judgement = Pick<CredentialVerdict, 'refusal' | 'caution'> & {
  readonly statusAge?: Seconds | undefined
}

/**
 * A verdict as the service and the SDK state it. `verified` concerns the proof and the form;
 * `decision` says whether to rely on the credential now; `reason` says why not.
 */
export const showJudgement = ({ refusal, caution, statusAge }: Judgement) => ({
  verified: refusal === undefined,
  decision: refusal || caution ? ('deny' as const) : ('allow' as const),
  reason: (refusal ?? caution)?.refused ?? null,
  statusAge: statusAge ?? null,
  problemDetails: [...showFlaw(refusal), ...showFlaw(caution)],
})

/** The verdict on a credential, with what was verified. */
export const showVerdict = ({
  told,
  verifiedDocument,
  ...judgement
}: Judgement & Pick<CredentialVerdict, 'told' | 'verifiedDocument'>) => ({
  ...showJudgement(judgement),
  ...(told ? { statuses: told } : {}),
  ...(verifiedDocument ? { verifiedDocument } : {}),
})
