package login_test

import "tokenwright.dev/issuer/login"

var logoutSamples = []sample{
	{"logout", func(p *login.Pages, text string) (login.Page, error) {
		return p.Logout(login.LogoutPage{
			Action: "/tenant/logout", Token: "sealed-token", Client: text, Username: text,
			Fields: []login.FormField{{"client_id", "shop.web"}, {"state", text}},
		})
	}},
	{"logout-unasked", func(p *login.Pages, text string) (login.Page, error) {
		return p.Logout(login.LogoutPage{Action: "/tenant/logout", Token: "sealed-token", Username: text})
	}},
}
