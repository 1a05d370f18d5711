import type { Deps } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import { canonicalize } from '../../foundation/canonical.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { isRefusal, type Refusal, refuse } from '../../foundation/refusal.ts'
import type { Chain } from '../../permission/chain.ts'
import { authorityOf } from '../../permission/decide.ts'
import { type Amounts, countsOf } from '../../permission/meter.ts'
import { answerOnly, type Change, insteadOn } from '../common/change.ts'
import { acceptPresented } from '../verifying/accept-presented.ts'
import { areAuthentic, authenticateAll } from '../verifying/authenticate-presented.ts'
import type { AssessmentNeeds } from './assess-request.ts'

type Needs = AssessmentNeeds & Pick<Deps, 'meters'>

export interface ReserveRequest {
  readonly audience: Did
  /** A complete chain, in any order. */
  readonly credentials: readonly JsonObject[]
  /** Id of the grant of the last credential that covers the act. */
  readonly grant: string
  readonly amounts: Amounts
}

export type Reserved =
  | { readonly reserved: true; readonly reservation: Id }
  | { readonly reserved: false; readonly because: Refusal }

/**
 * Counts an act in advance for a verifier of the audience that decides on its own. Decisions of the
 * service count when they are made. The limits come from the credentials, which are verified.
 *
 * @see permission-model.md, 2.5
 */
export async function reserveMeter(
  needs: Needs,
  caller: Caller,
  request: ReserveRequest,
): Promise<Change<Reserved>> {
  if (!caller.audiences.includes(request.audience))
    throw new ServiceError('caller_forbidden', 'you do not represent this audience')
  const chain = await chainIn(needs, request)
  const counts = isRefusal(chain) ? chain : await countsIn(needs, chain, request)
  if (isRefusal(chain)) return notReserved(chain)
  if (isRefusal(counts)) return notReserved(counts)
  const now = needs.clock()
  const id = newId(now, needs.crypto.randomBytes)
  const reservation = {
    id,
    actor: caller.actor,
    counts,
    state: 'reserved',
    createdAt: now,
    expiresAt: chain.validUntil,
  } as const
  const facts = {
    reservation: id,
    holder: chain.subjects.at(-1)!,
    credential: chain.credential,
    grant: request.grant,
  }
  return {
    writes: needs.meters.reserve(reservation),
    events: [{ type: 'meter.reserved', actor: caller.actor, facts }],
    answer: { reserved: true, reservation: id },
    otherwise: insteadOn({ limit_reached: () => notReserved(refuse('limit_reached')) }),
  }
}

const notReserved = (because: Refusal): Change<Reserved> => answerOnly({ reserved: false, because })

/** The single chain that the credentials form, in good standing and for this audience. */
async function chainIn(
  needs: Needs,
  { credentials, audience }: ReserveRequest,
): Promise<Chain | Refusal> {
  const presented = credentials.map((json) => ({ json, canonical: canonicalize(json) }))
  const authentic = await authenticateAll(needs, { credentials: presented })
  if (!areAuthentic(authentic)) return authentic.find(isRefusal)!
  // There is no presenter: the subject of the last credential is taken as holder.
  const delegators = new Set(authentic.map(({ issuer }) => issuer))
  const leaf = authentic.find(({ subjects: [subject] }) => !delegators.has(String(subject?.id)))
  const holder = String(leaf?.subjects[0]?.id) as Did
  const accepted = await acceptPresented(
    needs,
    { holder, credentials: presented },
    authentic,
    () => undefined,
  )
  if (isRefusal(accepted)) return accepted
  const [one, ...others] = accepted
  if (!one || others.length > 0) return refuse('malformed', 'the credentials are not one chain')
  const chain = authorityOf(one.line, one.links[0]!.statusPurposes)
  if (isRefusal(chain)) return chain
  return chain.permission.audience.includes(audience) ? chain : refuse('audience_mismatch')
}

async function countsIn(
  { rules, crypto }: Needs,
  chain: Chain,
  { grant, amounts }: ReserveRequest,
) {
  const limits = chain.meters.get(grant)
  if (!limits) return refuse('resource_not_granted', 'the permission has no such grant')
  return countsOf(limits, amounts, rules, crypto)
}
