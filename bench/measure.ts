/** Runs once; may be asynchronous. */
export type Work = () => unknown

/**
 * Median time of one run in microseconds, for each kind of work: all take turns, so that noise
 * affects all alike.
 */
export async function interleave<K extends string>(
  works: Readonly<Record<K, Work>>,
  { rounds, runs }: { rounds: number; runs: number },
): Promise<Record<K, number>> {
  const names = Object.keys(works) as K[]
  const times = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<
    K,
    number[]
  >
  for (let round = -1; round < rounds; round++)
    for (const name of names) {
      const started = process.hrtime.bigint()
      for (let i = 0; i < runs; i++) {
        const result = works[name]()
        if (result instanceof Promise) await result
      }
      // The first round warms up.
      if (round >= 0) times[name].push(Number(process.hrtime.bigint() - started) / 1000 / runs)
    }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<K, number>
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]!
}

/** One line of the table: a ratio and its goal. */
export interface Line {
  readonly what: string
  readonly ratio: number
  readonly unit: string
  readonly goal: number | undefined
  /** Whether the goal is a minimum instead of a maximum. */
  readonly atLeast?: boolean
  readonly detail: string
}

export const isMet = ({ ratio, goal, atLeast }: Line): boolean | undefined =>
  goal === undefined ? undefined : atLeast ? ratio >= goal : ratio <= goal
