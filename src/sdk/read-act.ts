import { isObject, type JsonValue } from '../foundation/json.ts'
import { type Refusal, refuse } from '../foundation/refusal.ts'
import type { Invocation, Observed } from '../permission/invocation.ts'

/** One act, and what the verifier observed of its circumstances: flat, as `POST /decisions` takes them. */
export interface Act extends Invocation {
  readonly observed?: Observed
}

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string'
const isNumber: Check = (value) => typeof value === 'number' && Number.isFinite(value)
const isTextList: Check = (value) => Array.isArray(value) && value.every(isText)
const isRecord: Check = (value) => isObject(value as JsonValue)
const hasOnly =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && flawIn(value as object, members) === undefined

/** Members by name, with what each must be when it is present. */
const required = { action: isText, resource: isText, purpose: isText }
const members: Readonly<Record<string, Check>> = {
  ...required,
  datatypes: isTextList,
  args: isRecord,
  amounts: hasOnly({ bytes: isNumber, records: isNumber }),
  observed: hasOnly({
    sourceIp: isText,
    region: isText,
    environment: isText,
    risk: isNumber,
  }),
}

/** Refuses what TypeScript would have refused: callers may be JavaScript. */
export function flawOfAct(act: object): Refusal | undefined {
  const given = new Map(Object.entries(act))
  const name =
    Object.keys(required).find((member) => given.get(member) === undefined) ?? flawIn(act, members)
  return name === undefined
    ? undefined
    : refuse('malformed', `the request’s member "${name}" is missing, unknown or of a wrong type`)
}

/** The first member that is unknown or of a wrong type. Undefined counts as absent. */
const flawIn = (value: object, known: Readonly<Record<string, Check>>): string | undefined =>
  Object.entries(value).find(
    ([name, item]) => item !== undefined && !(Object.hasOwn(known, name) && known[name]!(item)),
  )?.[0]
