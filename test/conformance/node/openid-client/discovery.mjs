// RFC 8414 and OpenID Connect Discovery: one issuer, two documents, one content.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, identifier, issuer } from '../lib/court.mjs'
import { oidc } from './client.mjs'

const discover = (server, algorithm) => oidc.discovery(server, clients.web.id, undefined, undefined, { algorithm })

test('both documents say the same', async () => {
  const [openid, oauth] = await Promise.all([discover(issuer, 'oidc'), discover(issuer, 'oauth2')])
  assert.deepEqual(openid.serverMetadata(), oauth.serverMetadata())
  assert.equal(openid.serverMetadata().issuer, identifier)
})

test('the issuer supports PKCE', async () => {
  const config = await discover(issuer, 'oidc')
  assert.equal(config.serverMetadata().supportsPKCE(), true)
})

test('there is no issuer below it', async () => {
  await assert.rejects(discover(new URL('/elsewhere', issuer), 'oauth2'))
})
