import procura from '../../schemas/context-v1.json' with { type: 'json' }
import credentials1 from '../../schemas/contexts/credentials-v1.json' with { type: 'json' }
import credentials2 from '../../schemas/contexts/credentials-v2.json' with { type: 'json' }
import dataIntegrity1 from '../../schemas/contexts/data-integrity-v1.json' with { type: 'json' }
import dataIntegrity2 from '../../schemas/contexts/data-integrity-v2.json' with { type: 'json' }
import did from '../../schemas/contexts/did-v1.json' with { type: 'json' }
import ed25519Signature from '../../schemas/contexts/ed25519-2020-v1.json' with { type: 'json' }
import multikey from '../../schemas/contexts/multikey-v1.json' with { type: 'json' }
import type { bundledUrls } from './context-urls.ts'

/** The contexts as their owners published them. Only bundled-contexts.ts loads this file. */
export const publishedContexts: Readonly<Record<(typeof bundledUrls)[number], object>> = {
  'https://www.w3.org/2018/credentials/v1': credentials1,
  'https://www.w3.org/ns/credentials/v2': credentials2,
  'https://w3id.org/security/data-integrity/v2': dataIntegrity2,
  'https://w3id.org/security/data-integrity/v1': dataIntegrity1,
  'https://w3id.org/security/multikey/v1': multikey,
  'https://www.w3.org/ns/did/v1': did,
  'https://w3id.org/security/suites/ed25519-2020/v1': ed25519Signature,
  'https://w3id.org/procura/v1': procura,
  'https://www.w3.org/ns/credentials/examples/v2': {
    '@context': { '@vocab': 'https://www.w3.org/ns/credentials/examples#' },
  },
}
