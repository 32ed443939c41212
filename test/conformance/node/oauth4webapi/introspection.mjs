// RFC 7662.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audience, clients, identifier, newPerson } from '../lib/court.mjs'
import { Party, challenges, oauth } from './client.mjs'

for (const name of ['web', 'opaque']) {
  test(`${name}: an active token`, async () => {
    const [party, guard] = [await Party.of(name), await Party.of('guard', oauth.ClientSecretPost(clients.guard.secret))]
    const tokens = await party.logIn(newPerson())
    const { exp, iat, jti, auth_time, amr, ...answer } = await guard.introspect(tokens.access_token)
    assert.deepEqual(answer, {
      active: true, iss: identifier, aud: audience, sub: tokens.claims.sub, client_id: clients[name].id,
      scope: tokens.scope, token_type: 'Bearer', username: 'alice',
    })
    assert.ok(exp > iat && jti && auth_time === tokens.claims.auth_time && amr.includes('pwd'))
  })
}

test('a wrong secret', async () => {
  await challenges((await Party.of('guard', oauth.ClientSecretBasic('wrong'))).introspect('x'), 401, 'basic')
})
