import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runTool, toolsFolder } from './tools.ts'

const compilerOptions = {
  target: 'es2022',
  module: 'nodenext',
  lib: ['es2023', 'dom', 'dom.iterable'],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  outDir: 'compiled',
}

/**
 * Generates a client with each generator, and compiles both, with the story that one of them tells.
 *
 * @returns the URL of the compiled story.
 */
export function generateClients(document: string, folder: string): string {
  runTool('openapi-typescript', document, '--output', join(folder, 'types.ts'))
  runTool('openapi-ts', '--input', document, '--output', join(folder, 'client'), '--no-log-file')
  cpSync(join(toolsFolder, 'story.ts'), join(folder, 'story.ts'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  const project = { compilerOptions, include: ['types.ts', 'story.ts', 'client'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(project))
  runTool('tsc', '--project', folder)
  return pathToFileURL(join(folder, 'compiled', 'story.js')).href
}
