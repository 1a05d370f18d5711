import { contexts as dataIntegrity } from '@digitalbazaar/data-integrity-context'
import { contexts as multikey } from '@digitalbazaar/multikey-context'
import { contexts as vcdm2 } from '@digitalcredentials/credentials-v2-context'
import { contexts as vcdm1 } from 'credentials-context'
import { contexts as did } from 'did-context'
import { contexts as ed25519 } from 'ed25519-signature-2020-context'
import procura from '../../schemas/context-v1.json' with { type: 'json' }
import type { JsonObject } from '../json.ts'
import { credentialsV1, credentialsV2, dataIntegrityV2, procuraV1 } from './context-urls.ts'

const published = new Map([...vcdm1, ...vcdm2, ...dataIntegrity, ...multikey, ...did, ...ed25519])
const from = (url: string): readonly [string, JsonObject] => [url, published.get(url) as JsonObject]

/** JSON-LD contexts that may be named, by URL. None is ever fetched: what is not here is refused. */
export const bundledContexts: ReadonlyMap<string, JsonObject> = new Map<string, JsonObject>([
  from(credentialsV1),
  from(credentialsV2),
  from(dataIntegrityV2),
  from('https://w3id.org/security/data-integrity/v1'),
  from('https://w3id.org/security/multikey/v1'),
  from('https://www.w3.org/ns/did/v1'),
  from('https://w3id.org/security/suites/ed25519-2020/v1'),
  [procuraV1, procura],
  [
    'https://www.w3.org/ns/credentials/examples/v2',
    { '@context': { '@vocab': 'https://www.w3.org/ns/credentials/examples#' } },
  ],
])
