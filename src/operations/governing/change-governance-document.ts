import type { Deps } from '../../deps.ts'
import type { Caller } from '../../directory/caller.ts'
import type { Write } from '../../foundation/database.ts'
import { ServiceError } from '../../foundation/errors.ts'
import { newId } from '../../foundation/id.ts'
import type { DocumentBodies, DocumentKind, GovernanceDocument } from '../../governance/document.ts'
import type { Change } from '../common/change.ts'

type Needs = Pick<Deps, 'clock' | 'crypto' | 'documents'>

/** Further writes of the same change. */
type Also<K extends DocumentKind> = (document: GovernanceDocument<K>) => readonly Write[]

/** Puts the next version of a document into force. */
export const putDocument = <K extends DocumentKind>(
  needs: Needs,
  caller: Caller,
  kind: K,
  name: string,
  body: DocumentBodies[K],
  also?: Also<K>,
): Promise<Change<GovernanceDocument<K>>> => change(needs, caller, { kind, name, body }, also)

/** Withdraws a document. Its versions are kept. */
export async function withdrawDocument<K extends DocumentKind>(
  needs: Needs,
  caller: Caller,
  kind: K,
  name: string,
  also?: Also<K>,
): Promise<Change<GovernanceDocument<K>>> {
  const newest = await needs.documents.newest(kind, name)
  if (newest?.body == null)
    throw new ServiceError('not_found', `no ${kind} of this name is in force`)
  return change(needs, caller, { kind, name, body: null }, also)
}

async function change<K extends DocumentKind>(
  needs: Needs,
  { actor }: Caller,
  { kind, name, body }: Pick<GovernanceDocument<K>, 'kind' | 'name' | 'body'>,
  also: Also<K> = () => [],
): Promise<Change<GovernanceDocument<K>>> {
  const version = ((await needs.documents.newest(kind, name))?.version ?? 0) + 1
  const now = needs.clock()
  const document: GovernanceDocument<K> = {
    id: newId(now, needs.crypto.randomBytes),
    kind,
    name,
    version,
    body,
    createdBy: actor,
    createdAt: now,
  }
  const facts = { kind, name, version, withdrawn: body === null }
  return {
    writes: [needs.documents.add(document as GovernanceDocument), ...also(document)],
    events: [{ type: 'document.changed', actor, facts }],
    answer: document,
  }
}
