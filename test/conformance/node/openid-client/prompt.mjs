// OpenID Connect Core section 3.1.2.1: clients that want no page, or insist on one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../lib/court.mjs'
import { ask, configure, logIn, redeem, refuses } from './client.mjs'

const silently = { prompt: 'none' }

test('nobody is logged in', async () => {
  const config = await configure('web')
  await refuses(redeem(config, await ask(config, newPerson(), silently)), 'login_required')
})

test('somebody is, and has consented', async () => {
  const config = await configure('web')
  const visit = newPerson()
  const first = await logIn(config, visit)
  const second = await logIn(config, visit, { ...silently, id_token_hint: first.id_token })
  assert.equal(second.claims().sub, first.claims().sub)
  assert.equal(second.claims().auth_time, first.claims().auth_time)
  assert.equal(second.claims().sid, first.claims().sid)
})

test('somebody is, and has not consented', async () => {
  const web = await configure('web')
  const modern = await configure('modern')
  const visit = newPerson()
  await logIn(web, visit)
  await refuses(redeem(modern, await ask(modern, visit, silently)), 'consent_required')
})

test('a native application always asks', async () => {
  const config = await configure('app')
  const visit = newPerson()
  await logIn(config, visit)
  await refuses(redeem(config, await ask(config, visit, silently)), 'consent_required')
})

test('prompt=none stands alone', async () => {
  const config = await configure('web')
  await refuses(redeem(config, await ask(config, newPerson(), { prompt: 'none login' })), 'invalid_request')
})

test('the login is too old', async () => {
  const config = await configure('web')
  const visit = newPerson()
  await logIn(config, visit)
  await refuses(redeem(config, await ask(config, visit, { ...silently, max_age: 0 })), 'login_required')
})

test('prompt=login', async () => {
  const config = await configure('web')
  const visit = newPerson()
  const first = await logIn(config, visit)
  const second = await logIn(config, visit, { prompt: 'login' })
  assert.equal(second.claims().sid, first.claims().sid)
  assert.ok(second.claims().auth_time >= first.claims().auth_time)
})
