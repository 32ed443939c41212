// RFC 8628. The client asks as often as the issuer tells it to, so this takes some seconds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../lib/court.mjs'
import { configure, everything, oidc, refuses } from './client.mjs'

test('the person allows it while the device asks', async () => {
  const config = await configure('tv')
  const device = await oidc.initiateDeviceAuthorization(config, { scope: everything })
  assert.match(device.user_code, /^[A-Z]{4}-[A-Z]{4}$/)
  const tokens = oidc.pollDeviceAuthorizationGrant(config, device)
  await newPerson()(device.verification_uri_complete)
  const { sub } = (await tokens).claims()
  const info = await oidc.fetchUserInfo(config, (await tokens).access_token, sub)
  assert.equal(info.email, 'alice@example.org')
  await oidc.refreshTokenGrant(config, (await tokens).refresh_token)
})

test('the person denies it', async () => {
  const config = await configure('tv')
  const device = await oidc.initiateDeviceAuthorization(config, { scope: everything })
  await newPerson()(device.verification_uri_complete, 'deny')
  await refuses(oidc.pollDeviceAuthorizationGrant(config, device), 'access_denied')
})
