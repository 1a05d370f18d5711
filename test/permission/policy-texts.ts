import type { Policy, PolicyRequest } from '../../src/permission/policy.ts'

const when = (expression: string) => `permit(principal, action, resource) when { ${expression} };`
const purpose = 'context.purpose == "a"'
const nested = (n: number, inner: string, wrap: (text: string) => string): string => {
  let text = inner
  for (let i = 0; i < n; i++) text = wrap(text)
  return when(text)
}

/** Ways to make Cedar recurse, each as deep as it is told. */
export const deepTexts: Readonly<Record<string, (n: number) => string>> = {
  parentheses: (n) => nested(n, 'true', (text) => `(${text})`),
  'a chain of ||': (n) => when(Array(n).fill(purpose).join(' || ')),
  'a chain of &&': (n) => when(Array(n).fill(purpose).join(' && ')),
  'a chain of +': (n) => when(`${Array(n).fill('1').join(' + ')} == 1`),
  'a chain to the right': (n) => nested(n, 'true', (text) => `${purpose} || (${text})`),
  'negations of brackets': (n) => nested(n, 'true', (text) => `!!!!(${text})`),
  'minus before brackets': (n) => when(`${'-('.repeat(n)}1${')'.repeat(n)} == 1`),
  attributes: (n) => when(`context${'.a'.repeat(n)} == 1`),
  indexes: (n) => when(`context${'["a"]'.repeat(n)} == 1`),
  'indexes within indexes': (n) => when(`context${'[context'.repeat(n)}${']'.repeat(n)}`),
  methods: (n) => when(`context${'.contains(1)'.repeat(n)}`),
  'methods within methods': (n) => when(`[1]${'.contains([1]'.repeat(n)}${')'.repeat(n)}`),
  functions: (n) => when(`${'ip('.repeat(n)}"1.1.1.1"${')'.repeat(n)}.isIpv4()`),
  'a path of has': (n) => when(`context has a${'.a'.repeat(n)}`),
  'else if': (n) => when(`${`if ${purpose} then true else `.repeat(n)}true`),
  'then if': (n) => when(`${`if ${purpose} then `.repeat(n)}true${' else true'.repeat(n)}`),
  'if if': (n) => when(`${'if '.repeat(n)}true${' then true else true'.repeat(n)}`),
  'brackets around if': (n) => nested(n, 'true', (text) => `(if ${text} then true else false)`),
  'like in if': (n) =>
    nested(n, 'context.purpose', (text) => `(if ${text} like "a" then "a" else "b")`),
  sets: (n) => nested(n, '1', (text) => `[${text}]`),
  'later in sets': (n) => nested(n, '1', (text) => `[1, [2], ${text}]`),
  records: (n) => nested(n, '1', (text) => `{"a": ${text}}`),
  'attributes of records': (n) => nested(n, 'true', (text) => `{"a": ${text}}.a`),
  conditions: (n) => `permit(principal, action, resource) ${`when { ${purpose} } `.repeat(n)};`,
  exceptions: (n) => `permit(principal, action, resource) ${`unless { ${purpose} } `.repeat(n)};`,
  'sets in the scope': (n) =>
    `permit(principal, action in ${'['.repeat(n)}Action::"read"${']'.repeat(n)}, resource);`,
  'after a comment': (n) => `// " ( \n${nested(n, 'true', (text) => `( // "\n${text})`)}`,
  'after a string': (n) => nested(n, '"\\"" == "//"', (text) => `(${text})`),
}

/** What is long and not deep. */
export const longTexts: Readonly<Record<string, string>> = {
  policies: 'permit(principal,action,resource);'.repeat(2_900),
  'a set': when(`[${Array(20_000).fill('1').join(',')}].contains(1)`),
  'a record': when(`{${Array.from({ length: 7_000 }, (_, i) => `"a${i}":1`).join(',')}} == {}`),
  'a string': when(`context.purpose == "${'('.repeat(90_000)}"`),
  'a pattern': when(`context.purpose like "${'*a'.repeat(45_000)}"`),
  'a comment': `// ${'('.repeat(90_000)}\n${when('true')}`,
  annotations: `${Array.from({ length: 5_000 }, (_, i) => `@a${i}("x")`).join(' ')} ${when('true')}`,
  'brackets side by side': when(
    `[${Array(3_000).fill('(context.purpose == "a") || true').join(',')}].contains(true)`,
  ),
  'a list of actions': `permit(principal, action in [${Array(4_000).fill('Action::"read"').join(',')}], resource);`,
  'nothing that Cedar knows': '('.repeat(39),
}

export const policyOf = (body: string, i = 0): Policy => ({
  id: `${i}` as Policy['id'],
  name: `p${i}`,
  version: 1,
  body,
  createdBy: 'service',
  createdAt: 0,
})

export const policyRequest: PolicyRequest = {
  holder: 'did:key:zA',
  profile: { isActive: true, owner: 'ada', segment: 'default', riskTier: 'low', kind: 'company' },
  action: 'read',
  resource: 'db://a/b/c',
  grantType: 'database',
  purpose: 'report',
  audience: 'did:web:a',
  task: 'urn:t',
  chain: ['did:key:zA'],
  rootIssuer: 'did:web:i',
  datatypes: [],
  observed: {},
  now: Date.UTC(2026, 10, 22),
}
