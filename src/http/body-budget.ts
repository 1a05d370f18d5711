import { ServiceError } from '../foundation/errors.ts'

/** What one body takes of the budget, until its request is answered. */
export interface BodyAccount {
  /** @throws ServiceError `overloaded` if there is no room for so many bytes more. */
  take(bytes: number): void
  /** Whoever sent it is known from here on. */
  prove(): void
  close(): void
}

/** Bytes of all bodies in memory at once; of those whose sender is not proved yet; and of one address's among them. */
export const bodyLimits = {
  all: 128_000_000,
  unproved: 32_000_000,
  ofOneAddress: 8_000_000,
} as const

/**
 * Keeps the bodies that are in memory at once within bounds, however many are sent. Whoever
 * announces a body and does not send it takes from those alone who have not proved who they are.
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
    /** @param address where the body comes from, if whoever sends it is not proved yet. */
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
            throw new ServiceError('overloaded', 'too much is being sent at once: try again')
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
