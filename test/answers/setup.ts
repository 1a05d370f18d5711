import { afterEach, vi } from 'vitest'
import type { App } from '../../src/http/app.ts'
import { flawOfAnswer } from './check-answer.ts'

/**
 * Runs in every test file: each answer of a service that runs in the test's process is held against
 * what its route declares. One that does not fit fails the test that caused it.
 */
const flaws: string[] = []

vi.mock('../../src/http/app.ts', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/http/app.ts')>()
  const makeApp = (...given: Parameters<typeof original.makeApp>): App => {
    const app = original.makeApp(...given)
    const { fetch } = app
    app.fetch = async (request, ...rest) => {
      const response = await fetch(request, ...rest)
      const flaw = await flawOfAnswer(app, request, response.clone())
      if (flaw) flaws.push(flaw)
      return response
    }
    return app
  }
  return { ...original, makeApp }
})

afterEach(() => {
  const found = [...new Set(flaws.splice(0))]
  if (found.length > 0)
    throw new Error(`answers that their routes do not declare:\n${found.join('\n')}`)
})
