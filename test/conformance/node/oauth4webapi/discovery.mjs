// RFC 8414 and OpenID Connect Discovery: one issuer, two documents, one content.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issuer } from '../lib/court.mjs'
import { discover } from './client.mjs'

test('both documents say the same', async () => {
  assert.deepEqual(await discover('oidc'), await discover('oauth2'))
})

test('there is no issuer below it', async () => {
  await assert.rejects(discover('oauth2', new URL('/elsewhere', issuer)))
})
