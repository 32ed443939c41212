// The code flow of RFC 6749 section 4.1, RFC 7636, RFC 9207 and OpenID Connect Core section 3.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { audience, clients, newPerson } from '../lib/court.mjs'
import { Party, accept, oauth, refuses } from './client.mjs'

const variants = {
  'client_secret_basic, RS256': ['web', oauth.ClientSecretBasic(clients.web.secret)],
  'client_secret_post': ['web', oauth.ClientSecretPost(clients.web.secret)],
  'RS256 as registered': ['web', undefined, { id_token_signed_response_alg: 'RS256' }],
  'ES256 as registered': ['modern', undefined, { id_token_signed_response_alg: 'ES256' }],
  'an opaque access token': ['opaque'],
  'a public client': ['app'],
}
for (const [name, variant] of Object.entries(variants)) {
  test(name, async () => {
    const party = await Party.of(...variant)
    const tokens = await party.logIn(newPerson())
    const info = await party.userinfo(tokens.access_token, tokens.claims.sub)
    assert.equal(info.email, 'alice@example.org')
  })
}

test('the access token is a JWT for the resource', async () => {
  const party = await Party.of('web')
  const tokens = await party.logIn(newPerson())
  const claims = await accept(tokens.access_token, audience)
  assert.equal(claims.client_id, clients.web.id)
  assert.equal(claims.sub, tokens.claims.sub)
  assert.equal(claims.scope, tokens.scope)
})

test('form_post', async () => {
  const party = await Party.of('web')
  await party.logIn(newPerson(), { response_mode: 'form_post' })
})

test('max_age', async () => {
  const party = await Party.of('web')
  await party.redeem(await party.ask(newPerson(), { max_age: 60 }), { maxAge: 60 })
})

test('an answer that names another issuer, or none, is not ours', async () => {
  const party = await Party.of('web')
  for (const change of [(params) => params.set('iss', 'https://elsewhere.example'), (params) => params.delete('iss')]) {
    const answer = await party.ask(newPerson())
    change(answer.params)
    await assert.rejects(party.redeem(answer), { code: oauth.INVALID_RESPONSE })
  }
})

test('a code is good once', async () => {
  const party = await Party.of('app')
  const answer = await party.ask(newPerson())
  const tokens = await party.redeem(answer)
  await refuses(party.redeem(answer), 'invalid_grant')
  await refuses(party.refresh(tokens.refresh_token), 'invalid_grant')
})

test('a code is good for its own client', async () => {
  const [party, other] = [await Party.of('app'), await Party.of('web')]
  const answer = await party.ask(newPerson())
  await refuses(other.redeem(answer), 'invalid_grant')
  await party.redeem(answer)
})

test('a code is good with its own verifier', async () => {
  const party = await Party.of('app')
  const answer = await party.ask(newPerson())
  await refuses(party.redeem(answer, { verifier: oauth.generateRandomCodeVerifier() }), 'invalid_grant')
  await refuses(party.redeem(answer), 'invalid_grant')
})

test('the person says no', async () => {
  const party = await Party.of('app')
  await refuses(party.redeem(await party.ask(newPerson(), {}, 'deny')), 'access_denied')
})
