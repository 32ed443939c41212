// RFC 6749 section 6, RFC 9700 section 4.14 and OpenID Connect Core section 12.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audience, newPerson } from '../lib/court.mjs'
import { Party, accept, refuses } from './client.mjs'

for (const name of ['web', 'modern', 'app']) {
  test(`${name}: once and again`, async () => {
    const party = await Party.of(name)
    const first = await party.logIn(newPerson())
    const second = await party.refresh(first.refresh_token)
    const third = await party.refresh(second.refresh_token)
    assert.equal(third.claims.sub, first.claims.sub)
    assert.equal((await accept(third.access_token, audience)).sub, first.claims.sub)
  })
}

test('resources are those of the grant', async () => {
  const party = await Party.of('web')
  const { refresh_token } = await party.logIn(newPerson())
  await party.refresh(refresh_token, { resource: audience })
  await refuses(party.refresh(refresh_token, { resource: 'https://elsewhere.example' }), 'invalid_target')
})

test('a thief ends it for all', async () => {
  const party = await Party.of('app')
  const first = await party.logIn(newPerson())
  const second = await party.refresh(first.refresh_token)
  const third = await party.refresh(second.refresh_token)
  await refuses(party.refresh(first.refresh_token), 'invalid_grant')
  await refuses(party.refresh(third.refresh_token), 'invalid_grant')
})
