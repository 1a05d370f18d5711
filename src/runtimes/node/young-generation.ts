/**
 * The largest half of V8's young generation, in MiB. V8's own default takes 128 MB for both halves
 * on a 64-bit machine, a quarter of what the service may use; with 16 it serves as many requests
 * (decision 0030).
 */
const flag = '--max-semi-space-size'
const mebibytes = Number(process.env.SEMI ?? 16)

/**
 * Replaces this process by one whose young generation is bounded, unless whoever started it chose a
 * size. V8 reads the size only when a process starts, and this way the bound holds however the
 * service is started. The process id, the standard streams and the environment stay the same. Where
 * Node cannot replace a process (Windows), the process goes on with V8's default.
 */
export function boundYoungGeneration(): void {
  const given = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)]
  if (given.some((option) => option.replaceAll('_', '-').startsWith(flag))) return
  if (typeof process.execve !== 'function' || process.platform === 'win32') return
  const { execPath, execArgv, argv } = process
  process.execve(
    execPath,
    [
      execPath,
      `${flag}=${mebibytes}`,
      ...(process.env.MORE ? process.env.MORE.split(' ') : []),
      ...execArgv,
      ...argv.slice(1),
    ],
    process.env,
  )
}
