// RFC 6749 section 4.4, RFC 8707 and RFC 9068.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audience, clients } from '../lib/court.mjs'
import { Party, accept, challenges, oauth, refuses } from './client.mjs'

const { id, secret } = clients.robot
for (const [name, authentication] of Object.entries({
  client_secret_basic: oauth.ClientSecretBasic(secret),
  client_secret_post: oauth.ClientSecretPost(secret),
})) {
  test(name, async () => {
    const party = await Party.of('robot', authentication)
    const tokens = await party.clientCredentials({ scope: 'orders:read', resource: audience })
    const claims = await accept(tokens.access_token, audience)
    assert.deepEqual([claims.sub, claims.client_id, claims.scope], [id, id, 'orders:read'])
  })
}

test('refusals', async () => {
  const party = await Party.of('robot')
  await refuses(party.clientCredentials({ scope: 'admin' }), 'invalid_scope')
  await refuses(party.clientCredentials({ resource: 'https://elsewhere.example' }), 'invalid_target')
  await refuses((await Party.of('robot', oauth.None())).clientCredentials({}), 'invalid_client')
  await challenges((await Party.of('robot', oauth.ClientSecretBasic('wrong'))).clientCredentials({}), 401, 'basic')
})
