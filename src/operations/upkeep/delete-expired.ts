import type { Deps } from '../../deps.ts'

type Needs = Pick<
  Deps,
  'clock' | 'requests' | 'meters' | 'sessions' | 'duties' | 'people' | 'handOvers' | 'seenLists'
>

/**
 * Deletes records that expired so long ago that no clock difference matters. It runs once a minute
 * and deletes only a bounded time span, so that a wrong clock deletes nothing that counts.
 *
 * @see permission-model.md, 7.5
 */
export async function deleteExpired({
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
  await requests.deleteExpired(mark)
  await meters.deleteExpired(mark)
  await sessions.deleteExpired(mark)
  await duties.deleteExpired(mark)
  await people.deleteExpired(mark)
  await handOvers.deleteExpired(mark)
  await seenLists.deleteExpired(mark)
}
