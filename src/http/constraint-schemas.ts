import type { JsonObject } from '../foundation/json.ts'

/**
 * The constraints of a grant, each as a closed object: generated clients offer exactly the members
 * that the permission model reads. A test holds this against permission/constraints/table.ts.
 */

const words = (description: string): JsonObject => ({
  type: 'array',
  minItems: 1,
  items: { type: 'string', minLength: 1 },
  description,
})
const most = (description: string): JsonObject => ({ type: 'integer', minimum: 0, description })
const authority: JsonObject = {
  type: 'string',
  format: 'uri',
  description: 'Where it is counted: the meters of a service.',
}

const closed = (
  type: string,
  description: string,
  members: JsonObject,
  required: readonly string[] = Object.keys(members),
): JsonObject => ({
  type: 'object',
  description,
  required: ['type', ...required],
  additionalProperties: false,
  properties: { type: { type: 'string', const: type }, ...members },
})

const clockTime = (description: string): JsonObject => ({
  type: 'string',
  pattern: '^(?:(?:[01]\\d|2[0-3]):[0-5]\\d|24:00)$',
  description,
})

/** By type. */
export const constraints: Readonly<Record<string, JsonObject>> = {
  time: closed('time', 'The act happens on these days and between these hours.', {
    days: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', enum: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] },
    },
    from: clockTime('The first moment, as 08:00.'),
    to: clockTime('The first moment after it, as 18:00.'),
    tz: { type: 'string', description: 'A name of the time zone database, as Europe/Zurich.' },
  }),
  uses: closed('uses', 'The grant is used at most this many times.', {
    max: most('How often.'),
    authority,
  }),
  volume: closed(
    'volume',
    'All acts together concern at most this much; at least one of the limits is given.',
    { maxBytes: most('How many bytes.'), maxRecords: most('How many records.'), authority },
    ['authority'],
  ),
  network: closed('network', 'The request comes from one of these networks.', {
    sourceCidr: words('Blocks of addresses, as 10.0.0.0/8.'),
  }),
  location: closed('location', 'The verifier observed one of these regions.', {
    regions: words('Names of regions, as the verifier uses them.'),
  }),
  environment: closed('environment', 'The verifier observed one of these environments.', {
    in: words('Names of environments, as the verifier uses them.'),
  }),
  args: closed('args', 'Arguments of the act meet all of these conditions.', {
    where: {
      type: 'array',
      minItems: 1,
      maxItems: 64,
      items: {
        type: 'array',
        description: 'Operator, JSON pointer to the argument, and bound.',
        prefixItems: [
          { type: 'string', enum: ['==', 'in', '<', '<=', '>', '>=', 'startsWith'] },
          { type: 'string' },
          {},
        ],
        items: {},
        minItems: 3,
        maxItems: 3,
      },
    },
  }),
  risk: closed('risk', 'The verifier observed at most this risk.', {
    max: { type: 'integer', minimum: 0, maximum: 100 },
  }),
}

const nameOf = (type: string): string =>
  `${type.slice(0, 1).toUpperCase()}${type.slice(1)}Constraint`

/** Components of the interface's document. */
export const constraintComponents: JsonObject = {
  Constraint: {
    description: 'A condition that a grant puts on each act.',
    oneOf: Object.keys(constraints).map((type) => ({
      $ref: `#/components/schemas/${nameOf(type)}`,
    })),
    discriminator: {
      propertyName: 'type',
      mapping: Object.fromEntries(
        Object.keys(constraints).map((type) => [type, `#/components/schemas/${nameOf(type)}`]),
      ),
    },
  },
  ...Object.fromEntries(
    Object.entries(constraints).map(([type, schema]) => [nameOf(type), schema]),
  ),
}
