import fc from 'fast-check'
import { expect, test } from 'vitest'
import { access } from '../../src/http/access.ts'
import { readCustomers, world } from '../world.ts'

const posts = Object.keys(access).flatMap((key) => (key.startsWith('POST ') ? [key.slice(5)] : []))

/** JSON of any shape, often with the names that the routes know. */
const names = [
  'name',
  'owner',
  'did',
  'credential',
  'verifiableCredential',
  'verifiablePresentation',
  'options',
  'challenge',
  'grants',
  'audience',
  'task',
  'proof',
  'type',
  '@context',
  'id',
  'issuer',
  'credentialSubject',
  'holder',
  'presentation',
  'action',
  'resource',
  'purpose',
  'scopes',
]
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: 4 }),
  object: fc.dictionary(fc.constantFrom(...names), tie('value'), { maxKeys: 6 }),
})).object

test('no request body makes a route answer with 5xx, and a refused one stores nothing', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { id } = await w.permit(x, ledger)
  const task = (await w.task(ledger)).id
  const count = async () =>
    (
      await Promise.all(
        ['/agents', '/credentials', '/tasks', '/people'].map((path) =>
          w.raw('GET', `${path}?limit=500`),
        ),
      )
    ).map(({ json }) => json.items.length)
  const before = await count()
  const failures: string[] = []
  // Now and then what is made up is a good request: that one is stored.
  const good = { '/agents': 0, '/credentials': 0, '/tasks': 0, '/people': 0 }
  const harmful = posts.filter((path) => !/retire|suspend|resume|revoke|end$|rotate/.test(path))

  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...harmful), anything, async (path, body) => {
      const target = path
        .replace('/agents/:id', `/agents/${x.id}`)
        .replace(':issuer', 'main')
        .replace('/tasks/:id', `/tasks/${task}`)
        .replace(':id', id)
      const { status } = await w.raw('POST', target, { body: body as object })
      if (status >= 500) failures.push(`${path} ${status} ${JSON.stringify(body)}`)
      if (status === 201) {
        const list =
          path.endsWith('/credentials') || path.endsWith('/issue') ? '/credentials' : path
        if (list in good) good[list as keyof typeof good]++
      }
    }),
    { numRuns: 600 },
  )

  expect(failures).toEqual([])
  expect(await count()).toEqual(Object.values(good).map((more, i) => before[i]! + more))
})

test('a credential with any member changed to anything gets a verdict', async () => {
  const w = await world()
  const [x, ledger] = [await w.agent(), await w.agent()]
  const { credential } = await w.permit(x, ledger, { grants: readCustomers })
  const statuses = new Set<number>()

  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(credential), 'extra'),
      fc.jsonValue({ maxDepth: 3 }),
      async (member, value) => {
        const { status, json } = await w.raw('POST', '/credentials/verify', {
          body: { verifiableCredential: { ...credential, [member]: value } },
        })
        statuses.add(status)
        if (status === 200) expect(json.decision).toBe('deny')
      },
    ),
    { numRuns: 400 },
  )

  expect([...statuses]).toEqual([400])
})

test('a text with a character that no database stores is refused', async () => {
  const w = await world()

  const { status, json } = await w.raw('POST', '/people', { body: '{"name":"a\\u0000b"}' })

  expect([status, json.detail]).toEqual([
    400,
    'body at name: must not contain control characters or line ends',
  ])
})
