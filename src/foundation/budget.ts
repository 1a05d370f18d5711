import { type Refusal, refuse } from './refusal.ts'

/**
 * The most work that one request may cause, over all its parts: a batch is one request. Work is
 * counted, not timed, so that the result is the same on every runtime and under any load.
 */
export const workLimits = {
  /** Signatures checked, weighted by the cost of each key kind in `algorithms`. */
  signatures: 2_000,
  /** Characters of canonical JSON and of N-Quads. A body has at most a million. */
  canonicalBytes: 8_000_000,
  /** Hashes and permutations that name blank nodes: about 50 ms. */
  graphSteps: 10_000,
  /**
   * Members of documents passed to the JSON-LD library; a type, which may bring a context, counts
   * ten times.
   */
  expansionSteps: 12_000,
  /** Characters of documents from which JSON pointers select: each pointer may copy all of it. */
  selectedCharacters: 16_000_000,
  /** Characters of policies that are evaluated, again for each request that they are evaluated for. */
  policyCharacters: 100_000_000,
  /** Subschemas applied to a value, and values compared. */
  schemaVisits: 100_000,
  /** Inflated bytes of status lists: eight of the largest. */
  inflatedBytes: 100_000_000,
  /** Documents, lists and schemas fetched from other servers. */
  fetches: 256,
} as const

export type Work = keyof typeof workLimits

const names: Readonly<Record<Work, string>> = {
  signatures: 'signatures',
  canonicalBytes: 'characters in canonical form',
  graphSteps: 'steps to name blank nodes',
  expansionSteps: 'steps to expand JSON-LD',
  selectedCharacters: 'characters that JSON pointers may select',
  policyCharacters: 'characters of policies that are evaluated',
  schemaVisits: 'visits of a schema',
  inflatedBytes: 'bytes of inflated status lists',
  fetches: 'documents to fetch',
}

/** How much work of each kind one token of a caller's rate pays for: one or two milliseconds. */
const workPerToken: Readonly<Record<Work, number>> = {
  signatures: 25,
  canonicalBytes: 400_000,
  graphSteps: 400,
  expansionSteps: 400,
  selectedCharacters: 400_000,
  policyCharacters: 50_000,
  schemaVisits: 2_000,
  inflatedBytes: 2_000_000,
  fetches: 4,
}

/**
 * The work of one request. Created where the request arrives, and passed to everything that works
 * for it.
 */
export interface Budget {
  /**
   * Takes `amount` before the work is done. Refuses once the limit is exceeded, and from then on.
   */
  spend(work: Work, amount?: number): Refusal | undefined
  /** Returns an amount taken for work that turned out smaller. */
  restore(work: Work, amount: number): void
  /** The remaining budget; never below 0. */
  left(work: Work): number
  /** The work done, in tokens of a caller's rate. Work within the first token is free. */
  tokens(): number
}

/** @param limits instead of the defaults, for tests. */
export function makeBudget(limits: Readonly<Record<Work, number>> = workLimits): Budget {
  const spent: Record<Work, number> = {
    signatures: 0,
    canonicalBytes: 0,
    graphSteps: 0,
    expansionSteps: 0,
    selectedCharacters: 0,
    policyCharacters: 0,
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
