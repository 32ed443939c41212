// A client by openid-client, with all its checks: state, nonce, iss (RFC 9207), PKCE, and signatures of ID tokens, which
// it would leave out because they come from the issuer over TLS.
import assert from 'node:assert/strict'
import * as oidc from 'openid-client'
import { callback, clients, issuer } from '../lib/court.mjs'

export { oidc }

// everything is all that a person is asked for.
export const everything = 'openid profile email offline_access orders:read'

// configure discovers the issuer on behalf of a client.
export async function configure(name, authentication, metadata) {
  const { id, secret } = clients[name]
  authentication ??= secret ? oidc.ClientSecretBasic(secret) : oidc.None()
  const config = await oidc.discovery(issuer, id, { ...metadata }, authentication)
  oidc.enableNonRepudiationChecks(config)
  return config
}

// ask sends a person to the issuer. What arrives is not checked yet.
export async function ask(config, visit, parameters = {}, decision) {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const checks = { pkceCodeVerifier, expectedState: oidc.randomState(), expectedNonce: oidc.randomNonce() }
  const url = oidc.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: everything,
    state: checks.expectedState,
    nonce: checks.expectedNonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  return { arrived: await visit(url, decision), checks }
}

// redeem checks what arrived, and gets the tokens for it.
export function redeem(config, { arrived, checks }, further = {}) {
  return oidc.authorizationCodeGrant(config, arrived, { ...checks, ...further })
}

// logIn is the whole way.
export async function logIn(config, visit, parameters) {
  return redeem(config, await ask(config, visit, parameters))
}

// refuses asserts that the answer is an error with that code.
export function refuses(promise, error) {
  return assert.rejects(promise, (failure) => {
    assert.equal(failure.error, error, failure)
    return true
  })
}

// introspect asks about a token, as the resource server does that the token is for.
export async function introspect(token) {
  return oidc.tokenIntrospection(await configure('guard'), token)
}

// lives asserts that the resource server would take a token, or would not.
export async function lives(token, active) {
  assert.equal((await introspect(token)).active, active)
}
