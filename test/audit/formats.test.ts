import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { toCef } from '../../src/audit/formats/cef.ts'
import { toOcsf } from '../../src/audit/formats/ocsf.ts'
import { frame, toSyslog } from '../../src/audit/formats/syslog.ts'
import type { ToldEvent } from '../../src/audit/formats/told-event.ts'
import {
  fileSink,
  formatEvent,
  type Sink,
  streamAudit,
  tlsSink,
} from '../../src/runtimes/node/audit-stream.ts'

const told = (more: object = {}, sequence = 7): ToldEvent => ({
  sequence,
  event: {
    id: '0199aa00-0000-7000-8000-000000000001',
    at: '2026-11-22T09:00:00.000Z',
    type: 'decision.made',
    actor: 'agent:a',
    facts: { decision: 'deny', reason: 'revoked', resource: 'db://x|y=z\n"]\\' },
    origin: { address: '192.0.2.1', request: 'r' },
    ...more,
  },
})
const erased: ToldEvent = { sequence: 8, event: null }

test('OCSF shows a denied decision as API activity that was denied', () => {
  const record = toOcsf(told(), '1.0')

  expect(record).toMatchObject({
    class_uid: 6003,
    category_uid: 6,
    activity_id: 99,
    type_uid: 600_399,
    severity_id: 2,
    action: 'Denied',
    status_detail: 'revoked',
    time: Date.parse('2026-11-22T09:00:00.000Z'),
    metadata: { version: '1.5.0', sequence: 7, event_code: 'decision.made' },
    actor: { user: { uid: 'agent:a', type: 'agent' } },
    src_endpoint: { ip: '192.0.2.1' },
    api: { operation: 'decision.made', request: { uid: 'r' } },
  })
  const retired = toOcsf(told({ type: 'agent.retired', facts: { agent: 'x' } }), '1.0')
  expect([retired.class_uid, retired.activity_name, retired.entity]).toEqual([
    3004,
    'Delete',
    { type: 'agent', uid: 'x' },
  ])
  const issued = toOcsf(told({ type: 'credential.issued', facts: { agent: 'x' } }), '1.0')
  expect([issued.class_uid, issued.activity_name, issued.user]).toEqual([
    3005,
    'Assign Privileges',
    { uid: 'x' },
  ])
  expect(toOcsf(told({ type: 'break-glass.used', facts: {} }), '1.0').severity).toBe('Critical')
  expect(toOcsf(erased, '1.0')).toMatchObject({ message: 'erased', metadata: { sequence: 8 } })
})

test('CEF: no value can add a field, a header or a line', () => {
  expect(toCef(told(), '1|0')).toBe(
    'CEF:0|Procura|Procura|1\\|0|decision.made|decision made|3|rt=1795338000000' +
      ' externalId=0199aa00-0000-7000-8000-000000000001 cn1=7 cn1Label=sequence suser=agent:a src=192.0.2.1' +
      ' act=deny reason=revoked cs1={"decision":"deny","reason":"revoked","resource":"db://x|y\\=z\\\\n\\\\"]\\\\\\\\"}' +
      ' cs1Label=facts',
  )
  expect(toCef(erased, '1')).toBe('CEF:0|Procura|Procura|1|erased|erased|1|cn1=8 cn1Label=sequence')
  fc.assert(
    fc.property(fc.string(), fc.string(), (actor, text) => {
      const line = toCef(told({ actor, facts: { reason: text } }), '1')
      expect(line).not.toMatch(/[\r\n]/)
      const unescaped = line.replaceAll(/\\[\\=rn]/g, '')
      expect(unescaped.match(/(?:^| )(?:\w+)=/g)!.filter((one) => one === ' act=')).toEqual([])
    }),
  )
})

/** A terminal's escape, C1 forms of it, other ends of lines, DEL, and text that reads backwards. */
const unseen = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/

test('no format contains a value that a terminal or a line-based reader would act on', () => {
  const hostile = '\u001b[2J\u0085\u009b\u2028\u2029\u007f\u0000\u202e\t'
  const event = told({ actor: `agent:${hostile}`, facts: { reason: hostile, [hostile]: hostile } })
  const lines = (['cef', 'syslog', 'json', 'ocsf'] as const).map((format) =>
    formatEvent(event, { format, origin: hostile }),
  )

  for (const line of lines) expect(line).not.toMatch(unseen)
  expect(lines[0]).toContain('reason=\\\\u001b[2J\\\\u0085')
  expect(JSON.parse(lines[2]!)).toEqual(event)
  expect(toCef(told({ facts: { reason: 'a\r\nb' } }), '1')).toContain('reason=a\\r\\nb cs1=')
})

test('RFC 5424: header, structured data and message, framed by octet counting', () => {
  const message = toSyslog(told({ facts: { text: 'é' } }), 'iam.acme.example')
  expect(message).toBe(
    '<110>1 2026-11-22T09:00:00.000Z iam.acme.example procura - decision.made' +
      ' [audit@32473 sequence="7" id="0199aa00-0000-7000-8000-000000000001" actor="agent:a"] ' +
      JSON.stringify(told({ facts: { text: 'é' } }).event),
  )
  expect(frame('é')).toBe('2 é')
  expect(toSyslog(told({ actor: 'a"]\\' }), 'h h')).toContain(' h_h procura')
  expect(toSyslog(told({ actor: 'a"]\\' }), 'h')).toContain('actor="a\\"\\]\\\\"]')
  expect(toSyslog(erased, 'h')).toBe('<110>1 - h procura - erased [audit@32473 sequence="8"]')
})

const folderOf = () => {
  const folder = mkdtempSync(join(tmpdir(), 'procura-stream-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}
const log = Array.from({ length: 25 }, (_, i) => told({}, i))
const reader = (size = log.length) => ({
  read: async (from: number) => ({
    events: log.slice(from, Math.min(size, from + 10)),
    next: null,
  }),
})

/** A position as the service keeps it. */
function positionAt(start = 0) {
  let at = start
  return {
    at: () => at,
    read: async () => at,
    async move(from: number, next: number) {
      if (from !== at) throw new Error('another process moved the stream')
      at = next
    },
  }
}

test('an interrupted stream continues where it stopped, and leaves nothing out', async () => {
  const folder = folderOf()
  const file = join(folder, 'out')
  const position = positionAt()
  const options = { format: 'json', position, origin: 'o', follow: false } as const
  const into = fileSink(file)
  let calls = 0
  const breaking: Sink = {
    send: async (messages) => {
      if (++calls === 2) throw new Error('gone')
      await into.send(messages)
    },
    close: into.close,
  }

  await expect(streamAudit({ ...options, ...reader(), sink: breaking })).rejects.toThrow('gone')
  const between = position.at()
  const sent = await streamAudit({ ...options, ...reader(), sink: into })
  const again = await streamAudit({ ...options, ...reader(), sink: into })

  expect([between, sent, again]).toEqual([10, 15, 0])
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line).sequence)).toEqual(
    log.map(({ sequence }) => sequence),
  )
})

/** A collector of syslog over TLS with a certificate of its own; after so many bytes it resets the first connection. */
async function collector(folder: string, dropAfter = Number.POSITIVE_INFINITY) {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
      .concat(['-keyout', key, '-out', cert, '-subj', '/CN=localhost'])
      .concat(['-addext', 'subjectAltName=DNS:localhost']),
    { stdio: 'ignore' },
  )
  const received: string[] = []
  let connections = 0
  const plain: Socket[] = []
  const server: Server = createServer(
    { key: readFileSync(key), cert: readFileSync(cert) },
    (socket) => {
      const mine = connections++
      let bytes = 0
      let text = ''
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => {
        bytes += chunk.length
        if (mine === 0 && bytes > dropAfter) {
          plain[mine]!.resetAndDestroy()
          return
        }
        text += chunk.toString('utf8')
        for (;;) {
          const match = /^(\d+) /.exec(text)
          const length = Number(match?.[1])
          if (!match || text.length < match[0].length + length) break
          received.push(text.slice(match[0].length, match[0].length + length))
          text = text.slice(match[0].length + length)
        }
      })
    },
  )
  server.on('connection', (socket: Socket) => plain.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  return { port, received, authority: readFileSync(cert, 'utf8'), count: () => connections }
}
const sequencesIn = (messages: readonly string[]) =>
  messages.map((message) => Number(/sequence="(\d+)"/.exec(message)![1]))

test('syslog over TLS: every message arrives in order; a server with an untrusted certificate gets none', async () => {
  const folder = folderOf()
  const { port, received, authority } = await collector(folder)
  const options = { format: 'syslog', origin: 'o', follow: false, ...reader() } as const
  const sink = tlsSink('localhost', port, authority)

  await streamAudit({ ...options, sink, position: positionAt() })
  await sink.close()
  const untrusting = tlsSink('localhost', port, undefined, 1)

  expect(sequencesIn(received)).toEqual(log.map(({ sequence }) => sequence))
  await expect(
    streamAudit({ ...options, sink: untrusting, position: positionAt() }),
  ).rejects.toThrow('does not accept messages')
  expect(received).toHaveLength(log.length)
})

test('syslog over TLS: what a broken connection may have lost is sent again', async () => {
  const folder = folderOf()
  const { port, received, authority, count } = await collector(folder, 2_000)
  const options = { format: 'syslog', origin: 'o', follow: false, ...reader() } as const
  const sink = tlsSink('localhost', port, authority)

  await streamAudit({ ...options, sink, position: positionAt() })
  await sink.close()

  expect(new Set(sequencesIn(received))).toEqual(new Set(log.map(({ sequence }) => sequence)))
  expect(count()).toBeGreaterThan(1)
})
