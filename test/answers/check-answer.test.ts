import { expect, test } from 'vitest'
import { describedRoutes } from '../../src/http/route.ts'
import { flawOfAnswer } from './check-answer.ts'

const handler = {}
describedRoutes.set(handler, {
  key: 'GET /people/:id',
  description: { summary: 'Read a person', answer: 'The person.' },
})
const person = {
  id: '0199c1a2-5b1e-7c4f-8a3d-2f6e9b0c1d11',
  name: 'Ada',
  email: null,
  roles: [],
  state: 'active',
  identityOf: null,
  createdBy: 'service',
  delegate: null,
  delegateUntil: null,
  userName: null,
  externalId: null,
  createdAt: '2026-03-02T08:00:00Z',
}
const flawOf = (body: unknown, status = 200, type = 'application/json') =>
  flawOfAnswer(
    { routes: [{ handler }] },
    { method: 'GET', url: `http://127.0.0.1/people/${person.id}` },
    new Response(JSON.stringify(body), { status, headers: { 'content-type': type } }),
  )

test('an answer that its route declares has no flaw, with more and less than that it has', async () => {
  const { name: _, ...nameless } = person
  const where = `getPerson: GET /people/${person.id}: `

  expect(await flawOf(person)).toBeUndefined()
  expect(await flawOf({ ...person, secret: 1 })).toContain(`${where}200 the answer: Unrecognized`)
  expect(await flawOf(nameless)).toContain(`${where}200 name: `)
  expect(await flawOf({ ...person, createdAt: 1 })).toContain(`${where}200 createdAt: `)
  expect(await flawOf(person, 201)).toContain(`${where}status 201 is not declared`)
  expect(await flawOf(person, 200, 'text/html')).toContain(`${where}200 has the undeclared media`)
  expect(await flawOf(person, 404)).toContain(`${where}404 has the undeclared media type`)
  expect(await flawOf({ title: 'x' }, 404, 'application/problem+json')).toContain(
    `${where}404 type`,
  )
})
