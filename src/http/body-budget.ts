import { ServiceError } from '../foundation/errors.ts'

/** The share of one body in the budget, until its request is answered. */
export interface BodyAccount {
  /** @throws ServiceError `overloaded` if the bodies in memory leave less than this many bytes. */
  take(bytes: number): void
  /** The sender is authenticated from here on. */
  prove(): void
  close(): void
}

/**
 * Bytes of all bodies in memory; of those whose sender is not authenticated yet; and of one address
 * among them.
 */
export const bodyLimits = {
  all: 128_000_000,
  unproved: 32_000_000,
  ofOneAddress: 8_000_000,
} as const

/**
 * Bounds the bodies in memory at once, however many are sent. A body that is announced and not sent
 * only takes from the share of unauthenticated senders.
 */
export function makeBodyBudget(
  limits: Readonly<Record<keyof typeof bodyLimits, number>> = bodyLimits,
) {
  let all = 0
  let unproved = 0
  const addresses = new Map<string, number>()
  const count = (address: string, bytes: number) => {
    unproved += bytes
    const sum = (addresses.get(address) ?? 0) + bytes
    if (sum === 0) addresses.delete(address)
    else addresses.set(address, sum)
  }
  return {
    /** @param address the sender's, while the sender is not authenticated. */
    open(address: string | undefined): BodyAccount {
      let taken = 0
      let from = address
      const settle = () => {
        if (from !== undefined) count(from, -taken)
        from = undefined
      }
      return {
        take(bytes) {
          const isRoom =
            all + bytes <= limits.all &&
            (from === undefined ||
              (unproved + bytes <= limits.unproved &&
                (addresses.get(from) ?? 0) + bytes <= limits.ofOneAddress))
          if (!isRoom)
            throw new ServiceError('overloaded', 'too many request bodies at once: retry')
          taken += bytes
          all += bytes
          if (from !== undefined) count(from, bytes)
        },
        prove: settle,
        close() {
          settle()
          all -= taken
          taken = 0
        },
      }
    },
  }
}

export type BodyBudget = ReturnType<typeof makeBodyBudget>
