/** `CHECK constraint failed: name`, or `UNIQUE constraint failed: table.a, table.b`, which becomes `table_a_b`. */
export function constraintOf({ message }: Error): string | undefined {
  const check = /CHECK constraint failed: (\w+)/.exec(message)
  if (check) return check[1]
  const unique = /UNIQUE constraint failed: ([\w.]+(?:, [\w.]+)*)/.exec(message)
  if (!unique) return undefined
  const columns = unique[1]!.split(', ').map((column) => column.split('.'))
  return [columns[0]![0], ...columns.map(([, name]) => name)].join('_')
}
