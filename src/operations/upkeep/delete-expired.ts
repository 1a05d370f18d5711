import type { Deps } from '../../deps.ts'

type Needs = Pick<
  Deps,
  'clock' | 'requests' | 'meters' | 'sessions' | 'duties' | 'people' | 'handOvers' | 'seenLists'
>

/**
 * Deletes records that expired so long ago that no clock gives them any use. It runs once a minute: how
 * fast it deletes must follow from time that passed, and not from what a clock says.
 *
 * @see permission-model.md, 7.5
 */
export async function forgetExpired({
  clock,
  requests,
  meters,
  sessions,
  duties,
  people,
  handOvers,
  seenLists,
}: Needs): Promise<void> {
  const mark = await requests.moveForgetting(clock())
  await requests.forgetExpired(mark)
  await meters.forgetExpired(mark)
  await sessions.forgetExpired(mark)
  await duties.forgetExpired(mark)
  await people.forgetExpired(mark)
  await handOvers.forgetExpired(mark)
  await seenLists.forgetExpired(mark)
}
