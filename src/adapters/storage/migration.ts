/** One step of the schema: plain SQL, applied once, in the order of names. */
export interface Migration {
  readonly name: string
  readonly sql: string
}
