import { z } from 'zod'
import type { Did } from '../../did/syntax.ts'
import { isDid } from '../../did/syntax.ts'
import { ServiceError } from '../../foundation/errors.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { isObject } from '../../foundation/json.ts'
import { defaultMemoryBytes } from '../../foundation/memory.ts'
import type { DurableObjects } from './bindings.ts'

/** Bindings of wrangler.verifier.toml. */
export interface VerifierBindings {
  readonly SPENT: DurableObjects
  readonly SEEN: DurableObjects
  /** DIDs that callers may represent, separated by spaces. */
  readonly PROCURA_AUDIENCES?: string
  /** JSON: for each trusted issuer's DID the credential types it is trusted for. */
  readonly PROCURA_TRUSTED_ISSUERS?: string
  /** JSON: names of callers with their tokens. A secret. */
  readonly PROCURA_CALLERS?: string
  /** 32 bytes in base64url. A secret. */
  readonly PROCURA_CHALLENGE_KEY?: string
  /** The private JWK that signs receipts. A secret. */
  readonly PROCURA_RECEIPT_KEY?: string
  readonly PROCURA_ALLOWED_ORIGINS?: string
  /** Megabytes for all caches; 32 by default. */
  readonly PROCURA_CACHE_MEGABYTES?: string
}

export interface VerifierConfig {
  readonly audiences: readonly Did[]
  readonly trustedIssuers: ReadonlyMap<string, readonly string[]>
  readonly callers: Readonly<Record<string, string>>
  readonly challengeKey: string
  readonly receiptKey: JsonObject
  readonly allowedOrigins: ReadonlySet<string>
  readonly cacheBytes: number
}

/** @throws ServiceError `configuration_invalid`, with a sentence that says what to do. */
export function readVerifierConfig(bindings: VerifierBindings): VerifierConfig {
  const audiences = words(bindings.PROCURA_AUDIENCES)
  if (audiences.length === 0 || !audiences.every(isDid))
    throw wrong('PROCURA_AUDIENCES must hold the DIDs of the audiences')
  const trusted = readJson(
    'PROCURA_TRUSTED_ISSUERS',
    bindings.PROCURA_TRUSTED_ISSUERS ?? '{}',
    typeLists,
  )
  const callers = readJson('PROCURA_CALLERS', bindings.PROCURA_CALLERS, tokens)
  return {
    audiences,
    trustedIssuers: new Map(Object.entries(trusted)),
    callers,
    challengeKey: bindings.PROCURA_CHALLENGE_KEY ?? '',
    receiptKey: readJson(
      'PROCURA_RECEIPT_KEY',
      bindings.PROCURA_RECEIPT_KEY,
      z.custom<JsonObject>(isObject),
    ),
    allowedOrigins: new Set(words(bindings.PROCURA_ALLOWED_ORIGINS)),
    cacheBytes: readCacheBytes(bindings.PROCURA_CACHE_MEGABYTES),
  }
}

function readCacheBytes(text: string | undefined): number {
  if (text === undefined) return defaultMemoryBytes.isolate
  if (!/^[1-9]\d{0,4}$/.test(text)) throw wrong('PROCURA_CACHE_MEGABYTES must be an integer from 1')
  return Number(text) * 1_000_000
}

const typeLists = z.record(z.custom<Did>(isDid), z.array(z.string().min(1)).min(1))
const tokens = z.record(z.string().min(1), z.string().regex(/^[\w.~+/-]{32,}=*$/))
const words = (text = ''): readonly string[] => text.split(/\s+/).filter((word) => word !== '')
export const wrong = (sentence: string) => new ServiceError('configuration_invalid', sentence)

function readJson<S extends z.ZodType>(
  name: string,
  text: string | undefined,
  schema: S,
): z.output<S> {
  try {
    return schema.parse(JSON.parse(text ?? ''))
  } catch {
    throw wrong(`${name} is missing or malformed: docs/deploy.md describes it`)
  }
}
