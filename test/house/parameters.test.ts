import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../src')

/** The number of parameters in a text that begins behind their opening parenthesis. */
function countParameters(text: string): number {
  let depth = 1
  let commas = 0
  let end = 0
  for (; depth > 0; end++) {
    const character = text[end]!
    if ('([{<'.includes(character)) depth++
    else if (')]}'.includes(character)) depth--
    else if (character === '>' && text[end - 1] !== '=') depth--
    else if (character === ',' && depth === 1) commas++
  }
  const list = text.slice(0, end - 1).trim()
  if (list === '') return 0
  return list.endsWith(',') ? commas : commas + 1
}

test('a function takes at most five parameters: what comes after goes into an object', () => {
  const many = globSync('**/*.ts', { cwd: root }).flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    const functions = text.matchAll(/^(?:export )?(?:async )?function\*? (\w+)(?:<[^(]*>)?\(/gm)
    return [...functions]
      .filter(({ 0: head, index }) => countParameters(text.slice(index + head.length)) > 5)
      .map(([, name]) => `${file}: ${name}`)
  })

  expect(many).toEqual([])
})
