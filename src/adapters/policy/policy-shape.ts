/** Longest text of one policy document, in UTF-16 code units. */
export const maxPolicyLength = 100_000

/**
 * Maximum depth of a policy. Cedar's WebAssembly has a stack of 1 MB and does not limit depth itself: in
 * Node and in workerd it trapped at 107 nested brackets and at 364 operators on one path. See
 * docs/decisions/0017.
 */
const maxNesting = 40
const maxDepth = 128

/**
 * Operators that join complete operands: one path leads through all of them, and then into one
 * operand.
 */
const joining = new Set(['||', '&&', 'if', 'when', 'unless'])
/**
 * Everything else that builds one expression from another. Each adds a level to the tree that Cedar
 * walks.
 */
const wordOperators = new Set(['in', 'has', 'is', 'like'])
/**
 * After these words a bracket opens an expression; after others it calls or indexes what precedes
 * it.
 */
const keywords = new Set([...wordOperators, 'if', 'when', 'unless', 'then', 'else'])

/**
 * Cedar's lexical grammar, as far as depth depends on it. Everything after an unterminated string
 * belongs to it.
 */
const token =
  /\/\/[^\n\r]*|"(?:\\[\s\S]|[^"\\])*(?:"|$)|[A-Za-z_][A-Za-z0-9_]*|\|\||&&|[=!<>]=|::|[[\](){},;<>+\-*!.]|[0-9]+/g

/** One bracket, or the policy itself: what is known so far of its expression. */
interface Level {
  /**
   * Joining operators since the last comma. All may lie on one path: `a || b || c` is `(a || b) ||
   * c`.
   */
  joins: number
  /** Depth of the deepest operand between joining operators. */
  operand: number
  /** Other operators since the last joining one or comma. */
  operators: number
  /** Depth of the deepest bracket since then. */
  inner: number
  /** Depth of the deepest element before the last comma. */
  deepest: number
  /**
   * Whether the bracket itself is a step of a path, as in `a["b"]["c"]`: then it counts outside.
   */
  readonly isPostfix: boolean
}

const endsAnOperand = (lexeme: string) =>
  /[\w")\]}]/.test(lexeme.at(-1) ?? '') && !keywords.has(lexeme)

const open = (isPostfix: boolean): Level => ({
  joins: 0,
  operand: 0,
  operators: 0,
  inner: 0,
  deepest: 0,
  isPostfix,
})
const operandOf = ({ operand, operators, inner }: Level) => Math.max(operand, operators + inner)
const depthOf = (level: Level) => Math.max(level.deepest, level.joins + operandOf(level))

/** The operand ends here. */
function endOperand(level: Level): void {
  level.operand = operandOf(level)
  level.operators = 0
  level.inner = 0
}

/**
 * Why a text is too much for a recursive parser; undefined if it is not. One pass without
 * recursion: the depth it finds is never less than that of Cedar's tree for the text.
 */
export function flawOfPolicyShape(text: string): string | undefined {
  if (text.length > maxPolicyLength) return `it is longer than ${maxPolicyLength} characters`
  if (!text.isWellFormed()) return 'it contains a lone surrogate'
  const levels = [open(false)]
  let before = ''
  for (const [lexeme] of text.matchAll(token)) {
    if (lexeme.startsWith('//')) continue
    let level = levels.at(-1)!
    if ('([{'.includes(lexeme)) {
      if (levels.length > maxNesting) return `its brackets are nested more than ${maxNesting} deep`
      const isPostfix = levels.length > 1 && lexeme !== '{' && endsAnOperand(before)
      if (isPostfix) level.operators++
      levels.push(open(isPostfix))
    } else if (')]}'.includes(lexeme)) {
      // An extra closing bracket closes nothing; Cedar reports it.
      if (levels.length === 1) continue
      levels.pop()
      const depth = depthOf(level) + (level.isPostfix ? 0 : 1)
      level = levels.at(-1)!
      level.inner = Math.max(level.inner, depth)
    } else if (lexeme === ',' || lexeme === ';') {
      level.deepest = depthOf(level)
      endOperand(level)
      level.operand = 0
      level.joins = 0
    } else if (joining.has(lexeme)) {
      endOperand(level)
      level.joins++
    } else if (wordOperators.has(lexeme) || /^(?:[=!<>]=|[<>+\-*!.])$/.test(lexeme)) {
      level.operators++
    }
    if (depthOf(level) > maxDepth)
      return `it has more than ${maxDepth} operators in a row: compare with a set, as in ["a", "b"].contains(context.purpose), or write several policies`
    before = lexeme
  }
  return undefined
}
