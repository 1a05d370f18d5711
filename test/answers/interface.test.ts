import { expect, test } from 'vitest'
import type { JsonObject, JsonValue } from '../../src/foundation/json.ts'
import { isObject } from '../../src/foundation/json.ts'
import { access, type RouteKey } from '../../src/http/access.ts'
import { rowOf, tags } from '../../src/http/answers/table.ts'
import { constraints } from '../../src/http/constraint-schemas.ts'
import { examples } from '../../src/http/examples/table.ts'
import { contentOf } from '../../src/http/openapi/responses.ts'
import { constraintTypes } from '../../src/permission/constraints/table.ts'
import { world } from '../world.ts'

const keys = Object.keys(access) as RouteKey[]
const documentOf = async (): Promise<any> =>
  (await (await world()).raw('GET', '/openapi.json', { token: null })).json
const operationsOf = (document: any): readonly any[] =>
  Object.values<any>(document.paths).flatMap((methods) => Object.values<any>(methods))

/** Every object in a document that is a schema with a type. */
function schemasIn(value: JsonValue): readonly JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(schemasIn)
  if (!isObject(value)) return []
  const inner = Object.values(value).flatMap(schemasIn)
  return typeof value.type === 'string' ? [value, ...inner] : inner
}

test('every route has an operation id, a tag and the schema of its answer', () => {
  const lacking = keys.filter((key) => {
    const { tag, operation } = rowOf(key)
    const content = Object.values(contentOf(operation.answer))
    return !/^[a-z][A-Za-z]+$/.test(operation.id) || !(tag in tags) || content.some((one) => !one)
  })

  expect(lacking).toEqual([])
})

test('no two operations have the same id', () => {
  const ids = keys.map((key) => rowOf(key).operation.id)

  expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
})

test('every answer has a schema, every tag is declared in order, and every parameter is described', async () => {
  const document = await documentOf()
  const operations = operationsOf(document)
  const declared = document.tags.map(({ name }: { name: string }) => name)

  expect(declared.slice(0, 3)).toEqual(['Agents', 'Credentials', 'Decisions'])
  expect(new Set(operations.flatMap((one) => one.tags))).toEqual(new Set(declared))
  expect(
    operations.flatMap(({ parameters }) => parameters).filter((one) => !one.description),
  ).toEqual([])
  expect(
    operations
      .filter(({ responses }) =>
        Object.entries<any>(responses).some(
          ([status, { content = {} }]) =>
            (status.startsWith('2') && status !== '204' && Object.keys(content).length === 0) ||
            Object.values<any>(content).some(({ schema }) => !schema),
        ),
      )
      .map(({ operationId }) => operationId),
  ).toEqual([])
})

test('every reference is to a component, and every list says what is in it', async () => {
  const document = await documentOf()
  const references = [
    ...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/(\w+)"/g),
  ]
  const missing = references.filter(([, kind, name]) => !document.components[kind!][name!])
  const vague = schemasIn(document).filter(
    ({ type, items }) => type === 'array' && (items === undefined || items === false),
  )

  expect(missing.map(([text]) => text)).toEqual([])
  expect(vague).toEqual([])
  expect(document.components.schemas.IssuePermissionBody.properties.grants.items).toEqual({
    $ref: '#/components/schemas/Grant',
  })
})

test('every example is valid by the schemas of its route', async () => {
  const document = await documentOf()
  const wrong = Object.entries(examples).flatMap(([key, { answer }]) => {
    const [schema] = Object.values(contentOf(rowOf(key as RouteKey).operation.answer))
    const parsed = schema!.safeParse(answer)
    return parsed.success ? [] : [`${key}: ${parsed.error.message}`]
  })
  const shown = operationsOf(document).filter(({ responses }) =>
    JSON.stringify(responses).includes('"example":'),
  )

  expect(wrong).toEqual([])
  expect(shown.length).toBeGreaterThanOrEqual(15)
})

test('the interface describes every type of constraint that the permission model reads', () => {
  const accepted = {
    time: { type: 'time', days: ['mon'], from: '08:00', to: '18:00', tz: 'Europe/Zurich' },
    uses: { type: 'uses', max: 5, authority: 'https://iam.acme.example/meters' },
    volume: { type: 'volume', maxBytes: 5, authority: 'https://iam.acme.example/meters' },
    network: { type: 'network', sourceCidr: ['10.0.0.0/8'] },
    location: { type: 'location', regions: ['eu'] },
    environment: { type: 'environment', in: ['production'] },
    args: { type: 'args', where: [['<=', '/amount', 100]] },
    risk: { type: 'risk', max: 30 },
  } as const satisfies Record<string, JsonObject>

  expect(Object.keys(constraints).sort()).toEqual(Object.keys(constraintTypes).sort())
  for (const [type, example] of Object.entries(accepted)) {
    const { properties, required } = constraints[type] as {
      properties: object
      required: readonly string[]
    }
    expect(constraintTypes[type]!(example)).toBeDefined()
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(Object.keys(example)))
    expect(Object.keys(example)).toEqual(expect.arrayContaining([...required]))
  }
})
