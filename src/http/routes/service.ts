import { type Context, Hono } from 'hono'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { checkWritable } from '../../operations/common/carry-out.ts'
import { findIssuer } from '../../operations/common/find-visible.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { documentationPage } from '../documentation-page.ts'
import { makeOnce } from '../made-once.ts'
import { llmsName } from '../pages.ts'
import { route } from '../route.ts'

/** Health, metrics and documentation. */
export const service = (deps: HttpDeps, openApi: () => JsonObject) => {
  const document = makeOnce(() => JSON.stringify(openApi()), 'application/json', deps.crypto)
  const page = makeOnce(
    async () => String(await documentationPage(openApi())),
    'text/html; charset=UTF-8',
    deps.crypto,
  )
  return new Hono<HttpEnv>()
    .get(
      '/healthz',
      route('GET /healthz', deps, { summary: 'Check that the process is alive', answer: 'ok.' }),
      (c) => c.json({ status: 'ok' as const }, 200),
    )
    .get(
      '/readyz',
      route('GET /readyz', deps, {
        summary: 'Check that requests can be served',
        answer: 'ready, or 503 with what is missing.',
      }),
      async (c) => {
        const missing = await whatIsMissing(deps)
        return missing
          ? c.json({ status: 'not ready' as const, missing }, 503)
          : c.json({ status: 'ready' as const }, 200)
      },
    )
    .get(
      '/metrics',
      route('GET /metrics', deps, { summary: 'Prometheus metrics', answer: 'Text.' }),
      (c) =>
        c.body(deps.metrics.text(), 200, {
          'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        }),
    )
    .get(
      '/openapi.json',
      route('GET /openapi.json', deps, {
        summary: 'Read this interface as OpenAPI 3.1',
        answer: 'The document.',
      }),
      document,
    )
    .get(
      '/docs',
      route('GET /docs', deps, { summary: 'Read this interface as a page', answer: 'HTML.' }),
      (c) => {
        c.header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
        return page(c)
      },
    )
    .get(
      '/docs/:page',
      route('GET /docs/:page', deps, {
        summary: 'Read a page of the documentation as Markdown',
        answer: 'The page.',
      }),
      (c) => text(c, deps.readPage(c.req.param('page')), 'text/markdown'),
    )
    .get(
      '/llms.txt',
      route('GET /llms.txt', deps, {
        summary: 'Read an index of the documentation, for assistants',
        answer: 'Markdown, as llmstxt.org describes it.',
      }),
      (c) => text(c, deps.readPage(llmsName), 'text/plain'),
    )
}

function text(c: Context<HttpEnv>, page: string | undefined, mediaType: string): Response {
  if (page === undefined) throw new ServiceError('not_found', 'there is no such page')
  return c.body(page, 200, {
    'content-type': `${mediaType}; charset=utf-8`,
    'cache-control': 'public, max-age=3600',
  })
}

async function whatIsMissing(deps: HttpDeps): Promise<string | undefined> {
  if (deps.isStopping()) return 'the service is stopping'
  try {
    const issuer = await findIssuer(deps, deps.settings.defaultIssuer)
    await deps.identities.signer(issuer.did)
    await checkWritable(deps)
    return undefined
  } catch {
    return 'the database or the signing key is unavailable'
  }
}
