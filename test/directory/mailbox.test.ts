import { expect, test } from 'vitest'
import { isDisguised, normalMailbox } from '../../src/directory/mailbox.ts'
import { refusal } from '../governance/organization.ts'
import { world } from '../world.ts'

test.each([
  [
    'ada@acme.example',
    [' Ada@ACME.example ', 'ada@acme.example.', '"ada"@acme.example', '"a\\da"@acme.example'],
  ],
  ['ada@acme.example', ['ａｄａ@ａcme.example', 'ada＠acme.example', 'ada@acme。example']],
  [
    'ada@xn--bcher-kva.example',
    ['ada@bücher.example', 'ada@BU\u0308CHER.example', 'ADA@XN--BCHER-KVA.example'],
  ],
  ['josé@acme.example', ['jose\u0301@acme.example', 'JOSÉ@acme.example']],
  ['"a b"@acme.example', ['"a b"@acme.example', '"A\\ b"@acme.example']],
  ['"a\\"b"@acme.example', ['"a\\"b"@acme.example']],
  ['"a@b"@acme.example', ['"a@b"@acme.example']],
  ['ada+x@acme.example', ['ada+x@acme.example']],
])('%s has one form, however it is spelled', (normal, spellings) => {
  expect(spellings.map(normalMailbox)).toEqual(spellings.map(() => normal))
})

test('what is no address has no form', () => {
  const texts = [
    'ada',
    '@acme.example',
    'ada@',
    'a b@acme.example',
    'a@b@acme.example',
    'ada@ac me',
    'ada@acme.example/x',
    'ada@acme.example:80',
    'ada@ac%6De.example',
    'ada@.',
  ]
  expect(texts.map(normalMailbox)).toEqual(texts.map(() => undefined))
})

test('an address is disguised by any character that nobody sees, and by no other', () => {
  const characters = [
    '\u200b',
    '\u00ad',
    '\u2060',
    '\ufeff',
    '\u202e',
    '\ufe0f',
    '\u{e0061}',
    '\u3164',
    'é',
    'ü',
    '一',
  ]
  expect(characters.map((one) => isDisguised(`a${one}da@acme.example`))).toEqual([
    ...Array(8).fill(true),
    ...Array(3).fill(false),
  ])
})

test('two spellings of one mailbox are one human being, and a disguised one is refused', async () => {
  const w = await world()
  const make = (userName: string) => w.raw('POST', '/people', { body: { name: 'Ada', userName } })

  const first = await make('ada@bücher.example')
  const others = [
    await make('"ada"@BÜCHER.example'),
    await make('ada@xn--bcher-kva.example.'),
    await make('ａda@bücher。example'),
  ]
  const disguised = await make('ad\u200ba@bücher.example')

  expect(others.map(({ json }) => json.identityOf)).toEqual(others.map(() => first.json.id))
  expect(refusal(disguised)).toEqual([422, 'request_unprocessable'])
})
