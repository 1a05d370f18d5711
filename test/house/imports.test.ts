import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../src/', import.meta.url))
const files = globSync('**/*.ts', { cwd: root }).sort()

/** What each room may import beside itself and the foundations. Types may come from further away where it says so. */
const concepts = [
  'keys',
  'did',
  'linked-data',
  'credential',
  'status',
  'presentation',
  'permission',
  'agent',
  'governance',
  'audit',
]
const rooms: Readonly<Record<string, readonly string[]>> = {
  foundations: [],
  keys: [],
  did: ['keys'],
  'linked-data': [],
  credential: ['keys', 'did', 'linked-data'],
  status: ['keys', 'did', 'linked-data', 'credential'],
  presentation: ['keys', 'did', 'linked-data', 'credential'],
  permission: ['keys', 'did', 'linked-data', 'credential', 'status', 'presentation'],
  agent: ['keys', 'did', 'credential', 'status', 'presentation', 'permission'],
  governance: ['keys', 'did', 'permission', 'agent'],
  audit: ['keys'],
  operations: [...concepts, 'deps'],
  veramo: [...concepts, 'deps'],
  adapters: [...concepts, 'deps', 'veramo'],
  http: [...concepts, 'operations', 'deps'],
  runtimes: [...concepts, 'operations', 'deps', 'veramo', 'adapters', 'http'],
  client: [...concepts, 'operations', 'adapters/web', 'adapters/crypto'],
  cli: ['client', 'runtimes', 'keys'],
}
/** Types alone may come from here too. */
const typesFrom: Readonly<Record<string, readonly string[]>> = {
  foundations: concepts,
  deps: concepts,
  audit: concepts,
  agent: ['audit'],
  client: ['http', 'deps'],
  http: [],
}
const nodeRooms = ['adapters', 'runtimes/node', 'cli']
const foundations = [
  'budget',
  'errors',
  'time',
  'base58',
  'encoding',
  'json',
  'canonical',
  'database',
  'id',
  'page',
  'byte-size',
  'cache',
  'memory',
  'fetch',
  'refusal',
  'maybe-promise',
  'control-characters',
  'stream',
]

const roomOf = (path: string): string => {
  const [first, second] = path.split('/')
  if (!second) return first === 'deps.ts' ? 'deps' : 'foundations'
  return first!
}

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

test('imports go one way: each room only imports what stands below it', () => {
  const strays = imports.filter(({ from, specifier, isType }) => {
    // What is no module of ours: data, and files of packages.
    if (!specifier.startsWith('.') || /\.json$|\/node_modules\//.test(specifier)) return false
    const target = relative(root, join(root, dirname(from), specifier))
    const room = roomOf(from)
    const there = roomOf(target)
    if (there === room || there === 'foundations') return false
    const allowed = room === 'deps' ? [] : (rooms[room] ?? [])
    const reachable = isType ? [...allowed, ...(typesFrom[room] ?? [])] : allowed
    return !reachable.some(
      (place) => target === `${place}.ts` || target.startsWith(`${place}/`) || place === there,
    )
  })

  expect(strays.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([])
})

test('the foundations are those that the design names, and they import only one another', () => {
  const found = files
    .filter((file) => !file.includes('/') && file !== 'deps.ts')
    .map((file) => file.replace('.ts', ''))

  expect(found.sort()).toEqual([...foundations].sort())
})

test('modules of Node are imported by adapters, the Node runtime and the command line alone', () => {
  const strays = imports.filter(
    ({ from, specifier }) =>
      specifier.startsWith('node:') && !nodeRooms.some((room) => from.startsWith(`${room}/`)),
  )

  expect(strays.map(({ from, specifier }) => `${from} imports ${specifier}`)).toEqual([])
})

test('Veramo is imported by its own room alone', () => {
  const strays = imports.filter(
    ({ from, specifier }) => specifier.startsWith('@veramo/') && !from.startsWith('veramo/'),
  )

  expect(strays).toEqual([])
})

test('time and randomness enter through Deps: concepts, operations and HTTP ask nothing else', () => {
  const pure = files.filter(
    (file) =>
      !['adapters', 'runtimes', 'cli', 'client'].some((room) => file.startsWith(`${room}/`)),
  )
  const strays = pure.filter((file) =>
    /Date\.now\(|Math\.random\(|crypto\.randomUUID\(|globalThis\.fetch|new Date\(\)/.test(
      readFileSync(join(root, file), 'utf8'),
    ),
  )

  expect(strays).toEqual([])
})
