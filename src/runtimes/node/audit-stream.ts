import { appendFileSync } from 'node:fs'
import { connect } from 'node:tls'
import { toCef } from '../../audit/formats/cef.ts'
import { toOcsf } from '../../audit/formats/ocsf.ts'
import { frame, toSyslog } from '../../audit/formats/syslog.ts'
import type { ToldEvent } from '../../audit/formats/told-event.ts'
import { version } from '../../composition/version.ts'
import { visibleJson } from '../../foundation/control-characters.ts'
import { ServiceError } from '../../foundation/errors.ts'

export const streamFormats = ['json', 'ocsf', 'cef', 'syslog'] as const
export type StreamFormat = (typeof streamFormats)[number]

/**
 * Destination of events. Once `send` resolves, the messages have arrived as far as can be known.
 */
export interface Sink {
  send(messages: readonly string[]): Promise<void>
  close(): Promise<void>
}

export interface StreamPosition {
  read(): Promise<number>
  /** @throws if the stream is not at `from` any more: another process moved it. */
  move(from: number, next: number): Promise<unknown>
}

export interface StreamOptions {
  readonly format: StreamFormat
  readonly sink: Sink
  /** The position of the stream, which outlives this process. */
  readonly position: StreamPosition
  /** A page of the log from a position on. */
  readonly read: (from: number) => Promise<{
    readonly events: readonly ToldEvent[]
    readonly next: number | null
  }>
  /** Name of the log. */
  readonly origin: string
  readonly follow: boolean
  readonly signal?: AbortSignal
  readonly onProgress?: (sent: number, cursor: number) => void
}

const pause = 1_000

/**
 * Sends the log to a collector, each event at least once: the position moves on only after the
 * events before it were sent. An interrupted stream continues where it stopped.
 *
 * @returns how many events were sent.
 */
export async function streamAudit(options: StreamOptions): Promise<number> {
  const { sink, position, read, follow, signal, onProgress } = options
  let cursor = await position.read()
  let sent = 0
  while (!signal?.aborted) {
    const { events } = await read(cursor)
    if (events.length === 0) {
      if (!follow) break
      await new Promise((resolve) => setTimeout(resolve, pause))
      continue
    }
    await sink.send(events.map((event) => formatEvent(event, options)))
    const next = events.at(-1)!.sequence + 1
    await position.move(cursor, next)
    cursor = next
    sent += events.length
    onProgress?.(sent, cursor)
  }
  return sent
}

/** Always one line, because line ends in the event are escaped. */
export function formatEvent(
  event: ToldEvent,
  { format, origin }: Pick<StreamOptions, 'format' | 'origin'>,
): string {
  switch (format) {
    case 'json':
      return visibleJson(event)
    case 'ocsf':
      return visibleJson(toOcsf(event, version))
    case 'cef':
      return toCef(event, version)
    case 'syslog':
      return toSyslog(event, origin)
  }
}

/** One line an event. */
export const fileSink = (file: string): Sink => ({
  async send(messages) {
    appendFileSync(file, `${messages.join('\n')}\n`, { mode: 0o600, flush: true })
  },
  close: async () => undefined,
})

/**
 * Syslog over TLS. The protocol has no acknowledgement, so each batch uses a connection of its own:
 * it counts as sent once the other side has closed it properly after the last message, and is sent
 * again otherwise. A collector that closes properly without keeping the messages cannot be
 * detected.
 *
 * @param authorities PEM; default: the system's.
 * @see https://www.rfc-editor.org/rfc/rfc5425
 */
export const tlsSink = (
  host: string,
  port: number,
  authorities: string | undefined,
  attempts = 5,
): Sink => ({
  async send(messages) {
    const text = messages.map(frame).join('')
    for (let attempt = 1; ; attempt++)
      try {
        await sendOver({ host, port, ca: authorities }, text)
        return
      } catch (error) {
        if (attempt >= attempts)
          throw new ServiceError(
            'storage_unreachable',
            `${host}:${port} does not accept messages`,
            {
              cause: error,
            },
          )
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
      }
  },
  close: async () => undefined,
})

const patience = 30_000

const sendOver = (
  { host, port, ca }: { host: string; port: number; ca: string | undefined },
  text: string,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let isWritten = false
    const socket = connect({ host, port, servername: host, minVersion: 'TLSv1.2', ca })
    socket.setTimeout(patience, () => socket.destroy(new Error('no answer')))
    socket.once('secureConnect', () => {
      socket.end(text, () => {
        isWritten = true
      })
    })
    socket.once('error', reject)
    socket.once('close', (hadError) => {
      if (isWritten && !hadError) resolve()
      else reject(new Error('the connection was closed too early'))
    })
    socket.resume()
  })
