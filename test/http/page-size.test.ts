import { expect, test } from 'vitest'
import { readPage } from '../../src/http/read-page.ts'
import { organization, refusal, soon } from '../governance/organization.ts'
import { type RawOptions, type World, world } from '../world.ts'

const megabyte = 1_000_000

/** All pages of a list: the bytes of each, and the items of all. */
async function allOf(w: World, path: string, first = '', options: RawOptions = {}) {
  const pages: number[] = []
  const items: any[] = []
  const cursor = path.startsWith('/audit') ? 'from' : 'after'
  for (let next: string | number | null = first; next !== null; ) {
    const { json } = await w.raw('GET', `${path}${next && `&${cursor}=${next}`}`, options)
    pages.push(JSON.stringify(json).length)
    items.push(...(json.items ?? json.events))
    next = json.next
  }
  return { pages, items }
}

test('a page ends at 1 MB as well as at its number of rows, and its cursor leads to the rest', async () => {
  const w = await world()
  const policy = `// ${'x'.repeat(90_000)}\npermit(principal, action, resource);`
  for (let i = 0; i < 25; i++) await w.raw('PUT', '/policies/long', { body: { policy } })

  const long = await allOf(w, '/policies?limit=500')
  const few = await allOf(w, '/policies?limit=10')

  const versions = Array.from({ length: 25 }, (_, i) => i + 1)
  expect(long.items.map(({ version }) => version)).toEqual(versions)
  expect(few.items.map(({ version }) => version)).toEqual(versions)
  expect([long.pages.length, few.pages.length]).toEqual([3, 3])
  expect(Math.max(...long.pages)).toBeLessThan(megabyte + 100)
})

test('a page of the audit log ends at 1 MB too', async () => {
  const w = await world()
  const audiences = Array.from({ length: 64 }, (_, i) => `did:web:${'x'.repeat(500)}${i}.example`)
  for (let i = 0; i < 40; i++)
    await w.raw('POST', '/systems', { body: { name: `system ${i}`, audiences } })
  const logged = () => allOf(w, '/audit?limit=1000', '0')
  const created = async () =>
    (await logged()).items.filter(({ event }) => event.type === 'system.created').length
  await expect.poll(created, soon).toBe(40)

  const { pages, items } = await logged()

  expect(items.map(({ sequence }) => sequence)).toEqual(items.map((_, i) => i))
  expect(pages).toHaveLength(2)
  expect(Math.max(...pages)).toBeLessThan(megabyte + 100)
})

test('an item that is larger than a page comes alone', async () => {
  const rows = [1, 2, 3].map((n) => ({ n, text: 'x'.repeat(n === 2 ? 2 * megabyte : 10) }))
  const read = async ({ after = 0, limit }: { after?: number; limit: number }) =>
    rows.filter(({ n }) => n > after).slice(0, limit)
  const page = async (after?: number) => {
    const { items, next } = await readPage(
      { after, limit: 500 },
      read,
      (row) => row,
      ({ n }) => n,
    )
    return [items.map(({ n }) => n), next]
  }

  expect([await page(), await page(1), await page(2)]).toEqual([
    [[1], 1],
    [[2], 2],
    [[3], null],
  ])
})

test('a page of large rows does not read all of them from storage', async () => {
  const row = { text: 'x'.repeat(64_000) }
  let rows = 0
  const read = async ({ limit }: { limit: number }) => {
    rows += limit
    return Array.from({ length: limit }, () => row)
  }

  const { items } = await readPage(
    { limit: 500 },
    read,
    (one) => one,
    () => 'cursor',
  )

  expect([items.length, rows]).toEqual([15, 100])
})

test('the terms of an access request are limited to 64 kB', async () => {
  const w = await world()
  const { ask } = await organization(w)
  const grantsOf = (count: number) => [
    {
      id: 'g1',
      type: 'http-api',
      locations: Array.from(
        { length: count },
        (_, i) => `https://x.example/${'y'.repeat(1980)}/${i}`,
      ),
      actions: ['get'],
    },
  ]

  const large = await ask({ grants: grantsOf(31) })
  const tooLarge = await ask({ grants: grantsOf(33) })

  expect(large.status).toBe(201)
  expect([refusal(tooLarge), tooLarge.json.detail]).toEqual([
    [422, 'request_unprocessable'],
    'terms: more than 64000 characters of JSON',
  ])
})
