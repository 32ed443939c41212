// RFC 8628, one request at a time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../lib/court.mjs'
import { Party, everything, oauth, refuses } from './client.mjs'

async function begin({ as, client, authentication }) {
  const response = await oauth.deviceAuthorizationRequest(as, client, authentication, { scope: everything })
  return oauth.processDeviceAuthorizationResponse(as, client, response)
}

async function poll({ as, client, authentication }, device) {
  const response = await oauth.deviceCodeGrantRequest(as, client, authentication, device.device_code)
  const tokens = await oauth.processDeviceCodeResponse(as, client, response)
  await oauth.validateApplicationLevelSignature(as, response)
  return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
}

test('the person was faster', async () => {
  const party = await Party.of('tv')
  const device = await begin(party)
  await newPerson()(device.verification_uri_complete)
  const tokens = await poll(party, device)
  assert.equal((await party.userinfo(tokens.access_token, tokens.claims.sub)).email, 'alice@example.org')
  await party.refresh(tokens.refresh_token)
})

test('a device that does not wait is told to', async () => {
  const party = await Party.of('tv')
  const device = await begin(party)
  await refuses(poll(party, device), 'authorization_pending')
  await refuses(poll(party, device), 'slow_down')
})

test('the person denies it', async () => {
  const party = await Party.of('tv')
  const device = await begin(party)
  await newPerson()(device.verification_uri_complete, 'deny')
  await refuses(poll(party, device), 'access_denied')
})

test('a client that is no device is told so, whatever code it has', async () => {
  const device = await begin(await Party.of('tv'))
  await refuses(poll(await Party.of('app'), device), 'unauthorized_client')
})

test('a client that is no device', async () => {
  await refuses(begin(await Party.of('web', oauth.ClientSecretPost('wrong'))), 'invalid_client')
  await refuses(begin(await Party.of('app')), 'unauthorized_client')
})
