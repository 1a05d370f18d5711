import { availableParallelism } from 'node:os'

/** Settings of the process that must stand before anything else is loaded. */

/**
 * Veramo makes a logger of the package `debug` for every call, and each asks the terminal whether it
 * has colours: a tenth of the time of issuing.
 */
process.env.DEBUG_COLORS ??= 'no'

/**
 * Signatures are checked on the thread pool beside the main thread: more threads than there are
 * other cores only take its time away. Host names are looked up without the pool.
 */
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(1, availableParallelism() - 1))
