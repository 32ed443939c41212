package login

var logoutTemplate = parsePage("logout.html")

// LogoutPage asks whether somebody wants to log out, where nothing proves that they do (OpenID Connect RP-Initiated Logout
// section 2). Its form brings FieldToken and Fields.
type LogoutPage struct {
	Action string // where the form goes
	Token  string // of SealForm, for PurposeLogout
	// Client is the name of the client that asks for the logout; empty if nobody says who does.
	Client string
	// Username is who is logged in; empty where the browser was away for too long to say so to whoever sits there now.
	Username string
	Fields   []FormField // the request, which comes along with the answer
}

// Logout renders the question whether to log out. The answer may lead to the client that asks.
func (p *Pages) Logout(view LogoutPage) (Page, error) {
	return p.render(logoutTemplate, view, formsLeave)
}
