/**
 * Veramo makes a logger of the package `debug` for every call, and each asks the terminal whether it
 * has colours: a tenth of the time of issuing. Imported before Veramo is.
 */
process.env.DEBUG_COLORS ??= 'no'
