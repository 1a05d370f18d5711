interface Waiting<C, A> {
  readonly commit: C
  readonly resolve: (answer: A) => void
  readonly reject: (error: unknown) => void
}

export interface GroupOptions<C, A> {
  readonly maxGroup: number
  /**
   * Executes all in one transaction; undefined if any fails, and then nothing was written. Throws
   * if none can be tried.
   */
  readonly together: (commits: readonly C[]) => Promise<readonly A[] | undefined>
  readonly alone: (commit: C) => Promise<A>
}

/**
 * Group commit: commits that wait at the same time become durable in one transaction. If it fails,
 * each is tried alone and has its own outcome.
 */
export function makeGroups<C, A>({ maxGroup, together, alone }: GroupOptions<C, A>) {
  const waiting: Waiting<C, A>[] = []
  let working: Promise<void> | undefined

  const work = async () => {
    while (waiting.length > 0) await settle(waiting.splice(0, maxGroup))
    working = undefined
  }
  const settle = async (group: readonly Waiting<C, A>[]) => {
    try {
      const answers =
        group.length > 1 ? await together(group.map(({ commit }) => commit)) : undefined
      if (answers) {
        for (const [i, { resolve }] of group.entries()) resolve(answers[i]!)
        return
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    for (const { commit, resolve, reject } of group) await alone(commit).then(resolve, reject)
  }
  return {
    add: (commit: C) =>
      new Promise<A>((resolve, reject) => {
        waiting.push({ commit, resolve, reject })
        // Everything requested in this turn of the event loop forms one group.
        working ??= new Promise<void>((next) => setImmediate(next)).then(work)
      }),
    async drain() {
      while (working) await working
    },
  }
}
