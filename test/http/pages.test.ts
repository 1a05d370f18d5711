import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { pageNames } from '../../src/http/pages.ts'
import { world } from '../world.ts'

const root = new URL('../../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')

test('every page of the documentation is served, by Node and by the Worker', () => {
  const pages = globSync('docs/*.md', { cwd: root }).map((page) => page.slice('docs/'.length))
  const worker = [...read('src/runtimes/worker/pages.ts').matchAll(/\['([\w.-]+)', \w+\]/g)]

  expect([...pageNames].sort()).toEqual(['README.md', ...pages].sort())
  expect(worker.map(([, name]) => name).sort()).toEqual([...pageNames, 'llms.txt'].sort())
})

test('a page is served as Markdown, and the index for assistants names every page', async () => {
  const w = await world()

  const page = await fetch(`${w.url}/docs/sdk-agents.md`)
  const index = await fetch(`${w.url}/llms.txt`)

  expect([page.status, page.headers.get('content-type')]).toEqual([
    200,
    'text/markdown; charset=utf-8',
  ])
  expect(await page.text()).toBe(read('docs/sdk-agents.md'))
  const named = [...(await index.text()).matchAll(/\]\(\/docs\/([\w.-]+)\)/g)].map(
    ([, name]) => name,
  )
  expect(named.sort()).toEqual([...pageNames].sort())
})

test.each(['package.json', '..%2fpackage.json', 'decisions', '0001-sql-as-text.md', 'master.key'])(
  'no other file is served: %s',
  async (name) => {
    const w = await world()

    const { status } = await fetch(`${w.url}/docs/${name}`)

    expect(status).toBe(404)
  },
)
