import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../src/composition/config.ts'
import { isObject, type JsonObject, type JsonValue } from '../../src/foundation/json.ts'
import { startService } from '../../src/runtimes/node/service.ts'
import { docstring, typeOf } from './schema-types.ts'

/**
 * Type declarations of the client in the published SDK, made from the interface's document: the
 * repository's own are inferred from zod schemas, which would bring zod and the server's types along.
 */
export async function interfaceTypes(): Promise<string> {
  const { components, paths } = (await readInterface()) as unknown as Interface
  const named = Object.entries(components.schemas).map(
    ([name, schema]) => `${docstring(schema)}export type ${name} = ${typeOf(schema)}`,
  )
  const routes = Object.entries(paths).map(([path, methods]) => {
    const endpoints = Object.entries(methods).map(
      ([method, operation]) =>
        `/** ${operation.summary}. ${operation.description} */\n$${method}: ${endpointOf(operation, components)}`,
    )
    return `${JSON.stringify(path.replaceAll(/\{(\w+)\}/g, ':$1'))}: { ${endpoints.join('\n')} }`
  })
  return formatted(`import type { Hono } from 'hono'
import type { hc } from 'hono/client'
import type { JsonObject, JsonValue } from '../foundation/json.js'

/** The members of the service's interface, as its OpenAPI document declares them. */
${named.join('\n\n')}

type Endpoint<Input, Output, Status extends number, Format extends string> = {
  input: Input
  output: Output
  outputFormat: Format
  status: Status
}

/** The service's routes, with what they take and answer. */
export type Schema = {
${routes.join('\n')}
}

/** One method for each route of the service. */
export type Client = ReturnType<typeof hc<Hono<object, Schema, '/'>>>
`)
}

const formatted = (text: string): string =>
  execFileSync('biome', ['format', '--stdin-file-path', 'client-types.ts'], {
    input: text,
    encoding: 'utf8',
  })

interface Interface {
  readonly components: { readonly schemas: JsonObject; readonly responses: JsonObject }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly summary: string
  readonly description: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required: boolean
  readonly schema: JsonValue
}

type Content = Readonly<Record<string, { readonly schema: JsonValue }>>

const json = 'application/json'

function endpointOf(operation: Operation, { schemas }: Interface['components']): string {
  const input = inputOf(operation, schemas)
  const answers = Object.entries(operation.responses).filter(
    ([status, { content }]) => status.startsWith('2') || content?.[json] !== undefined,
  )
  return answers
    .map(([status, { content = {} }]) => {
      const schema = content[json]?.schema
      return schema === undefined
        ? `Endpoint<${input}, {}, ${status}, string>`
        : `Endpoint<${input}, ${typeOf(schema)}, ${status}, 'json'>`
    })
    .join(' | ')
}

/** Path and query parameters and the body, as the client takes them. */
function inputOf({ parameters = [], requestBody }: Operation, schemas: JsonObject): string {
  const members = (place: string) =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(
        ({ name, required, schema }) =>
          `${JSON.stringify(name)}${required ? '' : '?'}: ${place === 'path' ? 'string' : typeOf(schema)}`,
      )
  const body = requestBody?.content[json]?.schema
  const parts = [
    ['param', members('path')],
    ['query', members('query')],
  ] as const
  return `{ ${[
    ...parts
      .filter(([, names]) => names.length > 0)
      .map(([name, names]) => `${name}: { ${names.join('; ')} }`),
    ...(body === undefined ? [] : [`json: ${bodyType(body, schemas)}`]),
  ].join('; ')} }`
}

/** A closed object without members is a type that takes nothing. */
const bodyType = (body: JsonValue, schemas: JsonObject): string => {
  const reference = isObject(body) && typeof body.$ref === 'string' ? body.$ref : undefined
  const target = reference && schemas[reference.slice(reference.lastIndexOf('/') + 1)]
  const isEmpty =
    isObject(target) && isObject(target.properties) && Object.keys(target.properties).length === 0
  return isEmpty ? 'Record<string, never>' : typeOf(body)
}

/** The document of a service that is started for it alone. */
async function readInterface(): Promise<JsonObject> {
  const folder = mkdtempSync(join(tmpdir(), 'procura-interface-'))
  const service = await startService(
    readConfig({ PROCURA_PORT: '0', PROCURA_DATA: join(folder, 'data') }),
    { writer: { write: () => undefined, flush: () => undefined } },
  )
  try {
    const response = await fetch(`${service.url}/openapi.json`)
    return (await response.json()) as JsonObject
  } finally {
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
