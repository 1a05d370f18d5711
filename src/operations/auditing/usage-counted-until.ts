import type { Deps } from '../../deps.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import { usageSubscriber } from './fold-usage.ts'

/** No node leaves more events than this waiting for long. */
const batch = 1_000

/**
 * The moment up to which all use has been counted. Use is folded from the log shortly after it
 * happens, so anything withdrawn for lack of use is measured from this moment, not from now.
 */
export async function usageCountedUntil({
  clock,
  audit,
  cursors,
}: Pick<Deps, 'clock' | 'audit' | 'cursors'>): Promise<Milliseconds> {
  const now = clock()
  // Waiting events are read first: one that gets its place in between is then found behind the
  // cursor.
  const waiting = (await audit.unsequenced(batch)).map(({ body }) => read(body))
  const [uncounted] = await audit.list(
    { type: 'decision.made' },
    await cursors.position(usageSubscriber.name),
    1,
  )
  const first =
    waiting.find(({ type }) => type === 'decision.made') ??
    (waiting.length === batch ? waiting.at(-1) : undefined)
  return Math.min(
    now,
    ...(first ? [Date.parse(first.at)] : []),
    // An event erased before it was counted has no time any more.
    ...(uncounted ? [uncounted.content ? Date.parse(read(uncounted.content.body).at) : 0] : []),
  )
}

const read = (body: string) => JSON.parse(body) as { readonly type: string; readonly at: string }
