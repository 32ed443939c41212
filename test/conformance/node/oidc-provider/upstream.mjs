// An OpenID provider by oidc-provider, where people of the issuer log in, on the pages that it has for development. The Go
// test gives it orders, one line of JSON each, and waits for the line that answers. It ends with its stdin, so it does not
// outlive the test.
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import { createInterface } from 'node:readline'
import { Provider } from 'oidc-provider'

console.info = console.error // stdout is for answers

const accounts = new Map()
const grants = new Set()
let provider

// newProvider has one client, whom it gives refresh tokens that are good once: as is its default, for offline_access alone,
// and that only with prompt=consent (OpenID Connect Core section 11).
function newProvider(identifier, client) {
  const signing = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  return new Provider(identifier, {
    clients: [{
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [client.redirect],
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_basic',
    }],
    claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'] },
    cookies: { keys: [randomUUID()] },
    findAccount: (_, id) => accounts.has(id) ? { accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) } : undefined,
    jwks: { keys: [{ ...signing, alg: 'RS256', use: 'sig' }] },
    pkce: { required: () => true },
    rotateRefreshToken: true,
  })
}

const orders = {
  // serve begins with a certificate and a client, and answers the issuer identifier.
  async serve({ certificate, key, client }) {
    const server = createServer({ cert: certificate, key })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    provider = newProvider(`https://127.0.0.1:${server.address().port}`, client)
    provider.on('refresh_token.saved', ({ grantId }) => grants.add(grantId))
    server.on('request', provider.callback())
    return provider.issuer
  },
  // know sets the claims of an account.
  know({ account, claims }) {
    accounts.set(account, claims)
    return 'known'
  },
  forget({ account }) {
    accounts.delete(account)
    return 'forgotten'
  },
  // revoke takes back what anybody ever allowed the client, and answers how often that was.
  async revoke() {
    for (const id of grants) await (await provider.Grant.find(id)).destroy()
    return grants.size
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { order, details } = JSON.parse(line)
  console.log(String(await orders[order](details)))
}
process.exit()
