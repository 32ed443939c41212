// What a script knows of the issuer that it judges, and how it sends a person there. The Go test tells it by its
// environment, where NODE_EXTRA_CA_CERTS names the authority that signed the issuer's certificate.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'

export const identifier = process.env.ISSUER
export const issuer = new URL(identifier)
export const callback = process.env.CALLBACK
export const audience = process.env.AUDIENCE
// By name, each with an id and, unless it is public, a secret.
export const clients = JSON.parse(process.env.CLIENTS)

// newPerson opens a browser without cookies. The function that it returns goes to url, logs in and consents where it is
// asked to, and resolves with what arrives at the client: a URL, or the Request of form_post. Nothing arrives there for the
// person who answers for a device.
export function newPerson() {
  const person = randomUUID()
  return async function visit(url, decision = 'allow') {
    const errand = new URL(process.env.PERSON)
    errand.search = new URLSearchParams({ person, decision, url: url.toString() })
    const response = await fetch(errand)
    assert.equal(response.status, 200, await response.clone().text())
    const arrived = await response.json()
    if (arrived.method === '') return undefined
    if (arrived.method === 'GET') return new URL(arrived.url)
    const body = new URLSearchParams()
    for (const [name, values] of Object.entries(arrived.form)) {
      for (const value of values) body.append(name, value)
    }
    return new Request(arrived.url, { method: arrived.method, body })
  }
}
