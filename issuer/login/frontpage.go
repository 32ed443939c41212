package login

var frontTemplate = parsePage("front.html")

// FrontPage says whose address this is: somebody follows the issuer of a token, or types it in to see whether anything is
// there. All of it is public.
type FrontPage struct {
	Issuer string
	// Documents are what machines read instead.
	Documents []DocumentView
	// Account is the path of "my access"; empty where nobody logs in.
	Account string
}

// DocumentView is one document by its address.
type DocumentView struct{ Name, URL string }

// Front renders the front page.
func (p *Pages) Front(view FrontPage) (Page, error) { return p.render(frontTemplate, view, formsStay) }
