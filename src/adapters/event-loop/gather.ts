import type { MaybePromise } from '../../foundation/maybe-promise.ts'

/**
 * Collects the work requested in one turn of the event loop and does it together: one query for
 * all, or one item after another. Work of one kind finds its code and tables in the processor's
 * caches; serving requests one by one takes twice the time of serving them in stages.
 *
 * @param doAll returns the answers in the order of the requests; one answer may reject while the others do not.
 */
export function makeGathering<A, R>(
  doAll: (asked: readonly A[]) => MaybePromise<readonly MaybePromise<R>[]>,
): (asked: A) => Promise<R> {
  let waiting: {
    readonly asked: A
    readonly resolve: (answer: MaybePromise<R>) => void
    readonly reject: (cause: unknown) => void
  }[] = []
  const answerAll = async () => {
    const all = waiting
    waiting = []
    try {
      const answers = await doAll(all.map(({ asked }) => asked))
      for (const [i, { resolve }] of all.entries()) resolve(answers[i]!)
    } catch (error) {
      for (const { reject } of all) reject(error)
    }
  }
  return (asked) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ asked, resolve, reject }) === 1) setImmediate(answerAll)
    })
}
