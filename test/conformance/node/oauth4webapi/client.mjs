// A client by oauth4webapi, which leaves out nothing that it can check.
import assert from 'node:assert/strict'
import * as oauth from 'oauth4webapi'
import { callback, clients, issuer } from '../lib/court.mjs'

export { oauth }

export const everything = 'openid profile email offline_access orders:read'

// discover reads one of the two documents: "oidc" or "oauth2".
export async function discover(algorithm = 'oidc', server = issuer) {
  return oauth.processDiscoveryResponse(server, await oauth.discoveryRequest(server, { algorithm }))
}

// Party is a client and what it knows of the issuer.
export class Party {
  constructor(as, client, authentication) {
    Object.assign(this, { as, client, authentication })
  }

  static async of(name, authentication, metadata) {
    const { id, secret } = clients[name]
    authentication ??= secret ? oauth.ClientSecretBasic(secret) : oauth.None()
    return new Party(await discover(), { client_id: id, ...metadata }, authentication)
  }

  // ask sends a person to the issuer. What arrives is not checked yet.
  async ask(visit, parameters = {}, decision = undefined) {
    const expected = {
      verifier: oauth.generateRandomCodeVerifier(), state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(),
    }
    const url = new URL(this.as.authorization_endpoint)
    url.search = new URLSearchParams({
      client_id: this.client.client_id,
      redirect_uri: callback,
      response_type: 'code',
      scope: everything,
      state: expected.state,
      nonce: expected.nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(expected.verifier),
      code_challenge_method: 'S256',
      ...parameters,
    })
    const arrived = await visit(url, decision)
    const params = arrived instanceof Request ? new URLSearchParams(await arrived.text()) : arrived.searchParams
    return { params, expected }
  }

  // redeem checks state and iss (RFC 9207), gets the tokens, and checks the ID token with its signature.
  async redeem({ params, expected }, { verifier = expected.verifier, ...options } = {}) {
    const { as, client, authentication } = this
    const checked = oauth.validateAuthResponse(as, client, params, expected.state)
    const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, checked, callback, verifier)
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: expected.nonce, requireIdToken: true, ...options,
    })
    if (tokens.id_token) await oauth.validateApplicationLevelSignature(as, response)
    return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
  }

  async logIn(visit, parameters) {
    return this.redeem(await this.ask(visit, parameters))
  }

  async userinfo(token, subject = oauth.skipSubjectCheck) {
    const { as, client } = this
    return oauth.processUserInfoResponse(as, client, subject, await oauth.userInfoRequest(as, client, token))
  }

  async refresh(token, parameters = {}) {
    const { as, client, authentication } = this
    const options = { additionalParameters: parameters }
    const response = await oauth.refreshTokenGrantRequest(as, client, authentication, token, options)
    const tokens = await oauth.processRefreshTokenResponse(as, client, response)
    if (tokens.id_token) await oauth.validateApplicationLevelSignature(as, response)
    return { ...tokens, claims: oauth.getValidatedIdTokenClaims(tokens) }
  }

  async revoke(token) {
    const { as, client, authentication } = this
    return oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token))
  }

  async introspect(token) {
    const { as, client, authentication } = this
    const response = await oauth.introspectionRequest(as, client, authentication, token)
    return oauth.processIntrospectionResponse(as, client, response)
  }

  async clientCredentials(parameters) {
    const { as, client, authentication } = this
    const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters)
    return oauth.processClientCredentialsResponse(as, client, response)
  }
}

// accept is what a resource server does that verifies JWTs itself (RFC 9068 section 4).
export async function accept(token, audience) {
  const request = new Request(audience, { headers: { authorization: `Bearer ${token}` } })
  return oauth.validateJwtAccessToken(await discover('oauth2'), request, audience)
}

// refuses asserts that the answer is an error with that code.
export function refuses(promise, error) {
  return assert.rejects(promise, (failure) => {
    assert.equal(failure.error, error, failure)
    return true
  })
}

// challenges asserts that the answer is a challenge of that scheme (RFC 9110 section 11.6.1).
export function challenges(promise, status, scheme, error) {
  return assert.rejects(promise, (failure) => {
    assert.equal(failure.status, status, failure)
    assert.equal(failure.cause[0].scheme, scheme)
    assert.equal(failure.cause[0].parameters.error, error)
    return true
  })
}
