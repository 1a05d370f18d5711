import { expect, test } from 'vitest'
import { publishedContexts } from '../../src/linked-data/published-contexts.ts'

const packages = await Promise.all([
  import('credentials-context'),
  import('@digitalcredentials/credentials-v2-context'),
  import('@digitalbazaar/data-integrity-context'),
  import('@digitalbazaar/multikey-context'),
  import('did-context'),
  import('ed25519-signature-2020-context'),
])
const packaged = packages.flatMap(({ contexts }) => [...contexts])
/** Contexts that no package publishes: the service's own, and the one for the specification's examples. */
const ownUrls = ['https://w3id.org/procura/v1', 'https://www.w3.org/ns/credentials/examples/v2']

test('every bundled context equals the one that its owners publish', () => {
  const published = new Map<string, object>(packaged)

  const compared = Object.entries(publishedContexts).filter(([url]) => !ownUrls.includes(url))

  expect(Object.fromEntries(compared)).toEqual(
    Object.fromEntries(compared.map(([url]) => [url, published.get(url)])),
  )
  expect(compared).toHaveLength(7)
})
