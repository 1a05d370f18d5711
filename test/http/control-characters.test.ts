import { execFile } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fields, makeOutput, table } from '../../src/cli/output.ts'
import { oneLine, visible, visibleJson } from '../../src/foundation/control-characters.ts'
import { world } from '../world.ts'

/** A title for the terminal, a cleared screen by C1, a row of its own, text that reads backwards, and nothing. */
const hostile = '\u001b]0;x\u0007 \u009b2J \n forged \u202egnp \u200b \u2028 \u007f \u{e0041}'
const forbidden =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/

test('invisible characters are shown as escapes, in JSON of the same value', () => {
  expect(visible('Ada \u001b[2J\n\u009b\u202e\u200d\u{e0041}é😀')).toBe(
    'Ada \\u001b[2J\\u000a\\u009b\\u202e\\u200d\\udb40\\udc41é😀',
  )
  fc.assert(
    fc.property(fc.jsonValue(), fc.string({ unit: 'binary' }), (value, text) => {
      const all = { value, text, hostile }
      expect(JSON.parse(visibleJson(all))).toEqual(JSON.parse(JSON.stringify(all)))
      expect(visibleJson(all)).not.toMatch(forbidden)
      expect(visible(text + hostile)).not.toMatch(/\p{Cc}/u)
    }),
    { numRuns: 50 },
  )
})

test('rows and fields of the command line are single lines, with aligned columns', () => {
  const written: string[] = []
  const output = makeOutput(false, (line) => written.push(line))
  const [header, first, second] = table(
    ['name', 'state'],
    [
      [hostile, 'active'],
      ['x', 'active'],
    ],
  )

  output.show({}, [
    ...fields({ name: hostile, other: { name: hostile } }),
    header!,
    first!,
    second!,
  ])
  output.show({}, [`detail: ${hostile}`])
  makeOutput(true, (line) => written.push(line)).show({ name: hostile }, [])

  expect(written).toHaveLength(7)
  expect(written.join('')).not.toMatch(/\n/)
  expect(written.join('')).not.toMatch(forbidden)
  expect([first!.indexOf('active'), second!.indexOf('active')]).toEqual(
    Array(2).fill(header!.indexOf('state')),
  )
  expect(JSON.parse(written.at(-1)!)).toEqual({ name: hostile })
})

/** What is checked as a whole by its own syntax, is compared and not kept, or is text of several lines. */
const otherwise = [
  'policy', // Cedar, which has comments and lines.
  'presentation',
  'challenge',
  'domain',
  'signature',
  'publicKeyMultibase',
  'credentialId',
  'indexAllocator',
]

test('every text that a body may hold is one line without control characters, or has a syntax of its own', async () => {
  const w = await world()
  const { json: document } = await w.raw('GET', '/openapi.json', { token: null })
  const free = new Set<string>()
  const walk = (schema: any, name: string): void => {
    if (typeof schema !== 'object' || schema === null) return
    if (Array.isArray(schema)) {
      for (const one of schema) walk(one, name)
      return
    }
    const isBound = schema.enum ?? schema.const ?? schema.format ?? schema.example
    if (schema.type === 'string' && !isBound) {
      const pattern = schema.pattern === undefined ? undefined : new RegExp(schema.pattern, 'u')
      if (!pattern || ['\u001b', 'a\u009b', 'a\nb', 'a\u2028b'].some((text) => pattern.test(text)))
        free.add(name)
    }
    for (const [key, one] of Object.entries(schema.properties ?? {})) walk(one, key)
    for (const key of ['items', 'prefixItems', 'anyOf', 'oneOf', 'allOf', 'additionalProperties'])
      walk(schema[key], name)
  }
  for (const operations of Object.values<any>(document.paths))
    for (const operation of Object.values<any>(operations))
      walk(operation.requestBody?.content?.['application/json']?.schema, 'body')

  expect([...free].filter((name) => !otherwise.includes(name))).toEqual([])
})

test('a name, a reason or a note with a control character is refused, and the error says which', async () => {
  const w = await world()
  const ada = await w.person()
  const agent = await w.agent()
  const attempts: readonly (readonly [string, string, object])[] = [
    ['/people', 'name', { name: 'A\u001b[2J' }],
    ['/people', 'name', { name: 'A\u009b' }],
    ['/people', 'name', { name: 'A\nB' }],
    ['/people', 'name', { name: 'A\u2028B' }],
    ['/systems', 'name', { name: 'A\u007f' }],
    ['/agents', 'model', { name: 'x', owner: ada.id, model: 'm\u001b' }],
    [`/agents/${agent.id}/suspend`, 'reason', { reason: 'because\u0007' }],
    ['/overlays', 'reason', { scope: { kind: 'agent', value: agent.did }, reason: 'a\r' }],
  ]

  const answers = await Promise.all(attempts.map(([path, , body]) => w.raw('POST', path, { body })))

  expect(answers.map(({ status, json }) => [status, json.detail])).toEqual(
    attempts.map(([, field]) => [
      400,
      `body at ${field}: must not contain control characters or line ends`,
    ]),
  )
  const scim = await w.raw('POST', '/scim/v2/Users', {
    body: { userName: 'ada', displayName: 'A\u001b]0;' },
    headers: { 'content-type': 'application/scim+json' },
  })
  expect([scim.status, scim.json.schemas, scim.json.scimType]).toEqual([
    400,
    ['urn:ietf:params:scim:api:messages:2.0:Error'],
    'invalidValue',
  ])
  expect(scim.json.detail).toContain('displayName')
})

// The name is stored in the SQLite file itself.
test.skipIf(process.env.PROCURA_TEST_POSTGRES !== undefined)(
  'the command line escapes a name stored before such names were refused, and an error that quotes one',
  async () => {
    const w = await world()
    const ada = await w.person()
    const made = await w.admin.agents.$post({
      json: { name: 'agent', owner: ada.id, custody: 'service' } as never,
    })
    const { id } = (await made.json()) as { id: string }
    await w.stop()
    const { DatabaseSync } = await import('node:sqlite')
    const database = new DatabaseSync(join(w.folder, 'procura.db'))
    database.prepare('UPDATE agents SET name = ?').run(hostile)
    database.close()
    const again = await world({}, w.folder)
    const run = (...args: readonly string[]) =>
      new Promise<string>((resolve) => {
        const env = { PATH: process.env.PATH, PROCURA_URL: again.url, PROCURA_KEY: w.apiKey }
        const main = join(import.meta.dirname, '../../src/cli/main.ts')
        execFile(process.execPath, [main, ...args], { env }, (_, out, error) =>
          resolve(out + error),
        )
      })

    const [list, json, error] = [
      await run('agent', 'list'),
      await run('--json', 'agent', 'suspend', id),
      await run('verify', `/nowhere/${hostile}`),
    ]

    expect(list.trimEnd().split('\n')).toHaveLength(2)
    expect(list).toContain('\\u001b]0;x\\u0007 \\u009b2J \\u000a forged \\u202egnp')
    for (const text of [list, json, error]) expect(text).not.toMatch(forbidden)
    expect(JSON.parse(json).name).toBe(hostile)
  },
)

test('a single line has neither control characters nor line ends, in any script', () => {
  expect(['Zoë 王 שלום 😀‍💻', '', 'a b'].map((text) => oneLine.test(text))).toEqual([
    true,
    true,
    true,
  ])
})
