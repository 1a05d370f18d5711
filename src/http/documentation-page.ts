import { html, raw } from 'hono/html'
import type { JsonObject, JsonValue } from '../foundation/json.ts'

interface MediaType {
  readonly schema: JsonObject
  readonly example?: JsonValue
}
interface Described {
  readonly description: string
  readonly content?: Readonly<Record<string, MediaType>>
}
interface Operation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly tags: readonly string[]
  readonly parameters: readonly {
    readonly name: string
    readonly in: string
    readonly required: boolean
    readonly description: string
  }[]
  readonly requestBody?: Pick<Described, 'content'>
  readonly responses: Readonly<Record<string, Partial<Described> & { readonly $ref?: string }>>
}
interface Interface {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, JsonObject>> }
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #cbd3dd; }
details { border: 1px solid #dde3ea; border-radius: 6px; margin: .5rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: #f4f6f9; padding: .8rem; overflow-x: auto; border-radius: 6px; } .method { display: inline-block; width: 4.5rem; font-weight: 600; }
@media (prefers-color-scheme: dark) { body { background: #12161c; color: #dbe2ea; } a { color: #8ab4f8; } pre { background: #1b222b; } details { border-color: #2c3641; } }
`

/** The OpenAPI document as one page without scripts that loads nothing. */
export function documentationPage(openApi: JsonObject) {
  const { info, tags, paths, components } = openApi as unknown as Interface
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  )
  return html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${info.title} interface</title><style>${raw(style)}</style></head>
<body><h1>${info.title} ${info.version}</h1><p>${info.description} The same in <a href="/openapi.json">OpenAPI 3.1</a>.</p>
${tags.map(
  ({ name, description }) => html`<h2>${name}</h2><p>${description}</p>
${operations.filter(({ operation }) => operation.tags.includes(name)).map(showOperation)}`,
)}
<h2>Schemas</h2>
${Object.entries(components.schemas).map(([name, schema]) => html`<details id="${name}"><summary><code>${name}</code></summary><pre>${showSchema(schema)}</pre></details>`)}
</body></html>`
}

interface Shown {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

function showOperation({ method, path, operation }: Shown) {
  const { operationId, summary, description, parameters, requestBody, responses } = operation
  const answers = Object.entries(responses).filter(([, { description }]) => description)
  const refused = Object.keys(responses).filter((status) => responses[status]!.$ref)
  return html`<details id="${operationId}"><summary><span class="method">${method.toUpperCase()}</span> <code>${path}</code> — ${summary}</summary>
<p>${description} <code>${operationId}</code></p>
${parameters.length > 0 ? html`<ul>${parameters.map(({ name, in: where, required, description }) => html`<li><code>${name}</code> (${where}${required ? ', required' : ''}): ${description}</li>`)}</ul>` : ''}
${showContent('Body', requestBody?.content)}
${answers.map(([status, { description, content }]) => html`<p><b>${status}</b> ${description}</p>${showContent('Answer', content)}`)}
<p>Problems: ${refused.join(', ')}</p></details>`
}

const showContent = (what: string, content: Described['content'] = {}) =>
  Object.entries(content).map(
    ([
      type,
      { schema, example },
    ]) => html`<p>${what} <code>${type}</code>: ${showReference(schema)}</p>
${example === undefined ? '' : html`<pre>${JSON.stringify(example, null, 2)}</pre>`}`,
  )

const nameIn = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1)

const showReference = ({ $ref, ...schema }: JsonObject) =>
  typeof $ref === 'string'
    ? html`<a href="#${nameIn($ref)}"><code>${nameIn($ref)}</code></a>`
    : html`<code>${JSON.stringify(schema)}</code>`

/** References to other schemas are links. */
const showSchema = (schema: JsonObject) =>
  JSON.stringify(schema, null, 2)
    .split(/"\$ref": "#\/components\/schemas\/(\w+)"/)
    .map((part, i) => (i % 2 === 0 ? part : html`"$ref": <a href="#${part}">${part}</a>`))
