import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (name: string) => readFileSync(new URL(name, root), 'utf8')
const files = globSync(['src/**/*.ts', 'test/**/*.ts'], { cwd: root }).sort()
const citations = files.flatMap((file) =>
  [...read(file).matchAll(/([a-z0-9-]+\.md)(?:, (\d+(?:\.\d+)?))?/g)].map(([, page, section]) => ({
    file,
    page: page!,
    section,
  })),
)

/** `## 4 …` or `### 2.5 …`, and the numbered points of a section. */
const sectionsOf = (page: string): ReadonlySet<string> => {
  const sections = new Set<string>()
  let section = ''
  for (const line of read(`docs/${page}`).split('\n')) {
    const heading = /^#{2,4} (\d+(?:\.\d+)*)\b/.exec(line)
    if (heading) section = heading[1]!
    if (heading) sections.add(section)
    const point = /^(\d+)\. /.exec(line)
    if (point) sections.add(`${section}.${point[1]}`)
  }
  return sections
}

test('every page that a comment cites exists in docs, with the section', () => {
  const pages = globSync('docs/**/*.md', { cwd: root }).map((page) => page.split('/').at(-1))
  const dead = citations
    .filter(({ file }) => file.startsWith('src/'))
    .filter(({ page, section }) => {
      if (/^(?:spec|tlog-[a-z]+|signed-note)\.md$/.test(page)) return false
      if (!pages.includes(page)) return true
      return section !== undefined && !sectionsOf(page).has(section)
    })

  expect(dead.map(({ file, page, section }) => `${file}: ${page}, ${section}`)).toEqual([])
})

test('every code in the title of a test is in docs/threats.md', () => {
  const known = new Set<string>()
  for (const [, first, number, last] of read('docs/threats.md').matchAll(
    /(?:^\| |, )([A-K])(\d\d)(?:–[A-K](\d\d))?(?= \||, |–)/gm,
  ))
    for (let i = Number(number); i <= Number(last ?? number); i++)
      known.add(first! + String(i).padStart(2, '0'))
  const used = files
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) =>
      [...read(file).matchAll(/['`"]((?:[A-K]\d\d(?:, | and | ))+)/g)].flatMap(([, codes]) =>
        [...codes!.matchAll(/[A-K]\d\d/g)].map(([code]) => `${code} in ${file}`),
      ),
    )

  expect(used.length).toBeGreaterThan(100)
  expect(used.filter((use) => !known.has(use.slice(0, 3)))).toEqual([])
})

test('every word of the glossary is used in the code or the documentation', () => {
  const text = [...files, ...globSync(['docs/*.md', 'README.md'], { cwd: root })]
    .filter((file) => file !== 'docs/glossary.md')
    .map(read)
    .join('\n')
    .toLowerCase()
  const words = [...read('docs/glossary.md').matchAll(/^\| ([a-z][^|]*?) \|/gm)]
    .flatMap(([, word]) => word!.split(', '))
    .filter((word) => word !== 'word')
  const isUsed = (word: string) =>
    text.includes(word) || text.includes(word.replaceAll(/[ -](.)/g, (_, letter: string) => letter))

  expect(words.length).toBeGreaterThan(50)
  expect(words.filter((word) => !isUsed(word))).toEqual([])
})
