import access from '../../../docs/access.md'
import architecture from '../../../docs/architecture.md'
import configuration from '../../../docs/configuration.md'
import deploy from '../../../docs/deploy.md'
import glossary from '../../../docs/glossary.md'
import governance from '../../../docs/governance.md'
import guides from '../../../docs/guides.md'
import mechanisms from '../../../docs/mechanisms.md'
import performance from '../../../docs/performance.md'
import permissionModel from '../../../docs/permission-model.md'
import permissions from '../../../docs/permissions.md'
import policies from '../../../docs/policies.md'
import reasons from '../../../docs/reasons.md'
import sdk from '../../../docs/sdk.md'
import sdkAgents from '../../../docs/sdk-agents.md'
import sdkHosts from '../../../docs/sdk-hosts.md'
import sdkIssuers from '../../../docs/sdk-issuers.md'
import threats from '../../../docs/threats.md'
import llms from '../../../llms.txt'
import readme from '../../../README.md'
import type { ReadPage } from '../../http/pages.ts'

/** The documentation, which the bundler puts into the Worker as text. */
const pages: ReadonlyMap<string, string> = new Map([
  ['README.md', readme],
  ['access.md', access],
  ['architecture.md', architecture],
  ['configuration.md', configuration],
  ['deploy.md', deploy],
  ['glossary.md', glossary],
  ['governance.md', governance],
  ['guides.md', guides],
  ['mechanisms.md', mechanisms],
  ['performance.md', performance],
  ['permission-model.md', permissionModel],
  ['permissions.md', permissions],
  ['policies.md', policies],
  ['reasons.md', reasons],
  ['sdk-agents.md', sdkAgents],
  ['sdk-hosts.md', sdkHosts],
  ['sdk-issuers.md', sdkIssuers],
  ['sdk.md', sdk],
  ['threats.md', threats],
  ['llms.txt', llms],
])

export const readPage: ReadPage = (name) => pages.get(name)
