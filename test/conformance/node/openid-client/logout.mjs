// OpenID Connect RP-Initiated Logout.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callback, newPerson } from '../lib/court.mjs'
import { ask, configure, lives, logIn, oidc, redeem, refuses } from './client.mjs'

const online = { scope: 'openid orders:read' }

test('a client takes its visitor back, who is logged out', async () => {
  const config = await configure('web')
  const visit = newPerson()
  const tokens = await logIn(config, visit, online)
  const state = oidc.randomState()
  const arrived = await visit(
    oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: callback, state }),
  )
  assert.equal(arrived.origin + arrived.pathname, callback)
  assert.equal(arrived.searchParams.get('state'), state)
  await refuses(redeem(config, await ask(config, visit, { ...online, prompt: 'none' })), 'login_required')
  await refuses(oidc.refreshTokenGrant(config, tokens.refresh_token), 'invalid_grant')
  await lives(tokens.access_token, false)
})

test('what was granted to last stays', async () => {
  const config = await configure('web')
  const visit = newPerson()
  const tokens = await logIn(config, visit)
  await visit(oidc.buildEndSessionUrl(config, { id_token_hint: tokens.id_token, post_logout_redirect_uri: callback }))
  await oidc.refreshTokenGrant(config, tokens.refresh_token)
  await lives(tokens.access_token, true)
})

test('without an ID token people are asked, and then sent back', async () => {
  const config = await configure('web')
  const visit = newPerson()
  await logIn(config, visit, online)
  assert.ok(await visit(oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: callback })))
  await refuses(redeem(config, await ask(config, visit, { ...online, prompt: 'none' })), 'login_required')
})
