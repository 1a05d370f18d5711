import type { SecuringOptions } from '../../credential/capabilities.ts'
import { type ParsedCredential, taskPermissionType } from '../../credential/credential.ts'
import type { IssuedCredential } from '../../credential/credential-store.ts'
import { cryptosuites } from '../../credential/cryptosuite.ts'
import {
  credentialMechanism,
  type Issuer,
  type SecuringMechanism,
} from '../../credential/issuer.ts'
import { asList, parseCredential } from '../../credential/parse-credential.ts'
import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import { makeBudget } from '../../foundation/budget.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { type Id, newId } from '../../foundation/id.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { isRefusal } from '../../foundation/refusal.ts'
import { formatTime } from '../../foundation/time.ts'
import { canonicalizeRdf } from '../../linked-data/canonicalize.ts'
import { credentialsV1, dataIntegrityV2 } from '../../linked-data/context-urls.ts'
import { hidesMembers, membersOfCredentials } from '../../linked-data/hidden-members.ts'
import { parseStatusEntry } from '../../status/status-entry.ts'
import type { Change } from '../common/change.ts'
import type { IssuedAnswer } from './issue-permission.ts'
import { secureForms } from './secure-forms.ts'

type Needs = Pick<
  Deps,
  | 'clock'
  | 'crypto'
  | 'issuers'
  | 'agents'
  | 'credentials'
  | 'nextSlot'
  | 'statusEntries'
  | 'secureCredential'
>

/**
 * Issues any VCDM 2.0 credential. It adds `id` if absent, `issuer`, and a status entry, and refuses
 * another issuer. Another operation issues task permissions.
 *
 * @see https://w3c-ccg.github.io/vc-api/#issue-credential
 */
export async function issueCredential(
  needs: Needs,
  caller: Caller,
  issuer: Issuer,
  given: JsonObject,
  {
    forms: others = [],
    ...options
  }: SecuringOptions & { readonly forms?: readonly SecuringMechanism[] } = {},
): Promise<Change<IssuedAnswer>> {
  if (others.includes('dc+sd-jwt'))
    throw new ServiceError('request_unprocessable', 'dc+sd-jwt is a form of task permissions only')
  if (options.mandatoryPointers && issuer.mechanism !== 'ecdsa-sd-2023')
    throw new ServiceError(
      'request_malformed',
      "body at options.mandatoryPointers: this issuer's mechanism has no selective disclosure",
    )
  if (issuer.state !== 'active') throw new ServiceError('issuer_retired', 'the issuer is retired')
  if ('proof' in given)
    throw new ServiceError('credential_malformed', 'the credential is already secured')
  const now = needs.clock()
  const id = newId(now, needs.crypto.randomBytes)
  const named = {
    ...given,
    ...('issuer' in given ? {} : { issuer: issuer.did }),
    ...('id' in given ? {} : { id: `urn:uuid:${id}` }),
  }
  const document = withSuiteContext(named, issuer)
  const parsed = parseCredential(document)
  if (isRefusal(parsed)) throw new ServiceError('credential_malformed', parsed.detail)
  if (parsed.issuer !== issuer.did)
    throw new ServiceError('credential_malformed', 'issuer must be this issuer or absent')
  checkStatus(parsed)
  await checkMeaning(needs, parsed)

  const slot = await needs.nextSlot(issuer.id)
  const { secured, forms } = await secureForms(
    needs,
    issuer,
    isOldModel(document)
      ? document
      : {
          ...document,
          credentialStatus: [
            ...asList(given.credentialStatus),
            ...(await needs.statusEntries(issuer.id, slot)),
          ],
        },
    { first: credentialMechanism(issuer), others, ...options },
  )
  const subjectAgent = await agentOf(needs, parsed)
  const issued: IssuedCredential = {
    id,
    credentialId: parsed.id!,
    issuerId: issuer.id,
    agentId: subjectAgent,
    taskId: null,
    type: parsed.types.find((type) => type !== 'VerifiableCredential') ?? 'VerifiableCredential',
    slot,
    validFrom: parsed.validFrom ?? null,
    validUntil: parsed.validUntil ?? null,
    createdAt: now,
    secured,
    forms,
    basis: 'issuer',
  }
  const facts = {
    credential: id,
    issuer: issuer.id,
    type: issued.type,
    agent: subjectAgent,
    task: null,
    validUntil: parsed.validUntil === undefined ? null : formatTime(parsed.validUntil),
    basis: 'issuer',
  }
  return {
    writes: [
      needs.issuers.mustBeActive(issuer.id),
      ...(subjectAgent ? [needs.agents.mustBeActive(subjectAgent)] : []),
      needs.credentials.add(issued),
    ],
    events: [{ type: 'credential.issued', actor: caller.actor, facts }],
    answer: { id, credential: secured, ...(forms ? { forms } : {}) },
  }
}

/** VCDM 1.1 has no terms for our status lists, so its credentials get no status entry. */
const isOldModel = (document: JsonObject): boolean =>
  asList(document['@context'])[0] === credentialsV1

/** VCDM 1.1 has no terms for Data Integrity, so its context is added. */
function withSuiteContext(document: JsonObject, { mechanism }: Issuer): JsonObject {
  const contexts = asList(document['@context'])
  return isOldModel(document) && mechanism in cryptosuites && !contexts.includes(dataIntegrityV2)
    ? { ...document, '@context': [...contexts, dataIntegrityV2] }
    : document
}

/** A status entry of a known type must be readable by verifiers. */
function checkStatus({ status }: ParsedCredential): void {
  for (const entry of status) {
    if (entry.type !== 'BitstringStatusListEntry') continue
    const read = parseStatusEntry(entry)
    if (isRefusal(read)) throw new ServiceError('credential_malformed', read.detail)
  }
}

const procuraVocabulary = '<https://w3id.org/procura/v1#'

/**
 * The contexts must define every term and type. Task permissions are refused under any name, since
 * JSON-LD can express the same statements in many ways.
 */
async function checkMeaning(
  { crypto }: Pick<Needs, 'crypto'>,
  { document, types }: ParsedCredential,
): Promise<void> {
  const reserved = () =>
    new ServiceError(
      'request_unprocessable',
      'issue task permissions with POST /agents/{id}/credentials',
    )
  if (types.includes(taskPermissionType)) throw reserved()
  const graph = await canonicalizeRdf(document, (text) => crypto.sha256(text), makeBudget())
  if (isRefusal(graph)) throw new ServiceError('credential_malformed', graph.detail)
  if (graph.includes(procuraVocabulary)) throw reserved()
  if (hidesMembers(document, graph, membersOfCredentials))
    throw new ServiceError(
      'credential_malformed',
      'a term has another meaning in its contexts than a verifier reads',
    )
}

/** The agent that the credential is about. It is revoked with the agent. */
async function agentOf(needs: Needs, { subjects }: ParsedCredential): Promise<Id | null> {
  const [subject] = subjects
  if (typeof subject?.id !== 'string' || !subject.id.startsWith('did:')) return null
  return (await needs.agents.findByDid(subject.id as `did:${string}`))?.id ?? null
}
