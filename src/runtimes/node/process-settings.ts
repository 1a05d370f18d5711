import { availableParallelism } from 'node:os'

/** Process settings that must be in place before anything else is loaded. */

/**
 * Veramo creates a logger of the package `debug` for every call, and each asks the terminal for
 * colour support: a tenth of the time of issuing.
 */
process.env.DEBUG_COLORS ??= 'no'

/**
 * Signatures are verified on the thread pool besides the main thread; more threads than other cores
 * would slow it down. Host names are resolved without the pool.
 */
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(1, availableParallelism() - 1))
