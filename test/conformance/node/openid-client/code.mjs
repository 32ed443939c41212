// The code flow of RFC 6749 section 4.1, RFC 7636, RFC 9207 and OpenID Connect Core section 3.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, newPerson } from '../lib/court.mjs'
import { ask, configure, logIn, oidc, redeem, refuses } from './client.mjs'

const variants = {
  'client_secret_basic, RS256': ['web', oidc.ClientSecretBasic(clients.web.secret)],
  'client_secret_post': ['web', oidc.ClientSecretPost(clients.web.secret)],
  'RS256 as registered': ['web', undefined, { id_token_signed_response_alg: 'RS256' }],
  'ES256 as registered': ['modern', undefined, { id_token_signed_response_alg: 'ES256' }],
  'an opaque access token': ['opaque'],
  'a public client': ['app'],
}
for (const [name, variant] of Object.entries(variants)) {
  test(name, async () => {
    const config = await configure(...variant)
    const tokens = await logIn(config, newPerson())
    const { sub } = tokens.claims()
    const info = await oidc.fetchUserInfo(config, tokens.access_token, sub)
    assert.equal(info.email, 'alice@example.org')
    assert.equal(tokens.token_type, 'bearer')
    assert.ok(tokens.expiresIn() > 0)
  })
}

test('form_post', async () => {
  const config = await configure('web')
  const answer = await ask(config, newPerson(), { response_mode: 'form_post' })
  assert.ok(answer.arrived instanceof Request)
  await redeem(config, answer)
})

test('max_age', async () => {
  const config = await configure('web')
  const answer = await ask(config, newPerson(), { max_age: 60 })
  const tokens = await redeem(config, answer, { maxAge: 60 })
  assert.equal(typeof tokens.claims().auth_time, 'number')
})

test('without openid there is no ID token', async () => {
  const config = await configure('web')
  const { arrived, checks } = await ask(config, newPerson(), { scope: 'orders:read' })
  const { pkceCodeVerifier, expectedState } = checks
  const tokens = await oidc.authorizationCodeGrant(config, arrived, { pkceCodeVerifier, expectedState })
  assert.equal(tokens.claims(), undefined)
  assert.equal(tokens.scope, 'orders:read')
})

test('an answer that names another issuer, or none, is not ours', async () => {
  const config = await configure('web')
  for (const change of [(params) => params.set('iss', 'https://elsewhere.example'), (params) => params.delete('iss')]) {
    const answer = await ask(config, newPerson())
    change(answer.arrived.searchParams)
    await assert.rejects(redeem(config, answer), { code: 'OAUTH_INVALID_RESPONSE' })
  }
})

test('a code is good once', async () => {
  const config = await configure('web')
  const answer = await ask(config, newPerson())
  const tokens = await redeem(config, answer)
  await refuses(redeem(config, answer), 'invalid_grant')
  await refuses(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant')
})

test('a code is good with its own verifier', async () => {
  const config = await configure('web')
  const answer = await ask(config, newPerson())
  await refuses(redeem(config, answer, { pkceCodeVerifier: oidc.randomPKCECodeVerifier() }), 'invalid_grant')
})

test('the person says no', async () => {
  const config = await configure('web')
  await refuses(redeem(config, await ask(config, newPerson(), { prompt: 'consent' }, 'deny')), 'access_denied')
})
