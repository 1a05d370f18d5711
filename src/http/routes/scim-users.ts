import { type Context, Hono } from 'hono'
import type { Person } from '../../directory/party.ts'
import type { JsonObject } from '../../foundation/json.ts'
import { changePerson, leave } from '../../operations/administering/change-person.ts'
import { createPerson } from '../../operations/administering/create-person.ts'
import { carryOut } from '../../operations/common/carry-out.ts'
import type { HttpDeps, HttpEnv } from '../context.ts'
import { pathId } from '../path.ts'
import { route } from '../route.ts'
import { created, listed, listQuery, patch, resource, send, windowOf } from '../scim/answers.ts'
import { attributesOf } from '../scim/descriptions.ts'
import { readFilter } from '../scim/filter.ts'
import { applyPatch } from '../scim/patch.ts'
import { notFound, readUser, showUser, type UserFields, userSchema } from '../scim/resources.ts'

const userAttributes = attributesOf(userSchema)

/** People, as a directory provisions them. @see https://www.rfc-editor.org/rfc/rfc7644 */
export const scimUsers = (deps: HttpDeps) => {
  const { publicUrl } = deps.settings
  /** A deleted user does not exist any more; one who has left is shown as not active. */
  const personOf = async (c: Context<HttpEnv>): Promise<Person> => {
    const person = await deps.people.find(pathId(c))
    if (!person || (person.state === 'left' && person.userName === null)) throw notFound()
    return person
  }
  /** @param read what the directory wants of the person as stored when the change is committed. */
  const changeUser = async (
    c: Context<HttpEnv>,
    person: Person,
    read: (now: Person) => UserFields,
  ) => {
    const { isActive } = read(person)
    const changeOf = (now: Person) => {
      const { isActive: _, ...fields } = read(now)
      return fields
    }
    const changed =
      person.state === 'active'
        ? await carryOut(deps, () => changePerson(deps, c.get('caller'), person, changeOf))
        : person
    if (isActive || person.state === 'left') return send(c, showUser(changed, publicUrl))
    const left = await carryOut(deps, () => leave(deps, c.get('caller'), changed))
    return send(c, showUser(left.person, publicUrl))
  }
  return new Hono<HttpEnv>()
    .get(
      '/scim/v2/Users',
      route('GET /scim/v2/Users', deps, {
        summary: 'List people as SCIM users',
        query: listQuery,
        answer: 'A ListResponse. filter: userName or externalId eq a value.',
      }),
      async (c) => {
        const { filter, startIndex, count } = windowOf(c.req.valid('query'))
        const read = readFilter(filter, ['userName', 'externalId'])
        const { total, items } = await deps.people.window(
          read && { [read.attribute]: read.value },
          startIndex - 1,
          count,
        )
        const shown = items.map((person) => showUser(person, publicUrl))
        return listed(c, { total, items: shown }, startIndex)
      },
    )
    .post(
      '/scim/v2/Users',
      route('POST /scim/v2/Users', deps, {
        summary: 'Create a user',
        body: resource,
        answer: 'The user.',
        status: 201,
      }),
      async (c) => {
        const { isActive: _, ...fields } = readUser(c.req.valid('json') as JsonObject)
        const person = await carryOut(deps, () => createPerson(deps, c.get('caller'), fields))
        return created(c, showUser(person, publicUrl))
      },
    )
    .get(
      '/scim/v2/Users/:id',
      route('GET /scim/v2/Users/:id', deps, { summary: 'Read a person', answer: 'The user.' }),
      async (c) => send(c, showUser(await personOf(c), publicUrl)),
    )
    .put(
      '/scim/v2/Users/:id',
      route('PUT /scim/v2/Users/:id', deps, {
        summary: 'Replace a user',
        body: resource,
        answer: 'The user. active: false records that the person has left, permanently.',
      }),
      async (c) => {
        const fields = readUser(c.req.valid('json') as JsonObject)
        return changeUser(c, await personOf(c), () => fields)
      },
    )
    .patch(
      '/scim/v2/Users/:id',
      route('PATCH /scim/v2/Users/:id', deps, {
        summary: 'Change a user',
        body: patch,
        answer: 'The user. active: false records that the person has left, permanently.',
      }),
      async (c) => {
        const body = c.req.valid('json') as JsonObject
        const read = (now: Person) =>
          readUser(withNewName(applyPatch(showUser(now, publicUrl), body, userAttributes), now))
        return changeUser(c, await personOf(c), read)
      },
    )
    .delete(
      '/scim/v2/Users/:id',
      route('DELETE /scim/v2/Users/:id', deps, {
        summary: 'Delete a user: records that the person has left',
        answer: 'Nothing. The record stays for the log, but SCIM no longer shows it.',
      }),
      async (c) => {
        const person = await personOf(c)
        if (person.state === 'active')
          await carryOut(deps, () => leave(deps, c.get('caller'), person, { unnamed: true }))
        return c.body(null, 204)
      },
    )
}

/** A name may be given twice; the one that changed counts. */
function withNewName(changed: JsonObject, { name }: Person): JsonObject {
  const { displayName, ...rest } = changed
  const formatted = (changed.name as { formatted?: string } | undefined)?.formatted
  return displayName === name && formatted !== undefined && formatted !== name ? rest : changed
}
