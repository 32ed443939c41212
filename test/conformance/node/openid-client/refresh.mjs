// RFC 6749 section 6, RFC 9700 section 4.14 and OpenID Connect Core section 12.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../lib/court.mjs'
import { configure, logIn, oidc, refuses } from './client.mjs'

for (const name of ['web', 'modern', 'opaque', 'app']) {
  test(`${name}: once and again`, async () => {
    const config = await configure(name)
    const first = await logIn(config, newPerson())
    let { refresh_token } = first
    for (const round of [1, 2, 3]) {
      const next = await oidc.refreshTokenGrant(config, refresh_token)
      assert.notEqual(next.access_token, first.access_token, `round ${round}`)
      for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'sid']) {
        assert.deepEqual(next.claims()[claim], first.claims()[claim], claim)
      }
      await oidc.fetchUserInfo(config, next.access_token, first.claims().sub)
      refresh_token = next.refresh_token ?? refresh_token
    }
  })
}

test('a client with a secret may keep its first refresh token', async () => {
  const config = await configure('web')
  const { refresh_token } = await logIn(config, newPerson())
  await oidc.refreshTokenGrant(config, (await oidc.refreshTokenGrant(config, refresh_token)).refresh_token)
  await oidc.refreshTokenGrant(config, refresh_token)
})

test('less for once, and all again', async () => {
  const config = await configure('web')
  const { refresh_token, scope } = await logIn(config, newPerson())
  const less = await oidc.refreshTokenGrant(config, refresh_token, { scope: 'orders:read' })
  assert.equal(less.scope, 'orders:read')
  const all = await oidc.refreshTokenGrant(config, refresh_token)
  assert.equal(all.scope, scope)
  await refuses(oidc.refreshTokenGrant(config, refresh_token, { scope: 'openid phone' }), 'invalid_scope')
})

test('a retry gets through, a thief ends it for all', async () => {
  const config = await configure('app')
  const first = await logIn(config, newPerson())
  const lost = await oidc.refreshTokenGrant(config, first.refresh_token)
  const again = await oidc.refreshTokenGrant(config, first.refresh_token)
  const third = await oidc.refreshTokenGrant(config, again.refresh_token)
  await refuses(oidc.refreshTokenGrant(config, first.refresh_token), 'invalid_grant')
  for (const { refresh_token } of [lost, again, third]) {
    await refuses(oidc.refreshTokenGrant(config, refresh_token), 'invalid_grant')
  }
})

test('nobody uses the token of another client', async () => {
  const { refresh_token } = await logIn(await configure('web'), newPerson())
  await refuses(oidc.refreshTokenGrant(await configure('modern'), refresh_token), 'invalid_grant')
  await refuses(oidc.refreshTokenGrant(await configure('app'), refresh_token), 'invalid_grant')
})
