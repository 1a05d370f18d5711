/**
 * Everything the software knows about a kind of key, in one place. The signature algorithm follows
 * from the key, never from what a token or proof states (RFC 8725, 3.1).
 */
export const algorithms = {
  Ed25519: {
    /** Unsigned-varint multicodec prefix of the public key. @see https://github.com/multiformats/multicodec */
    prefix: [0xed, 0x01],
    publicKeyLength: 32,
    signatureLength: 64,
    /** JWS `alg` (RFC 8037). The newer spelling `Ed25519` (RFC 9864) is accepted for the same key. */
    jose: 'EdDSA',
    joseAccepted: ['EdDSA', 'Ed25519'],
    jwk: { kty: 'OKP', crv: 'Ed25519' },
    /** RFC 9421, 6.2. */
    httpSignature: 'ed25519',
    /** Cost of one check, in checks of Ed25519. */
    verificationCost: 1,
  },
  'P-256': {
    prefix: [0x80, 0x24],
    /** Compressed point (SEC 1, 2.3.3). */
    publicKeyLength: 33,
    /** r and s, 32 bytes each (IEEE P1363). */
    signatureLength: 64,
    jose: 'ES256',
    joseAccepted: ['ES256'],
    jwk: { kty: 'EC', crv: 'P-256' },
    httpSignature: 'ecdsa-p256-sha256',
    verificationCost: 1,
  },
  'P-384': {
    prefix: [0x81, 0x24],
    publicKeyLength: 49,
    signatureLength: 96,
    jose: 'ES384',
    joseAccepted: ['ES384'],
    jwk: { kty: 'EC', crv: 'P-384' },
    httpSignature: 'ecdsa-p384-sha384',
    verificationCost: 8,
  },
} as const

/** A kind of key: `Ed25519`, `P-256` or `P-384`. */
export type KeyKind = keyof typeof algorithms

export const keyKinds = Object.keys(algorithms) as readonly KeyKind[]
