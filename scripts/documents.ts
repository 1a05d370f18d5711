import { readFileSync, writeFileSync } from 'node:fs'
import { variables } from '../src/composition/config.ts'
import { reasons } from '../src/foundation/refusal.ts'
import { access } from '../src/http/access.ts'
import { llmsName, type pageNames } from '../src/http/pages.ts'
import { problems, problemType } from '../src/http/problem.ts'

const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (header: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(...header), row(...header.map(() => '---')), ...rows.map((cells) => row(...cells))].join(
    '\n',
  )
const code = (text: string): string => (text === '' ? '' : `\`${text}\``)

/** What each page is for. */
const abouts: Readonly<Record<(typeof pageNames)[number], string>> = {
  'README.md': 'what it is, the first ten minutes, and quick starts for an agent and a host',
  'sdk.md': 'the SDK: entry points, runtimes, what it installs',
  'sdk-agents.md': 'agents: key and DID, use a permission, delegate',
  'sdk-hosts.md': 'hosts: protect routes, verify, decide',
  'sdk-issuers.md': 'issuers: the typed client, tasks, permissions',
  'guides.md': 'guides by role, over HTTP and the command line',
  'permissions.md': 'what a grant can say: types, locations, actions, constraints, delegation',
  'permission-model.md': 'the task permission, normative',
  'mechanisms.md': 'how credentials are secured, and selective disclosure',
  'governance.md': 'entitlements, approvals, separation of duties, reviews, segments',
  'policies.md': 'overlays and local policy in Cedar',
  'reasons.md': 'every reason for a refusal, and every error',
  'access.md': 'who may call which route',
  'configuration.md': 'every setting',
  'deploy.md': 'one machine, several nodes, Workers; backups and keys',
  'performance.md': 'figures, and how they are measured',
  'architecture.md': 'one picture, the way of a request, a table of folders',
  'glossary.md': 'the words',
  'threats.md': 'the threats, with the codes that tests cite',
}

function llmsText(): string {
  const lines = Object.entries(abouts).map(
    ([name, about]) => `- [${name}](/docs/${name}): ${about}`,
  )
  return `# Procura

> Identity and narrow, provable, revocable authority for AI agents: DIDs, task permissions as W3C Verifiable
> Credentials, decisions, status lists, governance and an audit log that can be proved.

Agents, hosts and issuers use the npm package \`@procura/sdk\`. The service speaks HTTP; \`/openapi.json\` describes
every route.

## Documentation

${lines.join('\n')}
`
}

/** The pages generated from code. `npm run docs` writes them; a test compares them. */
export const documents: Readonly<Record<string, string>> = {
  [llmsName]: llmsText(),
  'docs/configuration.md': `# Configuration

Everything is set by environment variables. Without any, the service starts on 127.0.0.1:8787 with a
folder \`data\` beside it. A name that is not in this table, a value that is wrong, or two settings
that contradict each other stop the start with a sentence that says what to do.

${table(
  ['variable', 'without it', 'meaning'],
  Object.entries(variables).map(([name, [fallback, meaning]]) => [
    code(name),
    code(fallback),
    meaning,
  ]),
)}

The command line reads two more: \`PROCURA_URL\`, the service it calls, and \`PROCURA_KEY\`, the API key
it calls with.
`,
  'docs/reasons.md': `# Why something was refused

A refusal is an answer, not an error: \`reason\` is stable, \`problemDetails\` on the W3C endpoints has
the type beside it. The order is that in which a verifier comes to them.

${table(
  ['reason', 'sentence', 'problem type'],
  Object.entries(reasons).map(([reason, [type, sentence]]) => [code(reason), sentence, code(type)]),
)}

# Errors

An error says that the question could not be answered, or may not be asked. It is an RFC 9457
problem document whose \`type\` is stable.

${table(
  ['status', 'type', 'title'],
  Object.entries(problems).map(([name, [status, title]]) => [
    String(status),
    code(problemType(name as keyof typeof problems)),
    title,
  ]),
)}
`,
  'docs/access.md': `# Who may call what

The service enforces this table. \`anyone\` needs no authentication. \`agent\` is an agent that signs
its requests with its DID key (HTTP Message Signatures, RFC 9421), or uses its own API key. The others are
scopes of API keys.

*Sees*: \`own\` routes show a caller only what concerns them, unless they may see everything; for anything
else they answer as if it did not exist. An owner's own are the agents that this person answers for.
*Lane*: routes of one lane share a rate limit, so that a flood in one leaves the others open.

${table(
  ['route', 'roles', 'sees', 'lane'],
  Object.entries(access).map(([route, { roles, sees, lane }]) => [
    code(route),
    roles.join(', '),
    sees,
    lane,
  ]),
)}
`,
}

const root = new URL('../', import.meta.url)
export const written = (name: string): string => readFileSync(new URL(name, root), 'utf8')

if (import.meta.main)
  for (const [name, text] of Object.entries(documents)) writeFileSync(new URL(name, root), text)
