import { type Refusal, refuse } from './refusal.ts'

/**
 * The most that one request may make us do, over all its parts: a batch is one request. Counted and
 * never timed, so that the verdict is the same on every runtime and under any load.
 */
export const workLimits = {
  /** Signatures checked, by the cost that `algorithms` gives for each kind of key. */
  signatures: 2_000,
  /** Characters of canonical JSON and of N-Quads. A body holds a million. */
  canonicalBytes: 8_000_000,
  /** Hashes and permutations by which blank nodes are named: some 50 ms of them. */
  graphSteps: 10_000,
  /** Members of documents that are left to the JSON-LD library; a type, which may bring a context, counts for ten. */
  expansionSteps: 12_000,
  /** Subschemas applied to a value, and values compared. */
  schemaVisits: 100_000,
  /** Bytes of status lists, inflated: eight of the largest. */
  inflatedBytes: 100_000_000,
  /** Documents, lists and schemas asked of somebody's server. */
  fetches: 256,
} as const

export type Work = keyof typeof workLimits

const names: Readonly<Record<Work, string>> = {
  signatures: 'signatures',
  canonicalBytes: 'characters in canonical form',
  graphSteps: 'steps to name blank nodes',
  expansionSteps: 'steps to expand JSON-LD',
  schemaVisits: 'visits of a schema',
  inflatedBytes: 'bytes of inflated status lists',
  fetches: 'documents to fetch',
}

/** How much of each kind one token of a caller's rate pays for: a millisecond or two of it. */
const workPerToken: Readonly<Record<Work, number>> = {
  signatures: 25,
  canonicalBytes: 400_000,
  graphSteps: 400,
  expansionSteps: 400,
  schemaVisits: 2_000,
  inflatedBytes: 2_000_000,
  fetches: 4,
}

/** The work of one request. Made where the request comes in, and handed on to whatever works for it. */
export interface Budget {
  /** Takes `amount` before the work is done. Refuses once the limit is passed, and from then on. */
  spend(work: Work, amount?: number): Refusal | undefined
  /** Gives back what was taken for work that turned out to be less. */
  restore(work: Work, amount: number): void
  /** How much may still be spent; never below 0. */
  left(work: Work): number
  /** What was spent, in tokens of a caller's rate. Work within the first token costs none. */
  tokens(): number
}

/** @param limits other than the usual ones, for tests. */
export function makeBudget(limits: Readonly<Record<Work, number>> = workLimits): Budget {
  const spent: Record<Work, number> = {
    signatures: 0,
    canonicalBytes: 0,
    graphSteps: 0,
    expansionSteps: 0,
    schemaVisits: 0,
    inflatedBytes: 0,
    fetches: 0,
  }
  return {
    spend(work, amount = 1) {
      spent[work] += amount
      return spent[work] > limits[work]
        ? refuse('budget_exceeded', `one request may take ${limits[work]} ${names[work]}`)
        : undefined
    },
    restore(work, amount) {
      spent[work] -= amount
    },
    left: (work) => Math.max(0, limits[work] - spent[work]),
    tokens: () =>
      Math.floor(
        (Object.keys(spent) as Work[]).reduce(
          (sum, work) => sum + spent[work] / workPerToken[work],
          0,
        ),
      ),
  }
}
