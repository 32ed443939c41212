// RFC 7662: what the resource server learns of a token, and everybody else does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audience, clients, identifier, newPerson } from '../lib/court.mjs'
import { configure, introspect, logIn, oidc, refuses } from './client.mjs'

for (const name of ['web', 'opaque']) {
  test(`${name}: an active token`, async () => {
    const tokens = await logIn(await configure(name), newPerson())
    const answer = await introspect(tokens.access_token)
    assert.deepEqual(
      [answer.active, answer.client_id, answer.sub, answer.aud, answer.username],
      [true, clients[name].id, tokens.claims().sub, audience, 'alice'],
    )
    assert.equal(answer.iss, identifier)
    assert.equal(answer.scope, tokens.scope)
  })
}

test('whoever is not asked learns nothing', async () => {
  const config = await configure('web')
  const tokens = await logIn(config, newPerson())
  const answer = await oidc.tokenIntrospection(config, tokens.access_token)
  assert.deepEqual({ ...answer }, { active: false })
})

test('refresh tokens and ID tokens are no access tokens', async () => {
  const tokens = await logIn(await configure('web'), newPerson())
  for (const token of [tokens.refresh_token, tokens.id_token]) {
    assert.deepEqual({ ...(await introspect(token)) }, { active: false })
  }
})

test('a wrong secret', async () => {
  const wrong = await configure('guard', oidc.ClientSecretPost('wrong'))
  await refuses(oidc.tokenIntrospection(wrong, 'x'), 'invalid_client')
})
