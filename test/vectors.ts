import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Published test vectors lie beside the project, not in it. */
const folder = new URL('../../shared/vectors/', import.meta.url)

export const haveVectors = existsSync(folder)
if (!haveVectors)
  console.warn('test vectors were left out: ../shared/vectors does not stand beside this project')

export const vectorText = (path: string): string => readFileSync(new URL(path, folder), 'utf8')
export const vectorJson = (path: string) => JSON.parse(vectorText(path))
export const vectorNames = (path: string): readonly string[] => readdirSync(new URL(path, folder))
