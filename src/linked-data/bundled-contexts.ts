import procura from '../../schemas/context-v1.json' with { type: 'json' }
import type { JsonObject } from '../foundation/json.ts'
import { bundledUrls, examplesV2, procuraV1 } from './context-urls.ts'

/** The documents behind the permitted URLs. */
export type Contexts = ReadonlyMap<string, JsonObject>

let loading: Promise<Contexts> | undefined

/** Loaded when the first document is read as a graph; verifying canonical JSON never needs them. */
export function loadContexts(): Promise<Contexts> {
  loading ??= load()
  return loading
}

async function load(): Promise<Contexts> {
  const packages = await Promise.all([
    import('credentials-context'),
    import('@digitalcredentials/credentials-v2-context'),
    import('@digitalbazaar/data-integrity-context'),
    import('@digitalbazaar/multikey-context'),
    import('did-context'),
    import('ed25519-signature-2020-context'),
  ])
  const published = new Map<string, object>(packages.flatMap(({ contexts }) => [...contexts]))
  published.set(procuraV1, procura)
  published.set(examplesV2, {
    '@context': { '@vocab': 'https://www.w3.org/ns/credentials/examples#' },
  })
  return new Map(bundledUrls.map((url) => [url, published.get(url) as JsonObject]))
}
