// RFC 7009.
import { test } from 'node:test'
import { clients, newPerson } from '../lib/court.mjs'
import { configure, lives, logIn, oidc, refuses } from './client.mjs'

const authentications = {
  web: oidc.ClientSecretPost(clients.web.secret),
  opaque: oidc.ClientSecretBasic(clients.opaque.secret),
  app: oidc.None(),
}
for (const [name, authentication] of Object.entries(authentications)) {
  test(`${name}: a refresh token ends with all that came of it`, async () => {
    const config = await configure(name, authentication)
    const { access_token, refresh_token } = await logIn(config, newPerson())
    await lives(access_token, true)
    await oidc.tokenRevocation(config, refresh_token, { token_type_hint: 'refresh_token' })
    await lives(access_token, false)
    await refuses(oidc.refreshTokenGrant(config, refresh_token), 'invalid_grant')
  })

  test(`${name}: an access token ends alone`, async () => {
    const config = await configure(name, authentication)
    const { access_token, refresh_token } = await logIn(config, newPerson())
    await oidc.tokenRevocation(config, access_token)
    await lives(access_token, false)
    await lives((await oidc.refreshTokenGrant(config, refresh_token)).access_token, true)
  })
}

test('what is no token is revoked as well as can be', async () => {
  await oidc.tokenRevocation(await configure('web'), 'no token at all')
})

test('nobody revokes the token of another client', async () => {
  const { access_token, refresh_token } = await logIn(await configure('web'), newPerson())
  const other = await configure('modern')
  await oidc.tokenRevocation(other, refresh_token)
  await oidc.tokenRevocation(other, access_token)
  await lives(access_token, true)
})
