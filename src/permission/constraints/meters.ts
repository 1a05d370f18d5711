import type { JsonValue } from '../../foundation/json.ts'
import { type ConstraintType, hasExactly, isLimit } from './constraint.ts'

/** The units that limits count. */
export const meterUnits = ['uses', 'bytes', 'records'] as const
export type MeterUnit = (typeof meterUnits)[number]

/** Limits counted at an authority: permission-model.md, 2.5. */
export interface Metered {
  readonly authority: string
  readonly limits: Readonly<Partial<Record<MeterUnit, number>>>
}

/** Whether constraints of this type are counted. */
export const isMeter = (type: string): boolean => type === 'uses' || type === 'volume'

const isAuthority = (value: JsonValue | undefined): value is string =>
  typeof value === 'string' && URL.canParse(value)

/** Limits are checked by counting, when the decision is concluded. */
const counted = () => () => undefined

const isTighter = (child: Metered, parent: Metered): boolean =>
  child.authority === parent.authority &&
  meterUnits.every((unit) => {
    const [own, bound] = [child.limits[unit], parent.limits[unit]]
    return bound === undefined || (own !== undefined && own <= bound)
  })

/** `{max, authority}` */
export const uses: ConstraintType<Metered> = {
  read: (json) =>
    hasExactly(json, 'max', 'authority') && isLimit(json.max) && isAuthority(json.authority)
      ? { authority: json.authority, limits: { uses: json.max } }
      : undefined,
  test: counted,
  within: isTighter,
}

/** `{maxBytes?, maxRecords?, authority}`: at least one of the limits. */
export const volume: ConstraintType<Metered> = {
  read(json) {
    const { maxBytes: bytes, maxRecords: records, authority } = json
    const present = ['maxBytes', 'maxRecords'].filter((member) => member in json)
    if (present.length === 0 || !hasExactly(json, ...present, 'authority')) return undefined
    if (!present.every((member) => isLimit(json[member])) || !isAuthority(authority))
      return undefined
    return {
      authority,
      limits: {
        ...(bytes === undefined ? {} : { bytes: bytes as number }),
        ...(records === undefined ? {} : { records: records as number }),
      },
    }
  },
  test: counted,
  within: isTighter,
}
