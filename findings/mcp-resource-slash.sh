#!/usr/bin/env bash
# Guessed: a client asks for a token for the resource as the protected resource metadata writes it (RFC 9728, then RFC 8707).
# Really: MCP's TypeScript SDK sends what its URL type makes of it. A resource without a path gets a slash, which the metadata did
#   not have; one with a path stays as it is. RFC 9728 section 3.3 compares resources as strings, and so do verifiers with aud.
# Versions: @modelcontextprotocol/sdk 1.32.2, Node 20.
# Why it matters: an issuer that compares resources as they are refuses (invalid_target), or the API refuses the token's aud; so such a resource needs a path, or the slash.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log && npm install @modelcontextprotocol/sdk@1.32.2 >>npm.log 2>&1 || { cat npm.log >&2; exit 1; }
cat >main.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { selectResourceURL, startAuthorization } from '@modelcontextprotocol/sdk/client/auth.js'

console.log('@modelcontextprotocol/sdk', JSON.parse(readFileSync('node_modules/@modelcontextprotocol/sdk/package.json')).version, process.version)
let failed = false
for (const [said, sent] of [
	['https://api.example', 'https://api.example/'],
	['https://api.example/', 'https://api.example/'],
	['https://api.example/mcp', 'https://api.example/mcp'],
]) {
	const resource = await selectResourceURL('https://api.example/mcp', {}, { resource: said })
	const { authorizationUrl } = await startAuthorization('https://issuer.example', {
		clientInformation: { client_id: 'c' }, redirectUrl: 'http://127.0.0.1/callback', resource,
	})
	const asked = authorizationUrl.searchParams.get('resource')
	console.log(`the metadata says ${said.padEnd(24)} the client asks for ${asked}`)
	failed ||= asked !== sent
}
if (failed) {
	console.log('This has changed.')
	process.exit(1)
}
JS
node main.mjs
