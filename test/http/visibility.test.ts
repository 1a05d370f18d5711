import { expect, test } from 'vitest'
import { access } from '../../src/http/access.ts'
import { organization } from '../governance/organization.ts'
import { world } from '../world.ts'

const nothing = '00000000-0000-7000-8000-000000000000'

test('I24 what somebody else has is answered exactly as what does not exist, on every route where callers see only their own', async () => {
  const w = await world()
  const { member, owner, agent, door, ask, put } = await organization(w)
  const task = (await w.task(door)).id
  const { id: credential } = await w.permit(agent, door, { task })
  await put('/approval-rules/all', {
    outcome: 'ask',
    stages: [{ name: 'one', approvers: { roles: ['security'] }, quorum: 1, deadlineSeconds: 3600 }],
  })
  const outsider = await member('Oscar', { scopes: ['owner', 'approver', 'verifier'] })
  const request = (await ask()).json.id as string
  const body = { owner: outsider.id }
  await owner.call('POST', `/agents/${agent.id}/hand-over`, {
    owner: (await member('Heir', { scopes: ['owner'] })).id,
  })
  const things = {
    '/agents/:id': agent.id,
    '/credentials/:id': credential,
    '/requests/:id': request,
    '/tasks/:id': task,
    '/people/:id': owner.id,
  }
  const routes = Object.entries(access)
    .filter(([, { sees }]) => sees === 'own')
    .map(([key]) => key.split(' ') as [string, string])
    .filter(([, path]) => Object.keys(things).some((start) => path.startsWith(start)))

  const differing = []
  let hidden = 0
  for (const [method, path] of routes) {
    const [start, id] = Object.entries(things).find(([one]) => path.startsWith(one))!
    const call = async (there: string) => {
      const target = path.replace(start, start.replace(':id', there)).replace(/:\w+/, nothing)
      const answer = await outsider.call(
        method,
        target,
        method === 'GET' ? undefined : bodyOf(path),
      )
      const { instance: _, ...told } = answer.json ?? {}
      return JSON.stringify([answer.status, told])
    }
    const [theirs, nobodys] = [await call(id), await call(nothing)]
    // An approver may see every request, so those differ on purpose.
    if (theirs !== nobodys && start !== '/requests/:id')
      differing.push([method, path, theirs, nobodys])
    if (nobodys.startsWith('[404')) hidden++
  }

  expect(differing).toEqual([])
  expect(hidden).toBeGreaterThan(15)

  function bodyOf(path: string): unknown {
    if (path.endsWith('/hand-over')) return body
    if (path.endsWith('/suspend') || path.endsWith('/retire')) return { reason: 'x' }
    if (path.endsWith('/roles')) return { roles: [] }
    if (/hand-over\/\w+$/.test(path)) return { offer: nothing }
    if (path.endsWith('/delegate')) return { delegate: null }
    if (path.endsWith('/end')) return { outcome: 'completed' }
    if (path.endsWith('/presentations'))
      return { credentials: [nothing], challenge: 'x', domain: 'did:web:a.example' }
    return {}
  }
})
