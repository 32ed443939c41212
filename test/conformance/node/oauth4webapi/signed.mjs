// Answers that are signed: RFC 9701, OpenID Connect Core section 5.3.2.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, newPerson } from '../lib/court.mjs'
import { Party, oauth } from './client.mjs'

async function introspect(token) {
  const { as, client, authentication } = await Party.of('guard', undefined, { introspection_signed_response_alg: 'ES256' })
  const response = await oauth.introspectionRequest(as, client, authentication, token, { requestJwtResponse: true })
  const answer = await oauth.processIntrospectionResponse(as, client, response)
  await oauth.validateApplicationLevelSignature(as, response)
  return answer
}

test('an active token', async () => {
  const tokens = await (await Party.of('web')).logIn(newPerson())
  const answer = await introspect(tokens.access_token)
  assert.deepEqual([answer.active, answer.client_id, answer.sub], [true, clients.web.id, tokens.claims.sub])
})

test('an inactive token', async () => {
  assert.deepEqual({ ...(await introspect('x')) }, { active: false })
})

test('userinfo', async () => {
  const party = await Party.of('signed', undefined, { userinfo_signed_response_alg: 'RS256' })
  const tokens = await party.logIn(newPerson())
  const response = await oauth.userInfoRequest(party.as, party.client, tokens.access_token)
  const answer = await oauth.processUserInfoResponse(party.as, party.client, tokens.claims.sub, response)
  await oauth.validateApplicationLevelSignature(party.as, response)
  assert.deepEqual([answer.sub, answer.email, answer.aud], [tokens.claims.sub, 'alice@example.org', clients.signed.id])
})
