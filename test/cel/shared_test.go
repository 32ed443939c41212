package cel

import "strings"

// The checks of types that several fields share, such as Scope and Duration.

func scope(field string) check {
	return rule(field, "a scope has printable ASCII characters only, and none of blank, double quote, backslash and *",
		ok{"a", "'https://api.example/orders.read'", "'~!#[]'"},
		no{`""`, "a b", "'orders:*'", `'"'`, `'\'`, `"a\n"`, "é"})
}

func scopePattern(field string) check {
	return rule(field, "a scope pattern has printable ASCII characters only, and none of blank, double quote and backslash",
		ok{"a", "'*'", "'orders:*'", "'*.read.*'"},
		no{`""`, "a b", `'"'`, `'\'`, `"a\n"`, "é"})
}

func audience(field string) check {
	return rule(field, "an audience is an absolute URI without a fragment, such as https://api.example or urn:example:api",
		ok{"https://orders.example", "https://orders.example:8443/v1/?x=y", "urn:example:orders", "'a+b-c.d:[::1]'"},
		no{`""`, "orders.example", "/orders", "//orders.example", "'https:'", "1s://orders.example", "'https://orders.example/#top'",
			"'https://orders.example/a b'", `'https://orders.example/"'`, `'https://orders.example/\'`, `"https://orders.example\n"`, "https://örders.example"})
}

func clientID(field string) check {
	return rule(field, "a client_id has letters, digits and ._- only, and starts and ends with a letter or digit",
		ok{"a", "team.Orders_v2-eu"},
		no{`""`, ".orders", "orders-", "team/orders", "'team orders'", "'team.*'", `"team.orders\n"`, "team.örders"})
}

// displayText checks what people are shown.
func displayText(field string) check {
	return rule(field, "text that people are shown has only what they can see: write letters, digits, punctuation and simple emoji, with blanks between words only, and no control, formatting, joining, tag or filler characters or variation selectors",
		ok{"Shop", "'Größe & <b>\"Co\"</b> 東京 🛒'", "'متجر'", "'חנות 24/7'", "'दुकान'", "'ร้านค้า'", "'Магазин № 1'", "'สมใจ・トモ ②'", `"e\u0301cole"`, `"東京\u3000支店"`, "'👍🏽 🇳🇱'"},
		no{
			`"a\nb"`, `"a\tb"`, `"a\x7fb"`, `"a\u0085b"`, // control characters
			`"a\u202eb"`, `"a\u2066b"`, `"a\u200fb"`, `"a\u061cb"`, // which change the direction
			`"a\u2028b"`, `"a\u2029b"`, // which end lines
			`"a\u00adb"`, `"a\u200bb"`, `"a\u200cb"`, `"a\u200db"`, `"a\u2060b"`, `"a\ufeffb"`, `"a\ufff9b"`, "'👩‍💻'", // which join and part
			`"a\U000E0001b"`, `"a\U000E0041"`, `"🏴\U000E0067\U000E0062\U000E007F"`, // tags
			`"a\ufe0f"`, `"a\ufe00b"`, `"a\U000E0100b"`, `"a\u180bb"`, // variation selectors
			`"a\u034fb"`, `"\u115f"`, `"\u1160"`, `"a\u17b4b"`, `"\u3164"`, `"\uffa0"`, `"\u2800"`, `"a\U00016FE4b"`, // fillers
			`"a\ue000b"`, `"a\U000F0000b"`, // for private use
			`" "`, `" a"`, `"a "`, `"a\u00a0"`, `"\u3000a"`, `"\u2003"`, // blanks at the ends
		})
}

// amount checks how Kubernetes writes an amount. The pattern, which comes with it, lets 1e.5 through, which no client in Go
// can read: one such object in a list, and nobody would see the others any more.
func amount(field, example string) []check {
	const expression = `^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$`
	message := "write an amount such as " + example + ": 0 or more, in 32 characters at most"
	return []check{
		pattern(field, expression, ok{"0", "1", "500m", "256Mi", "'1.5'", "1e9", `"1"`}, no{`""`, "500mm", "256MB", "1 Gi", "half", `"1\n"`}).alongside(message),
		rule(field, message,
			ok{"0", "1", "500m", "256Mi", "1." + strings.Repeat("0", 29) + "M"},
			no{"-1", "'-1'", "-500m", "1e.5", "1e5.5", "1e99999999999999999999", "1." + strings.Repeat("0", 30) + "M"}),
	}
}

// duration checks how GEP-2257 writes a span of time; here in whole seconds.
func duration(field string) check {
	return pattern(field, `^([0-9]{1,5}[hms]){1,3}$`,
		ok{"1h", "1h30m", "3600s", "59m60s", "1h59m60s"},
		no{`""`, "h", "1d", "1.5h", "-1h", "1H", "'1h 30m'", "123456s", "1h1h1h1h", "10000ms", `"1h\n"`}).alongside("must be from", "must not exceed")
}

// shortDuration is at its bound where the pattern is at its own, so both refuse what is longer.
func shortDuration(field string) check {
	return schema(field, "maxLength", "may not be more than 18 bytes", ok{"00001h00001m00001s"}, no{"00001h00001m000001s"}).alongside("should match")
}
