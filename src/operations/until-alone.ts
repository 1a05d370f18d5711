import { ServiceError } from '../errors.ts'

/** How often somebody who was overtaken looks again. */
const attempts = 20

/**
 * Whoever was overtaken by another change of the same thing looks at it anew.
 *
 * @param forget drops what this node remembers, which may be what was overtaken.
 */
export async function untilAlone<T>(run: () => Promise<T>, forget?: () => void): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await run()
    } catch (error) {
      const isOvertaken = error instanceof ServiceError && error.code === 'write_conflict'
      if (!isOvertaken || attempt === attempts) throw error
      forget?.()
    }
}
