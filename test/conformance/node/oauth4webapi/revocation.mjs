// RFC 7009.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clients, newPerson } from '../lib/court.mjs'
import { Party, challenges, oauth, refuses } from './client.mjs'

const authentications = {
  web: oauth.ClientSecretPost(clients.web.secret),
  opaque: oauth.ClientSecretBasic(clients.opaque.secret),
  app: oauth.None(),
}
for (const [name, authentication] of Object.entries(authentications)) {
  test(name, async () => {
    const [party, guard] = [await Party.of(name, authentication), await Party.of('guard')]
    const { access_token, refresh_token } = await party.logIn(newPerson())
    const { access_token: second } = await party.refresh(refresh_token)
    await party.revoke(access_token)
    assert.equal((await guard.introspect(access_token)).active, false)
    assert.equal((await guard.introspect(second)).active, true)
    await party.revoke(refresh_token)
    assert.equal((await guard.introspect(second)).active, false)
    await refuses(party.refresh(refresh_token), 'invalid_grant')
    await challenges(party.userinfo(second), 401, 'bearer', 'invalid_token')
  })
}

test('a wrong secret', async () => {
  await refuses((await Party.of('web', oauth.ClientSecretPost('wrong'))).revoke('x'), 'invalid_client')
  await challenges((await Party.of('web', oauth.ClientSecretBasic('wrong'))).revoke('x'), 401, 'basic')
})
