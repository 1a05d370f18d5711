import type { JsonObject } from '../../foundation/json.ts'

/** How callers authenticate. */
export const securitySchemes: JsonObject = {
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'A scoped API key of a person, a system or an agent.',
  },
  didSignature: {
    type: 'apiKey',
    in: 'header',
    name: 'Signature',
    description:
      'An HTTP Message Signature (RFC 9421) named procura, by an agent, over @method, @target-uri and content-digest, with created, nonce, keyid and tag.',
  },
}
