// OpenID Connect Core section 3.1.2.1: clients that want no page.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../lib/court.mjs'
import { Party, refuses } from './client.mjs'

const silently = { prompt: 'none' }

test('nobody is logged in', async () => {
  const party = await Party.of('web')
  await refuses(party.redeem(await party.ask(newPerson(), silently)), 'login_required')
})

test('somebody is, and has consented to one of two', async () => {
  const [web, modern] = [await Party.of('web'), await Party.of('modern')]
  const visit = newPerson()
  const first = await web.logIn(visit)
  const second = await web.logIn(visit, { ...silently, id_token_hint: first.id_token })
  assert.equal(second.claims.sub, first.claims.sub)
  await refuses(modern.redeem(await modern.ask(visit, silently)), 'consent_required')
})
