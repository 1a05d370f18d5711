import { type SecuringMechanism, securingMechanisms } from '../credential/issuer.ts'
import { oneLine } from '../foundation/control-characters.ts'
import { fromBase64url } from '../foundation/encoding.ts'
import { ServiceError } from '../foundation/errors.ts'
import { type Forwarding, forwardingHeaders, readBlock } from '../http/client-address.ts'
import type { LogLevel } from '../http/log.ts'

/** All settings with their defaults. docs/configuration.md is generated from this table. */
export const variables = {
  PROCURA_DATA: ['data', 'Folder of the database and the key file. Created with mode 0700.'],
  PROCURA_DATABASE_URL: [
    '',
    'PostgreSQL database for any number of nodes, postgres://user:password@host:port/database. Without it, SQLite in the data folder. Requires PROCURA_PUBLIC_URL and a master key, and excludes PROCURA_DATA.',
  ],
  PROCURA_HOST: ['127.0.0.1', 'Address to listen on.'],
  PROCURA_PORT: ['8787', 'Port to listen on; 0 takes a free one.'],
  PROCURA_PUBLIC_URL: [
    'http://<host>:<port>',
    'URL under which others reach the service. With https, the first issuer gets a did:web. It is part of every status list URL, so do not change it.',
  ],
  PROCURA_MASTER_KEY: [
    '',
    'Key that seals all private keys: 32 bytes in base64url. Without it, one is generated in the key file.',
  ],
  PROCURA_MASTER_KEY_FILE: [
    '<data>/master.key',
    'File of the master key, mode 0600. Excludes PROCURA_MASTER_KEY.',
  ],
  PROCURA_MASTER_KEY_LOST: [
    'no',
    'yes: start although the master key of the database is lost. Verifying, deciding and revoking continue; nothing is signed.',
  ],
  PROCURA_PREVIOUS_MASTER_KEY: [
    '',
    'The previous master key, during its replacement: it opens seals and makes none. See docs/deploy.md.',
  ],
  PROCURA_ADMIN_KEY: [
    '',
    'First administrator key, used at the first start only. Without it, one is generated and printed once.',
  ],
  PROCURA_ADMIN_NAME: ['Administrator', 'Name of the first administrator.'],
  PROCURA_ISSUER: ['main', 'Name of the first issuer.'],
  PROCURA_ISSUER_MECHANISM: [
    'eddsa-jcs-2022',
    'How the first issuer secures credentials: see docs/mechanisms.md.',
  ],
  PROCURA_ALLOWED_ORIGINS: [
    '',
    'Origins, separated by spaces, that may be fetched although they are not public https. For tests and examples.',
  ],
  PROCURA_TRUSTED_PROXIES: [
    '',
    'Addresses and CIDR blocks, separated by spaces, of the proxies in front, which are trusted to name the client’s address. Without it, all clients behind a proxy count as one. See docs/deploy.md.',
  ],
  PROCURA_FORWARDED_HEADER: [
    'x-forwarded-for',
    'Header in which those proxies name the client: x-forwarded-for or forwarded (RFC 7239). The other one is ignored.',
  ],
  PROCURA_RATE_PER_SECOND: [
    '200',
    'Requests per second of one caller, on average. Costly verification counts as several.',
  ],
  PROCURA_RATE_BURST: ['1000', 'Requests of one caller in a burst.'],
  PROCURA_MAX_CONNECTIONS: ['4096', 'Simultaneous connections. Further ones are closed.'],
  PROCURA_LOG: ['info', 'error, warn, info or silent.'],
  PROCURA_UNUSED_SUSPEND_DAYS: [
    '90',
    'Days without use after which an agent is suspended; 0: never.',
  ],
  PROCURA_UNUSED_RETIRE_DAYS: [
    '90',
    'Days after which an agent suspended for lack of use is retired; 0: never.',
  ],
  PROCURA_AUDIT_DAYS: [
    '0',
    'Days for which the content of audit events is kept; 0: forever. The log stays verifiable without it.',
  ],
  PROCURA_CACHE_MEGABYTES: [
    '256',
    'Megabytes for all caches together: credentials, status lists, sessions and more. On Cloudflare Workers the default is 32.',
  ],
  PROCURA_MAX_GROUP: ['256', 'Maximum number of commits written to disk in one transaction.'],
} as const satisfies Record<string, readonly [fallback: string, meaning: string]>

/** Settings of the command line, which may be in the same environment. */
const ofTheCommandLine = new Set(['PROCURA_URL', 'PROCURA_KEY'])

type VariableName = keyof typeof variables
export type Environment = { readonly [name: string]: string | undefined }

export interface Config {
  /**
   * Where persistent data is stored: in a folder of this machine, or in a database shared by nodes.
   */
  readonly storage: { readonly folder: string } | { readonly databaseUrl: string }
  readonly host: string
  readonly port: number
  /** Undefined until the port is known, if it was not given. */
  readonly publicUrl: string | undefined
  readonly masterKey: Uint8Array | undefined
  readonly masterKeyFile: string | undefined
  readonly masterKeyLost: boolean
  readonly previousMasterKey: Uint8Array | undefined
  readonly adminKey: string | undefined
  readonly adminName: string
  readonly issuer: string
  readonly issuerMechanism: SecuringMechanism
  readonly allowedOrigins: ReadonlySet<string>
  readonly forwarding: Forwarding
  readonly rate: { readonly perSecond: number; readonly burst: number }
  readonly maxConnections: number
  readonly logLevel: LogLevel
  readonly maxGroup: number
  /** Undefined: the runtime's default. */
  readonly cacheBytes: number | undefined
  readonly auditDays: number
  readonly unusedDays: { readonly suspendAfter: number; readonly retireAfter: number }
}

/**
 * Parses the environment.
 *
 * @throws ServiceError `configuration_invalid`, with a sentence that says what to do.
 */
export function readConfig(environment: Environment): Config {
  const unknown = Object.keys(environment).find(
    (name) => name.startsWith('PROCURA_') && !(name in variables) && !ofTheCommandLine.has(name),
  )
  if (unknown) throw wrong(`${unknown} is not a setting of this service: see docs/configuration.md`)
  const given = (name: VariableName) => environment[name] || undefined
  const get = (name: VariableName) => given(name) ?? variables[name][0]
  if (given('PROCURA_MASTER_KEY') && given('PROCURA_MASTER_KEY_FILE'))
    throw wrong('PROCURA_MASTER_KEY and PROCURA_MASTER_KEY_FILE are both set: remove one of them')
  const host = get('PROCURA_HOST')
  const days = (name: VariableName) => integer(name, get(name), 0, 36_500)
  if (!given('PROCURA_PUBLIC_URL') && !['127.0.0.1', '::1', 'localhost'].includes(host))
    throw wrong(
      'PROCURA_HOST accepts connections from other machines, so set PROCURA_PUBLIC_URL to the URL that they use',
    )
  return {
    storage: readStorage(given),
    host,
    port: integer('PROCURA_PORT', get('PROCURA_PORT'), 0, 65_535),
    publicUrl: readPublicUrl(given('PROCURA_PUBLIC_URL')),
    masterKey: readMasterKey('PROCURA_MASTER_KEY', given('PROCURA_MASTER_KEY')),
    masterKeyFile: given('PROCURA_MASTER_KEY_FILE'),
    masterKeyLost:
      oneOf('PROCURA_MASTER_KEY_LOST', get('PROCURA_MASTER_KEY_LOST'), ['no', 'yes'] as const) ===
      'yes',
    previousMasterKey: readMasterKey(
      'PROCURA_PREVIOUS_MASTER_KEY',
      given('PROCURA_PREVIOUS_MASTER_KEY'),
    ),
    adminKey: given('PROCURA_ADMIN_KEY'),
    adminName: readName('PROCURA_ADMIN_NAME', get('PROCURA_ADMIN_NAME')),
    issuer: readIssuer(get('PROCURA_ISSUER')),
    issuerMechanism: oneOf(
      'PROCURA_ISSUER_MECHANISM',
      get('PROCURA_ISSUER_MECHANISM'),
      securingMechanisms,
    ),
    allowedOrigins: readOrigins(get('PROCURA_ALLOWED_ORIGINS')),
    forwarding: readForwarding(given),
    rate: {
      perSecond: integer('PROCURA_RATE_PER_SECOND', get('PROCURA_RATE_PER_SECOND'), 1, 10_000_000),
      burst: integer('PROCURA_RATE_BURST', get('PROCURA_RATE_BURST'), 1, 10_000_000),
    },
    maxConnections: integer(
      'PROCURA_MAX_CONNECTIONS',
      get('PROCURA_MAX_CONNECTIONS'),
      1,
      1_000_000,
    ),
    logLevel: oneOf('PROCURA_LOG', get('PROCURA_LOG'), [
      'error',
      'warn',
      'info',
      'silent',
    ] as const),
    maxGroup: integer('PROCURA_MAX_GROUP', get('PROCURA_MAX_GROUP'), 1, 10_000),
    cacheBytes: given('PROCURA_CACHE_MEGABYTES')
      ? 1_000_000 * integer('PROCURA_CACHE_MEGABYTES', get('PROCURA_CACHE_MEGABYTES'), 1, 100_000)
      : undefined,
    auditDays: days('PROCURA_AUDIT_DAYS'),
    unusedDays: {
      suspendAfter: days('PROCURA_UNUSED_SUSPEND_DAYS'),
      retireAfter: days('PROCURA_UNUSED_RETIRE_DAYS'),
    },
  }
}

const wrong = (sentence: string) => new ServiceError('configuration_invalid', sentence)

function integer(name: VariableName, text: string, min: number, max: number): number {
  const value = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= min && value <= max))
    throw wrong(`${name} must be an integer from ${min} to ${max}`)
  return value
}

function oneOf<T extends string>(name: VariableName, text: string, values: readonly T[]): T {
  const found = values.find((value) => value === text)
  if (!found) throw wrong(`${name} must be one of ${values.join(', ')}`)
  return found
}

/** A single machine generates these itself; several nodes must be given the same ones. */
function readStorage(given: (name: VariableName) => string | undefined): Config['storage'] {
  const databaseUrl = given('PROCURA_DATABASE_URL')
  if (databaseUrl === undefined)
    return { folder: given('PROCURA_DATA') ?? variables.PROCURA_DATA[0] }
  if (!URL.canParse(databaseUrl) || !/^postgres(?:ql)?:$/.test(new URL(databaseUrl).protocol))
    throw wrong('PROCURA_DATABASE_URL must be a URL such as postgres://user:password@host/database')
  if (given('PROCURA_DATA'))
    throw wrong('PROCURA_DATA and PROCURA_DATABASE_URL are both set: remove one of them')
  if (!given('PROCURA_PUBLIC_URL'))
    throw wrong('PROCURA_DATABASE_URL requires PROCURA_PUBLIC_URL: the URL that all nodes share')
  if (!given('PROCURA_MASTER_KEY') && !given('PROCURA_MASTER_KEY_FILE'))
    throw wrong(
      'PROCURA_DATABASE_URL requires PROCURA_MASTER_KEY or PROCURA_MASTER_KEY_FILE: the key that all nodes share',
    )
  return { databaseUrl }
}

function readForwarding(given: (name: VariableName) => string | undefined): Forwarding {
  const listed = given('PROCURA_TRUSTED_PROXIES')
    ?.split(/[\s,]+/)
    .filter((item) => item !== '')
  const header = given('PROCURA_FORWARDED_HEADER')
  if (header && !listed)
    throw wrong('PROCURA_FORWARDED_HEADER applies to trusted proxies: set PROCURA_TRUSTED_PROXIES')
  const proxies = (listed ?? []).map((item) => {
    const block = readBlock(item)
    if (!block)
      throw wrong(
        `PROCURA_TRUSTED_PROXIES must hold addresses and CIDR blocks such as 127.0.0.1 10.0.0.0/24 fd00::/64, not ${item}`,
      )
    return block
  })
  const [fallback] = variables.PROCURA_FORWARDED_HEADER
  return {
    proxies,
    header: oneOf('PROCURA_FORWARDED_HEADER', header ?? fallback, forwardingHeaders),
  }
}

function readPublicUrl(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.pathname !== '/' ||
    url.search ||
    url.hash ||
    url.username
  )
    throw wrong(
      'PROCURA_PUBLIC_URL must be an origin such as https://iam.example.com, without a path',
    )
  return url.origin
}

/** @returns undefined if none is given. */
export function readMasterKey(name: string, text: string | undefined): Uint8Array | undefined {
  if (text === undefined) return undefined
  const key = fromBase64url(text.trim())
  if (key?.length !== 32)
    throw wrong(
      `${name} must hold 32 bytes in base64url: make them with "openssl rand -base64 32 | tr '+/' '-_' | tr -d '='"`,
    )
  if (key.every((byte) => byte === key[0]))
    throw wrong(`${name} is not random: it repeats one byte 32 times`)
  return key
}

function readName(name: string, text: string): string {
  if (!oneLine.test(text) || text.length > 200)
    throw wrong(`${name} must be one line of at most 200 characters`)
  return text
}

function readIssuer(text: string): string {
  if (!/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(text))
    throw wrong('PROCURA_ISSUER must be 1 to 40 lower-case letters, digits and hyphens')
  return text
}

function readOrigins(text: string): ReadonlySet<string> {
  const origins = text.split(/\s+/).filter((item) => item !== '')
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin)
      throw wrong('PROCURA_ALLOWED_ORIGINS must hold origins such as http://127.0.0.1:9000')
  return new Set(origins)
}
