package token_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"tokenwright.dev/issuer/keys"
	"tokenwright.dev/issuer/token"
)

// badEncodings are a good token in another spelling (JW-08, JW-10).
func badEncodings(f form) []attack {
	s := signer(ring(), keys.EdDSA) // its signature has 64 bytes, so that the last digit has 4 unused bits
	header, body, signature := segments(signed(s, f.header(s), payload))
	join := func(parts ...string) string { return strings.Join(parts, ".") }
	flattened := fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, header, body, signature)
	general := fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, body, header, signature)
	raw := join(header, body, signature)
	return []attack{
		{"JW-08 empty", "", token.ErrMalformed},
		{"JW-08 dots alone", "..", token.ErrMalformed},
		{"JW-08 one segment", header, token.ErrMalformed},
		{"JW-08 two segments", join(header, body), token.ErrMalformed},
		{"JW-08 four segments", raw + "." + signature, token.ErrMalformed},
		{"JW-08 dot in front", "." + raw, token.ErrMalformed},
		{"JW-08 dot behind", raw + ".", token.ErrMalformed},
		{"JW-08 no header", join("", body, signature), token.ErrMalformed},
		{"JW-08 detached", join(header, "", signature), token.ErrMalformed},
		{"JW-01 empty signature", join(header, body, ""), token.ErrMalformed},
		{"JW-01 alg none, empty signature", join(encode(`{"alg":"none"}`), body, ""), token.ErrMalformed},
		{"JW-08 JSON, flattened", flattened, token.ErrMalformed},
		{"JW-08 JSON, general", general, token.ErrMalformed},
		{"JW-08 JSON behind white space", "\n" + general, token.ErrMalformed},
		{"JW-08 line break behind", raw + "\n", token.ErrMalformed},
		{"JW-08 line break in front", "\n" + raw, token.ErrMalformed},
		{"JW-08 line break within", raw[:10] + "\r\n" + raw[10:], token.ErrMalformed},
		{"JW-08 line break in the signature", raw[:len(raw)-5] + "\n" + raw[len(raw)-5:], token.ErrMalformed},
		{"JW-08 space behind", raw + " ", token.ErrMalformed},
		{"JW-08 space within", join(header, " "+body, signature), token.ErrMalformed},
		{"JW-08 tab within", join(header+"\t", body, signature), token.ErrMalformed},
		{"JW-08 NUL behind", raw + "\x00", token.ErrMalformed},
		{"JW-08 padding", raw + "==", token.ErrMalformed},
		{"JW-08 padding of each segment", join(padded(header), padded(body), padded(signature)), token.ErrMalformed},
		{"JW-08 bits behind the signature", raw[:len(raw)-1] + next(raw[len(raw)-1]), token.ErrMalformed},
		{"JW-08 standard alphabet", join(header, base64.RawStdEncoding.EncodeToString([]byte(`{"a":"???>>>"}`)), signature), token.ErrMalformed},
		{"JW-08 not ASCII", join(header, body+"ä", signature), token.ErrMalformed},
		{"JW-08 a digit too many", join(header, body, signature+"AAA"), token.ErrMalformed},
		{"JW-10 JWE", join(encode(`{"alg":"dir","enc":"A128GCM"}`), "", "AAAA", "AAAA", "AAAA"), token.ErrMalformed},
		{"JW-10 JWE with PBES2", join(encode(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2000000000}`), "AAAA", "AAAA", "AAAA", "AAAA"), token.ErrMalformed},
		{"JW-13 too long", strings.Repeat("A", 16<<10+1), token.ErrTooLong},
		{"JW-13 a good token, too long", signed(s, f.header(s), with(payload, "{", `{"x":"`+strings.Repeat("x", 16<<10)+`",`)), token.ErrTooLong},
		{"JW-13 a megabyte of dots", strings.Repeat(".", 1<<20), token.ErrTooLong},
		{"JW-08 opaque token", "tw_at_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", token.ErrMalformed},
	}
}

func padded(segment string) string { return segment + strings.Repeat("=", 3-(len(segment)+3)%4) }

// next is the base64url digit after c, which differs from it in the last bit.
func next(c byte) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(digits[strings.IndexByte(digits, c)^1])
}

// badJSON is signed claims that have two readings, or none (JW-09).
func badJSON(f form) []attack {
	s := signer(ring(), keys.EdDSA)
	row := func(name, payload string) attack {
		return attack{"JW-09 " + name, signed(s, f.header(s), payload), token.ErrMalformed}
	}
	insert := func(text string) string { return with(payload, "{", "{"+text+",") }
	return []attack{
		row("claim twice", insert(`"sub":"root"`)),
		row("claim twice, the same", insert(`"sub":"shop.web"`)),
		row("claim twice, once escaped", insert(`"\u0073ub":"root"`)),
		row("claim twice, once behind", with(payload, "}", `,"exp":9999999999}`)),
		row("unknown claim twice", insert(`"x":1,"x":1`)),
		row("nested member twice", insert(`"act":{"sub":"a","sub":"b"}`)),
		row("member twice within a list", insert(`"x":[{"y":[{"a":1,"a":2}]}]`)),
		row("two objects", payload+payload),
		row("trailing comma", with(payload, `"}`, `",}`)),
		row("trailing text", payload+"x"),
		row("trailing brace", payload+"}"),
		row("trailing NUL", payload+"\x00"),
		row("cut", payload[:len(payload)-1]),
		row("cut in a string", payload[:len(payload)-2]),
		row("list", "["+payload+"]"),
		row("string", `"x"`),
		row("number", `1`),
		row("null", `null`),
		row("byte order mark", "\ufeff"+payload),
		row("white space alone", "   "),
		row("comment", with(payload, "{", "{/**/")),
		row("single quotes", with(payload, `"shop.web"`, `'shop.web'`)),
		row("no quotes", with(payload, `"sub"`, `sub`)),
		row("number as a name", insert(`1:2`)),
		row("no colon", insert(`"x" 1`)),
		row("no comma", with(payload, `,"sub"`, ` "sub"`)),
		row("two commas", with(payload, `,"sub"`, `,,"sub"`)),
		row("no value", insert(`"x":`)),
		row("list that ends as an object", insert(`"x":[1}`)),
		row("open list", insert(`"x":[1`)),
		row("nested too deep", insert(`"x":`+strings.Repeat("[", 16)+strings.Repeat("]", 16))),
		row("objects nested too deep", insert(strings.Repeat(`"x":{`, 16)+strings.Repeat("}", 16))),
		row("nested as deep as there is room", `{"x":`+strings.Repeat("[", 12000)),
		row("too many members", insert(members(120)+`"a":1,"b":2`)),
		row("not UTF-8", insert("\"x\":\"\xff\"")),
		row("UTF-8 of a surrogate", insert("\"x\":\"\xed\xa0\x80\"")),
		row("half a surrogate pair", insert(`"x":"\ud800"`)),
		row("half a surrogate pair before text", insert(`"x":"\ud800abcdef"`)),
		row("half a surrogate pair before an escape", insert(`"x":"\ud800\n"`)),
		row("second half first", insert(`"x":"\udc00\ud800"`)),
		row("two first halves", insert(`"x":"\ud800\ud800"`)),
		row("unknown escape", insert(`"x":"\x41"`)),
		row("cut escape", insert(`"x":"\u00`)),
		row("escape without hex", insert(`"x":"\u00zz"`)),
		row("escape with a sign", insert(`"x":"\u+041"`)),
		row("line break in a string", insert("\"x\":\"\n\"")),
		row("NUL in a string", insert("\"x\":\"\x00\"")),
		row("NaN", with(payload, "1795342200", "NaN")),
		row("Infinity", with(payload, "1795342200", "Infinity")),
		row("1e400", with(payload, "1795342200", "1e400")),
		row("1e400 in an unknown claim", insert(`"x":1e400`)),
		row("huge integer", with(payload, "1795342200", strings.Repeat("9", 400))),
		row("leading zero", with(payload, "1795342200", "01795342200")),
		row("plus sign", with(payload, "1795342200", "+1795342200")),
		row("hex", with(payload, "1795342200", "0x6b02d338")),
		row("underscore", with(payload, "1795342200", "1_795_342_200")),
		row("no digits behind the point", with(payload, "1795342200", "1795342200.")),
		row("no digits before the point", with(payload, "1795342200", ".5")),
		row("no digits in the exponent", with(payload, "1795342200", "1e")),
		row("minus alone", insert(`"x":-`)),
		row("True", insert(`"x":True`)),
		row("cut literal", insert(`"x":tru`)),
	}
}

// badClaims are well-formed and signed, but not a token for us, now (JW-09, JW-11, JW-12).
func badClaims(f form) []attack {
	s := signer(ring(), keys.EdDSA)
	row := func(name, part, other string, want token.VerifyError) attack {
		return attack{name, signed(s, f.header(s), with(payload, part, other)), want}
	}
	attacks := []attack{
		row("JW-09 exp as a string", "1795342200", `"1795342200"`, token.ErrClaims),
		row("JW-09 exp negative", "1795342200", "-1795342200", token.ErrClaims),
		row("JW-09 exp far beyond", "1795342200", "1e300", token.ErrClaims),
		row("JW-09 exp after the year 9999", "1795342200", "253402300800", token.ErrClaims),
		row("JW-09 exp null", "1795342200", "null", token.ErrClaims),
		row("JW-09 exp as a list", "1795342200", "[1795342200]", token.ErrClaims),
		row("JW-09 iat as a string", "1795341600", `"1795341600"`, token.ErrClaims),
		row("JW-09 nbf as a string", "{", `{"nbf":"0",`, token.ErrClaims),
		row("JW-09 nbf negative", "{", `{"nbf":-1,`, token.ErrClaims),
		row("JW-09 sub as a number", `"shop.web"`, "1", token.ErrClaims),
		row("JW-09 sub null", `"shop.web"`, "null", token.ErrClaims),
		row("JW-09 sub empty", `"shop.web"`, `""`, token.ErrClaims),
		row("JW-09 scope as a list", `"orders:read"`, `["orders:read"]`, token.ErrClaims),
		row("JW-09 auth_time as a string", "{", `{"auth_time":"0",`, token.ErrClaims),
		row("JW-09 acr as a number", "{", `{"acr":1,`, token.ErrClaims),
		row("JW-09 amr that holds a number", "{", `{"amr":[1],`, token.ErrClaims),
		row("JW-09 amr empty", "{", `{"amr":[],`, token.ErrClaims),
		row("JW-09 sid null", "{", `{"sid":null,`, token.ErrClaims),
		row("JW-09 EXP for exp", `"exp"`, `"EXP"`, token.ErrClaims),
		row("JW-11 exp at zero", "1795342200", "0", token.ErrExpired),
		row("JW-11 issued in the future", "1795341600", "1795341661", token.ErrNotYet),
		row("JW-11 nbf in the future", "{", `{"nbf":1795341661,`, token.ErrNotYet),
		row("JW-12 other issuer", `"https://issuer.example"`, `"https://evil.example"`, token.ErrIssuer),
		row("JW-12 issuer with a slash", `"https://issuer.example"`, `"https://issuer.example/"`, token.ErrIssuer),
		row("JW-12 issuer in another case", `"https://issuer.example"`, `"https://Issuer.example"`, token.ErrIssuer),
		row("JW-12 list of issuers", `"https://issuer.example"`, `["https://issuer.example"]`, token.ErrClaims),
		row("JW-12 other audience", `"https://orders.example"`, `"https://stock.example"`, token.ErrAudience),
		row("JW-12 other audiences", `"https://orders.example"`, `["https://stock.example","https://x.example"]`, token.ErrAudience),
		row("JW-12 audience with a slash", `"https://orders.example"`, `"https://orders.example/"`, token.ErrAudience),
		row("JW-12 audiences in one string", `"https://orders.example"`, `"https://orders.example https://x.example"`, token.ErrAudience),
		row("JW-12 audience that is no string", `"https://orders.example"`, `{"https://orders.example":1}`, token.ErrClaims),
		row("JW-12 no audience in the list", `"https://orders.example"`, `[]`, token.ErrClaims),
		row("JW-12 audience of a list in a list", `"https://orders.example"`, `[["https://orders.example"]]`, token.ErrClaims),
		row("JW-12 empty audience beside ours", `"https://orders.example"`, `["","https://orders.example"]`, token.ErrClaims),
		row("JW-12 number beside ours", `"https://orders.example"`, `["https://orders.example",1]`, token.ErrClaims),
	}
	for _, claim := range []string{"iss", "exp", "aud", "sub", "iat"} {
		attacks = append(attacks, row("JW-12 no "+claim, `"`+claim+`":`, `"not_`+claim+`":`, token.ErrClaims))
	}
	return attacks
}

// badForKind are claims that one kind takes and the other does not (JW-11, JW-12).
func badForKind(f form) []attack {
	s := signer(ring(), keys.EdDSA)
	row := func(name, part, other string, want token.VerifyError) attack {
		return attack{name, signed(s, f.header(s), with(payload, part, other)), want}
	}
	if f.kind == token.IDTokenHint {
		return []attack{ // LO-02, OI-10
			row("JW-11 expired 30 days ago", "1795342200", "1792749600", token.ErrExpired),
			row("JW-11 expired 30 days and a second ago", "1795342200", "1792749599", token.ErrExpired),
		}
	}
	return []attack{
		row("JW-11 expired this second", "1795342200", "1795341600", token.ErrExpired),
		row("JW-11 expired by a fraction", "1795342200", "1795341600.999", token.ErrExpired),
		row("JW-11 expired within the skew", "1795342200", "1795341599", token.ErrExpired),
		row("JW-12 no client_id", `"client_id":`, `"not_client_id":`, token.ErrClaims),
		row("JW-12 no jti", `"jti":`, `"not_jti":`, token.ErrClaims),
	}
}

// TestReasonsAreFixed: what is logged of a refused token is one of a few texts, and holds nothing of the token.
func TestReasonsAreFixed(t *testing.T) {
	if got := token.ErrExpired.Error(); got != "token refused: expired" {
		t.Error(got)
	}
	if len(reasons(t)) > 16 {
		t.Error("too many reasons for a metric's label")
	}
}
