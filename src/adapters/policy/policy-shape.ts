/** Longest text of one document of policy, in UTF-16 code units. */
export const maxPolicyLength = 100_000

/**
 * How deep a policy may be. Cedar's WebAssembly has a stack of 1 MB and no bound of its own: it
 * trapped, in Node and in workerd, from 107 brackets within one another and from 364 operators on one
 * path. See docs/decisions/0017.
 */
const maxNesting = 40
const maxDepth = 128

/** Operators that join whole operands: one path leads through all of them, and then into one operand. */
const joining = new Set(['||', '&&', 'if', 'when', 'unless'])
/** Whatever else makes an expression of another: each is one more level of the tree that Cedar walks. */
const wordOperators = new Set(['in', 'has', 'is', 'like'])
/** After these a bracket opens an expression; after other words it calls or indexes what stands before. */
const keywords = new Set([...wordOperators, 'if', 'when', 'unless', 'then', 'else'])

/** Cedar's lexical grammar, as far as depth depends on it. What follows an open string belongs to it. */
const token =
  /\/\/[^\n\r]*|"(?:\\[\s\S]|[^"\\])*(?:"|$)|[A-Za-z_][A-Za-z0-9_]*|\|\||&&|[=!<>]=|::|[[\](){},;<>+\-*!.]|[0-9]+/g

/** One bracket, or the policy itself: what is known of the expression that it holds so far. */
interface Level {
  /** Joining operators since the last comma. All may lie on one path: `a || b || c` is `(a || b) || c`. */
  joins: number
  /** The deepest that an operand between joining operators is. */
  operand: number
  /** Other operators since the last joining one or comma. */
  operators: number
  /** The deepest that a bracket since then is. */
  inner: number
  /** The deepest that an element before the last comma is. */
  deepest: number
  /** Whether the bracket is a step of a path itself, as in `a["b"]["c"]`: then it counts outside. */
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
 * What makes a text too much for a parser that recurses, or undefined. One pass without recursion;
 * the depth that it finds is never less than that of the tree which Cedar makes of the text.
 */
export function flawOfPolicyShape(text: string): string | undefined {
  if (text.length > maxPolicyLength) return `it is longer than ${maxPolicyLength} characters`
  if (!text.isWellFormed()) return 'it holds a lone surrogate'
  const levels = [open(false)]
  let before = ''
  for (const [lexeme] of text.matchAll(token)) {
    if (lexeme.startsWith('//')) continue
    let level = levels.at(-1)!
    if ('([{'.includes(lexeme)) {
      if (levels.length > maxNesting) return `brackets stand more than ${maxNesting} deep in it`
      const isPostfix = levels.length > 1 && lexeme !== '{' && endsAnOperand(before)
      if (isPostfix) level.operators++
      levels.push(open(isPostfix))
    } else if (')]}'.includes(lexeme)) {
      // One too many closes nothing: Cedar will say so.
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
      return `more than ${maxDepth} operators follow one another in it: compare with a set, as in ["a", "b"].contains(context.purpose), or write several policies`
    before = lexeme
  }
  return undefined
}
