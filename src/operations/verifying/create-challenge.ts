import type { Deps, Settings } from '../../deps.ts'
import type { Did } from '../../did/syntax.ts'
import type { Caller } from '../../directory/caller.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { formatTime, type Seconds } from '../../foundation/time.ts'
import { challengeLifetime, makeChallenge } from '../../presentation/challenge.ts'

type Needs = Pick<Deps, 'clock' | 'crypto'> & {
  readonly settings: Pick<Settings, 'challengeKeys'>
}

export interface ChallengeAnswer {
  readonly challenge: string
  /** The presentation must name it as its domain. */
  readonly domain: Did
  readonly expiresAt: string
}

/** Makes a challenge for an audience that the caller represents. Nothing is stored. */
export async function createChallenge(
  needs: Needs,
  caller: Caller,
  {
    audience,
    lifetimeSeconds = challengeLifetime.default,
  }: { readonly audience: Did; readonly lifetimeSeconds?: Seconds | undefined },
): Promise<ChallengeAnswer> {
  if (!caller.audiences.includes(audience))
    throw new ServiceError('caller_forbidden', 'you do not represent this audience')
  const expiresAt = needs.clock() + lifetimeSeconds * 1000
  const challenge = await makeChallenge(
    { caller: caller.actor, audience },
    expiresAt,
    needs.settings.challengeKeys[0],
    needs.crypto,
  )
  return { challenge, domain: audience, expiresAt: formatTime(expiresAt) }
}
