/**
 * A half of V8's young generation takes at most 8 MiB, instead of 64 (decision 0030): what requests
 * leave behind is collected before it fills the memory.
 */
const flags = ['--max-semi-space-size=8'] as const

const nameOf = (option: string): string => option.replaceAll('_', '-').split('=')[0]!

/**
 * Replaces this process by one with this flag, unless its starter set it. V8 reads it only when a
 * process starts, and this way it holds however the service is started. The process id, the
 * standard streams and the environment stay the same. Where Node cannot replace a process (Windows),
 * the process goes on with V8's defaults.
 */
export function boundHeap(): void {
  const { execPath, execArgv, argv, env } = process
  const given = [...execArgv, ...(env.NODE_OPTIONS ?? '').split(/\s+/)].map(nameOf)
  const missing = flags.filter((flag) => !given.includes(nameOf(flag)))
  if (missing.length === 0 || !process.execve || process.platform === 'win32') return
  process.execve(execPath, [execPath, ...missing, ...execArgv, ...argv.slice(1)], env)
}
