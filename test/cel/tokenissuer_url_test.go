package cel

import "slices"

const previousURL = `{url: "https://p%d.example", until: ` + moment + `}`

var issuerURLChangeChecks = slices.Concat([]check{
	enum("spec.urlChange.switch", `"WhenReady", "OnHold", "AtOnce"`, ok{"WhenReady", "OnHold", "AtOnce"}, no{`""`, "whenReady", "Now"}),
	rule("spec", "previousURLs lists url itself: leave it out there, or write the url that the issuer is to have next",
		ok{"{previousURLs: " + list(2, previousURL) + "}", "{previousURLs: []}"},
		no{"{url: https://p0.example, previousURLs: " + list(2, previousURL) + "}"}),
	most("spec.previousURLs", 4, previousURL),
	set("spec.previousURLs", ok{list(2, previousURL)}, no{same(previousURL)}),
	rule("spec.previousURLs[].url", "a previous url is written as spec.url was: scheme, host, port and path alone, without a slash at its end",
		ok{"https://old.example", "https://old.example:8443/tenants/a", "http://127.0.0.1:8080", "'https://[2001:db8::1]/a'"},
		no{"old.example", "https://old.example/", "ftp://old.example", "'https://old.example?a=b'", "'https://old.example#a'", "https://user@old.example", "https://old.example/a//b"}).
		given("spec: {previousURLs: " + list(1, previousURL) + "}"),
}, previousURLChecks("spec.previousURLs", "spec: {previousURLs: "), previousURLChecks("status.previousURLs", "status: {previousURLs: "), []check{
	most("status.previousURLs", 8, previousURL),
	set("status.previousURLs", ok{list(2, previousURL)}, no{same(previousURL)}),
	rule("status.previousURLs[].url", "a previous url is written as spec.url was: scheme, host, port and path alone, without a slash at its end",
		ok{"https://old.example"}, no{"https://old.example/"}).given("status: {previousURLs: " + list(1, previousURL) + "}"),
	longest("status.url", 512, "https://issuer.example/"),
	longest("status.pendingURL", 512, "https://issuer.example/"),
})

// previousURLChecks are those of each entry of a list.
func previousURLChecks(field, inside string) []check {
	return given(inside+list(1, previousURL)+"}",
		required(field+"[].url", "https://old.example"),
		schema(field+"[].url", "minLength", "should be at least 1 chars long", ok{"https://i"}, no{`""`}).alongside("a previous url"),
		longest(field+"[].url", 512, "https://old.example/"),
		required(field+"[].until", moment),
	)
}
