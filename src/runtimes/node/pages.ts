import { readFileSync } from 'node:fs'
import { llmsName, pageNames, type ReadPage } from '../../http/pages.ts'

const root = new URL('../../../', import.meta.url)
const files: ReadonlyMap<string, string> = new Map([
  ...pageNames.map((name) => [name, `docs/${name}`] as const),
  [llmsName, llmsName],
  ['README.md', 'README.md'],
])

/** Reads each page once. */
export function readPages(): ReadPage {
  const known = new Map<string, string>()
  return (name) => {
    const file = files.get(name)
    if (file === undefined) return undefined
    let text = known.get(name)
    if (text === undefined) {
      text = readFileSync(new URL(file, root), 'utf8')
      known.set(name, text)
    }
    return text
  }
}
