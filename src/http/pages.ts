/** The documentation as Markdown, by the name under which it is served; undefined if there is no such page. */
export type ReadPage = (name: string) => string | undefined

/** What `/llms.txt` and `/docs/…` serve, beside the reference of the interface. */
export const pageNames = [
  'README.md',
  'access.md',
  'architecture.md',
  'configuration.md',
  'deploy.md',
  'glossary.md',
  'governance.md',
  'guides.md',
  'mechanisms.md',
  'performance.md',
  'permission-model.md',
  'permissions.md',
  'policies.md',
  'reasons.md',
  'sdk-agents.md',
  'sdk-hosts.md',
  'sdk-issuers.md',
  'sdk.md',
  'threats.md',
] as const

/** An index for people who build with an assistant. @see https://llmstxt.org */
export const llmsName = 'llms.txt'
