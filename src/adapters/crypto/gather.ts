/**
 * Does what is asked for in one go, once the event loop has heard everybody that has come meanwhile.
 * Work of one kind after another finds its code and tables in the processor's caches: a request that
 * is served from end to end before the next takes twice the time of one that is served in stages.
 */
export function makeGathering(): <A>(work: () => A) => Promise<A> {
  let waiting: (() => void)[] = []
  const doAll = () => {
    const all = waiting
    waiting = []
    for (const work of all) work()
  }
  return (work) =>
    new Promise((resolve, reject) => {
      const isFirst = waiting.length === 0
      waiting.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
      if (isFirst) setImmediate(doAll)
    })
}
