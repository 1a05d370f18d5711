/**
 * Writes lines to standard output, those of 20 ms together: one write per line would cost more than
 * most requests.
 */
export interface LogWriter {
  write(line: string): void
  flush(): void
}

const delay = 20

export function makeLogWriter(
  stream: { write(text: string): unknown } = process.stdout,
): LogWriter {
  // If the reader of the log goes away, the service continues without it.
  if (stream === process.stdout) process.stdout.on('error', () => undefined)
  let waiting: string[] = []
  const flush = () => {
    if (waiting.length === 0) return
    const text = `${waiting.join('\n')}\n`
    waiting = []
    stream.write(text)
  }
  return {
    write(line) {
      if (waiting.push(line) === 1) setTimeout(flush, delay).unref()
    },
    flush,
  }
}
