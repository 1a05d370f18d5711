import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documents, written } from '../../scripts/documents.ts'

const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')

test.each(Object.keys(documents))(
  '%s says what the code does; if not, run "npm run docs"',
  (name) => {
    expect(written(name)).toBe(documents[name])
  },
)

test('the scripts that the README names exist', () => {
  const { scripts } = JSON.parse(read('package.json'))
  const named = [...read('README.md').matchAll(/(?:`|^|&& )npm (?:run )?([a-z][a-z:]*)/gm)]
    .map(([, name]) => name!)
    .filter((name) => !['ci', 'exec', 'install'].includes(name))

  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('links between our own pages resolve', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'CHANGELOG.md',
    'docs/guides.md',
    'docs/governance.md',
  ]
  const dead = pages.flatMap((page) =>
    [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
      .map(([, target]) => new URL(target!, new URL(`../../${page}`, import.meta.url)))
      .filter((url) => {
        try {
          readFileSync(url)
          return false
        } catch (error) {
          return (error as NodeJS.ErrnoException).code !== 'EISDIR'
        }
      })
      .map((url) => `${page}: ${url.pathname.split('/').slice(-2).join('/')}`),
  )

  expect(dead).toEqual([])
})
