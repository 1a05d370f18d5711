import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../src/', import.meta.url))
const files = globSync('**/*.ts', { cwd: root }).sort()

const concepts = [
  'keys',
  'did',
  'linked-data',
  'credential',
  'status',
  'presentation',
  'permission',
  'directory',
  'governance',
  'audit',
]
const capabilities = [...concepts, 'deps']
/** What each room may import beside itself and the foundation. A room without a line of its own is part of the one above it. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  foundation: [],
  keys: [],
  did: ['keys'],
  'linked-data': [],
  credential: ['keys', 'did', 'linked-data'],
  status: ['keys', 'did', 'linked-data', 'credential'],
  presentation: ['keys', 'did', 'linked-data', 'credential'],
  permission: ['keys', 'did', 'linked-data', 'credential', 'status', 'presentation'],
  directory: ['keys', 'did', 'credential', 'status', 'presentation', 'permission'],
  governance: ['keys', 'did', 'permission', 'directory'],
  audit: ['keys'],
  deps: [],
  'operations/common': capabilities,
  'operations/verifying': [...capabilities, 'operations/common'],
  'operations/enforcing': [...capabilities, 'operations/common'],
  'operations/auditing': [...capabilities, 'operations/common'],
  'operations/containing': [...capabilities, 'operations/common', 'operations/enforcing'],
  'operations/issuing': [
    ...capabilities,
    'operations/common',
    'operations/verifying',
    'operations/enforcing',
  ],
  'operations/deciding': [
    ...capabilities,
    'operations/common',
    'operations/verifying',
    'operations/enforcing',
  ],
  'operations/administering': [...capabilities, 'operations/common', 'operations/enforcing'],
  'operations/governing': [
    ...capabilities,
    'operations/common',
    'operations/issuing',
    'operations/enforcing',
    'operations/auditing',
  ],
  'operations/upkeep': [...capabilities, 'operations'],
  veramo: capabilities,
  adapters: [...capabilities, 'veramo'],
  http: [...capabilities, 'operations', 'composition/version'],
  composition: [
    ...capabilities,
    'operations',
    'veramo',
    'adapters',
    'http/client-address',
    'http/log',
  ],
  runtimes: [...capabilities, 'operations', 'veramo', 'adapters', 'http', 'composition'],
  maintenance: [
    ...capabilities,
    'operations',
    'veramo',
    'adapters',
    'composition',
    'runtimes/node',
    'http',
  ],
  sdk: [...concepts, 'operations', 'adapters/web', 'adapters/crypto'],
  cli: ['sdk', 'runtimes', 'maintenance', 'composition', 'audit', 'keys'],
}
/** Types alone may come from here too. */
const typesFrom: Readonly<Record<string, readonly string[]>> = {
  foundation: concepts,
  deps: concepts,
  audit: concepts,
  directory: ['audit'],
  sdk: ['http', 'deps'],
}
const nodeRooms = ['adapters', 'runtimes/node', 'maintenance', 'cli']

/** The innermost room that a file stands in. */
const roomOf = (path: string): string =>
  Object.keys(rooms)
    .filter((room) => path === `${room}.ts` || path.startsWith(`${room}/`))
    .toSorted((a, b) => b.length - a.length)[0] ?? path

interface Import {
  readonly from: string
  readonly specifier: string
  readonly isType: boolean
}

const imports: readonly Import[] = files.flatMap((from) =>
  [
    ...readFileSync(join(root, from), 'utf8').matchAll(
      /^(?:import|export)\s+(type\s+)?[^;'"]*?from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gm,
    ),
  ].map(([, type, named, bare, dynamic]) => ({
    from,
    specifier: (named ?? bare ?? dynamic)!,
    isType: type !== undefined,
  })),
)

test('imports go one way: each folder imports only what is below it', () => {
  const strays = imports.filter(({ from, specifier, isType }) => {
    // What is no module of ours: data, and files of packages.
    if (!specifier.startsWith('.') || /\.(?:json|md|txt)$|\/node_modules\//.test(specifier))
      return false
    const target = relative(root, join(root, dirname(from), specifier))
    const room = roomOf(from)
    const there = roomOf(target)
    if (there === room || there === 'foundation') return false
    const allowed = rooms[room] ?? []
    const reachable = isType ? [...allowed, ...(typesFrom[room] ?? [])] : allowed
    return !reachable.some(
      (place) => target === `${place}.ts` || target.startsWith(`${place}/`) || place === there,
    )
  })

  expect(strays.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([])
})

test('every file is in a room, and only the capabilities are outside', () => {
  expect(files.filter((file) => !(roomOf(file) in rooms))).toEqual([])
  expect(files.filter((file) => !file.includes('/'))).toEqual(['deps.ts'])
})

test('operations return changes, and one file commits them', () => {
  const strays = files.filter(
    (file) =>
      file !== 'operations/common/carry-out.ts' &&
      /\b(?:deps|needs)\.commit\(|\{[^}]*\bcommit\b[^}]*\}: [A-Z]/.test(
        readFileSync(join(root, file), 'utf8'),
      ),
  )

  expect(strays).toEqual([])
})

test('a refusal is recognized by its brand, never by a member’s name, which foreign JSON may have', () => {
  const everywhere = globSync(['src/**/*.ts', 'test/**/*.ts', 'sim/**/*.ts', 'bench/**/*.ts'], {
    cwd: join(root, '..'),
  })
  const strays = everywhere.filter((file) =>
    /['"](?:refused|ok|decision)['"] in /.test(readFileSync(join(root, '..', file), 'utf8')),
  )

  expect(strays).toEqual([])
})

test('routes read what may belong to somebody through one room, which checks who may see it', () => {
  const strays = files
    .filter((file) => file.startsWith('http/routes/'))
    .flatMap((file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /deps\.(?:agents|credentials|handOvers|accessRequests|sessions|meters|usage)\.\w+\(/g,
        ),
      ].map(([call]) => `${file}: ${call}`),
    )

  expect(strays).toEqual([])
})

test('only adapters, the Node runtime and the command line import Node’s modules', () => {
  const strays = imports.filter(
    ({ from, specifier }) =>
      specifier.startsWith('node:') && !nodeRooms.some((room) => from.startsWith(`${room}/`)),
  )

  expect(strays.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([])
})

test('only its own room imports Veramo', () => {
  const strays = imports.filter(
    ({ from, specifier }) => specifier.startsWith('@veramo/') && !from.startsWith('veramo/'),
  )

  expect(strays).toEqual([])
})

test('time and randomness enter through Deps: concepts, operations and HTTP get them nowhere else', () => {
  const pure = files.filter(
    (file) =>
      !['adapters', 'runtimes', 'maintenance', 'composition', 'cli', 'sdk'].some((room) =>
        file.startsWith(`${room}/`),
      ),
  )
  const strays = pure.filter((file) =>
    /Date\.now\(|Math\.random\(|crypto\.randomUUID\(|globalThis\.fetch|new Date\(\)/.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  )

  expect(strays).toEqual([])
})
