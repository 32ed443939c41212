// RFC 6749 section 4.4 and RFC 8707.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audience, clients } from '../lib/court.mjs'
import { configure, introspect, oidc, refuses } from './client.mjs'

const { secret } = clients.robot
for (const [name, authentication] of Object.entries({
  client_secret_basic: oidc.ClientSecretBasic(secret),
  client_secret_post: oidc.ClientSecretPost(secret),
})) {
  test(name, async () => {
    const config = await configure('robot', authentication)
    const tokens = await oidc.clientCredentialsGrant(config, { scope: 'orders:read', resource: audience })
    assert.equal(tokens.scope, 'orders:read')
    assert.equal(tokens.refresh_token, undefined)
    assert.equal((await introspect(tokens.access_token)).sub, clients.robot.id)
  })
}

test('refusals', async () => {
  const config = await configure('robot', oidc.ClientSecretPost(secret))
  await refuses(oidc.clientCredentialsGrant(config, { scope: 'admin' }), 'invalid_scope')
  await refuses(oidc.clientCredentialsGrant(config, { resource: 'https://elsewhere.example' }), 'invalid_target')
  await refuses(oidc.clientCredentialsGrant(await configure('web', oidc.ClientSecretPost(clients.web.secret))), 'unauthorized_client')
  await refuses(oidc.clientCredentialsGrant(await configure('robot', oidc.ClientSecretPost('wrong'))), 'invalid_client')
})

// The library throws for the challenge and leaves the error unread: docs/applications.md says where it is.
test('a wrong secret in the header is answered with a challenge', async () => {
  const config = await configure('robot', oidc.ClientSecretBasic('wrong'))
  await assert.rejects(oidc.clientCredentialsGrant(config), ({ status, cause, code, error, response }) => {
    assert.equal(status, 401)
    assert.equal(cause[0].scheme, 'basic')
    assert.equal(code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE')
    assert.equal(error, undefined)
    assert.equal(response.bodyUsed, false)
    return true
  })
  const thrown = await oidc.clientCredentialsGrant(config).catch((e) => e)
  assert.equal((await thrown.response.json()).error, 'invalid_client')
})
