import { html, raw } from 'hono/html'
import type { JsonObject } from '../foundation/json.ts'

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
  }[]
  readonly requestBody?: {
    readonly content: { readonly 'application/json': { readonly schema: JsonObject } }
  }
  readonly responses: Readonly<Record<string, { readonly description: string }>>
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #cbd3dd; text-transform: capitalize; }
details { border: 1px solid #dde3ea; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: #f4f6f9; padding: .8rem; overflow-x: auto; border-radius: 6px; } .method { display: inline-block; width: 4.5rem; font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #12161c; color: #dbe2ea; } pre { background: #1b222b; } details { border-color: #2c3641; } }
`

/** The OpenAPI document as one page without scripts that loads nothing. */
export function documentationPage(openApi: JsonObject) {
  const { info, paths } = openApi as unknown as {
    info: { title: string; version: string; description: string }
    paths: Record<string, Record<string, Operation>>
  }
  const byTag = new Map<string, [method: string, path: string, operation: Operation][]>()
  for (const [path, methods] of Object.entries(paths))
    for (const [method, operation] of Object.entries(methods)) {
      const tag = path.split('/')[1]!
      byTag.set(tag, [...(byTag.get(tag) ?? []), [method, path, operation]])
    }
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${info.title} interface</title><style>${raw(style)}</style></head>
<body><h1>${info.title} ${info.version}</h1><p>${info.description} The same in <a href="/openapi.json">OpenAPI 3.1</a>.</p>
${[...byTag].map(([tag, operations]) => html`<h2>${tag}</h2>${operations.map(showOperation)}`)}
</body></html>`
}

function showOperation([
  method,
  path,
  { summary, description, parameters, requestBody, responses },
]: [string, string, Operation]) {
  const good = Object.entries(responses).find(([status]) => status.startsWith('2'))!
  const schema = requestBody?.content['application/json'].schema
  return html`<details><summary><span class="method">${method.toUpperCase()}</span> <code>${path}</code> — ${summary}</summary>
<p>${description}</p>
${parameters.length > 0 ? html`<p>Parameters: ${parameters.map(({ name, in: where, required }) => html`<code>${name}</code> (${where}${required ? ', required' : ''}) `)}</p>` : ''}
${schema ? html`<pre>${JSON.stringify(schema, null, 2)}</pre>` : ''}
<p><b>${good[0]}</b> ${good[1].description}</p></details>`
}
