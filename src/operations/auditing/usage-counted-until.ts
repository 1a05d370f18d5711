import type { Deps } from '../../deps.ts'
import type { Milliseconds } from '../../foundation/time.ts'
import { usageSubscriber } from './fold-usage.ts'

/** More than a node leaves without its place for long. */
const batch = 1_000

/**
 * Until when all use is counted that anybody was told of. Use is folded from the log a moment after
 * it happened: whoever takes something away for want of use measures from this moment, not from now.
 */
export async function usageCountedUntil({
  clock,
  audit,
  cursors,
}: Pick<Deps, 'clock' | 'audit' | 'cursors'>): Promise<Milliseconds> {
  const now = clock()
  // First what has no place yet: what gets one meanwhile is then seen behind the position.
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
    // One that was erased before it was counted has no time any more.
    ...(uncounted ? [uncounted.content ? Date.parse(read(uncounted.content.body).at) : 0] : []),
  )
}

const read = (body: string) => JSON.parse(body) as { readonly type: string; readonly at: string }
