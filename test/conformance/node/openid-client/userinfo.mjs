// OpenID Connect Core section 5.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../lib/court.mjs'
import { ask, configure, logIn, oidc } from './client.mjs'

test('scopes release claims, here and in the ID token', async () => {
  const config = await configure('web')
  const tokens = await logIn(config, newPerson(), { scope: 'openid profile email address phone groups' })
  const { sub, ...info } = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.deepEqual(info.address, { country: 'Germany', locality: 'Berlin' })
  assert.deepEqual(info.groups, ['dev', 'ops'])
  assert.equal(info.phone_number_verified, false)
  assert.equal(info.updated_at, Date.parse('2026-01-02T03:04:05Z') / 1000)
  for (const name of Object.keys(info)) assert.deepEqual(tokens.claims()[name], info[name], name)
})

test('a client that wants ID tokens with less', async () => {
  const config = await configure('modern', undefined, { id_token_signed_response_alg: 'ES256' })
  const tokens = await logIn(config, newPerson(), { scope: 'openid profile email groups' })
  const { sub, ...info } = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.deepEqual(info.groups, ['dev', 'ops'])
  for (const name of Object.keys(info)) assert.equal(tokens.claims()[name], undefined, name)
})

test('claims can be asked for one by one', async () => {
  const config = await configure('web')
  const claims = { id_token: { email: null, nickname: { essential: true } }, userinfo: { birthdate: null } }
  const tokens = await logIn(config, newPerson(), { scope: 'openid', claims: JSON.stringify(claims) })
  assert.equal(tokens.claims().email, 'alice@example.org')
  assert.equal(tokens.claims().nickname, 'Al')
  const info = await oidc.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
  assert.deepEqual({ ...info }, { sub: tokens.claims().sub, birthdate: '1990-04-01' })
})

test('a client that expects somebody else', async () => {
  const config = await configure('web')
  const tokens = await logIn(config, newPerson())
  await assert.rejects(oidc.fetchUserInfo(config, tokens.access_token, 'usr_somebody'))
})

// challenged asserts that the answer is a Bearer challenge (RFC 6750 section 3).
function challenged(promise, expected, error) {
  return assert.rejects(promise, ({ status, cause }) => {
    assert.equal(status, expected)
    assert.equal(cause[0].scheme, 'bearer')
    assert.equal(cause[0].parameters.error, error)
    return true
  })
}

test('a token that is none', async () => {
  const config = await configure('web')
  await challenged(oidc.fetchUserInfo(config, 'nonsense', oidc.skipSubjectCheck), 401, 'invalid_token')
})

test('a token without openid', async () => {
  const config = await configure('web')
  const { arrived, checks } = await ask(config, newPerson(), { scope: 'orders:read' })
  const { pkceCodeVerifier, expectedState } = checks
  const tokens = await oidc.authorizationCodeGrant(config, arrived, { pkceCodeVerifier, expectedState })
  await challenged(oidc.fetchUserInfo(config, tokens.access_token, oidc.skipSubjectCheck), 403, 'insufficient_scope')
})
