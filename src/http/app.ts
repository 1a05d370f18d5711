import { type Context, Hono } from 'hono'
import { ServiceError } from '../foundation/errors.ts'
import { newRandomId } from '../foundation/id.ts'
import type { JsonObject } from '../foundation/json.ts'
import { answerProblem } from './answer-problem.ts'
import type { HttpDeps, HttpEnv } from './context.ts'
import { makeOpenApi } from './openapi.ts'
import { agents } from './routes/agents.ts'
import { apiKeys } from './routes/api-keys.ts'
import { audit } from './routes/audit.ts'
import { credentials } from './routes/credentials.ts'
import { delegations } from './routes/delegations.ts'
import { documents } from './routes/documents.ts'
import { evaluation } from './routes/evaluation.ts'
import { handOvers } from './routes/hand-overs.ts'
import { issuers } from './routes/issuers.ts'
import { meters } from './routes/meters.ts'
import { overlays } from './routes/overlays.ts'
import { people } from './routes/people.ts'
import { policies } from './routes/policies.ts'
import { published } from './routes/published.ts'
import { requests } from './routes/requests.ts'
import { resolution } from './routes/resolution.ts'
import { reviews } from './routes/reviews.ts'
import { scim } from './routes/scim.ts'
import { service } from './routes/service.ts'
import { sessions } from './routes/sessions.ts'
import { tasks } from './routes/tasks.ts'
import { verification } from './routes/verification.ts'
import { answerScimError } from './scim/scim-error.ts'

/** The service as one function from request to response, the same on every runtime. */
export function makeApp(deps: HttpDeps, version: string) {
  const openApi = (): JsonObject =>
    makeOpenApi(app as unknown as Hono<never>, deps.settings.publicUrl, version)
  const app = new Hono<HttpEnv>()
    .use(async (c, next) => {
      const requestId = newRandomId(deps.crypto.randomBytes)
      c.set('requestId', requestId)
      // Set before there is a response: changing one afterwards costs more than creating it.
      c.header('x-content-type-options', 'nosniff')
      c.header('x-request-id', requestId)
      const started = performance.now()
      if (deps.isStopping())
        throw new ServiceError(
          'shutting_down',
          'the service is stopping: use another node, or retry in a moment',
        )
      deps.workload.count++
      try {
        await next()
      } finally {
        deps.workload.count--
        c.get('account')?.close()
      }
      tell(c, deps, performance.now() - started)
    })
    .route('/', service(deps, openApi))
    .route('/', published(deps))
    .route('/', resolution(deps))
    .route('/', verification(deps))
    .route('/', agents(deps))
    .route('/', handOvers(deps))
    .route('/', tasks(deps))
    .route('/', credentials(deps))
    .route('/', issuers(deps))
    .route('/', people(deps))
    .route('/', apiKeys(deps))
    .route('/', audit(deps))
    .route('/', delegations(deps))
    .route('/', sessions(deps))
    .route('/', evaluation(deps))
    .route('/', meters(deps))
    .route('/', overlays(deps))
    .route('/', policies(deps))
    .route('/', documents(deps))
    .route('/', requests(deps))
    .route('/', reviews(deps))
    .route('/', scim(deps))
  app.notFound((c) =>
    answerProblem(c, new ServiceError('not_found', 'there is no such route'), deps.log),
  )
  app.onError((error, c) =>
    c.req.path.startsWith('/scim/')
      ? answerScimError(c, error, deps.log)
      : answerProblem(c, error, deps.log),
  )
  return app
}

export type App = ReturnType<typeof makeApp>

function tell(c: Context<HttpEnv>, { log, metrics }: HttpDeps, milliseconds: number): void {
  // The route pattern, never the path, which may contain an id.
  const route = c.get('route') ?? 'none'
  const labels = { method: c.req.method, route, status: c.res.status }
  metrics.count('procura_http_requests_total', labels)
  metrics.observe(milliseconds / 1000, { route })
  log('info', 'request', {
    ...labels,
    milliseconds: Math.round(milliseconds * 10) / 10,
    requestId: c.get('requestId'),
    actor: c.get('caller')?.actor ?? 'anyone',
  })
}
