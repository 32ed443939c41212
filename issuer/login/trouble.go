package login

import "errors"

// ErrorPage tells people what happened and what to do. Nothing in it is markup, whoever wrote it.
type ErrorPage struct {
	What, Do string
	// Detail is for the client's developers: the description of an *oauth.Error.
	Detail string
	// Reference finds the request in the log.
	Reference string
}

// troubles are the failures of this package that people can do something about.
var troubles = []struct {
	err  error
	page ErrorPage
}{
	{ErrFlowExpired, ErrorPage{
		What: "This took too long", Do: "Go back to the application and log in once more: a login has to be finished within half an hour.",
	}},
	{ErrFlowBrowser, ErrorPage{
		What: "This login was finished, or began in another browser",
		Do:   "Go back to the application and log in from there. Cookies must be allowed for this site.",
	}},
	{ErrFlow, ErrorPage{
		What: "This login cannot be continued", Do: "Go back to the application and log in once more.",
	}},
	{ErrFlowSize, ErrorPage{
		What: "The application asks for too much at once", Do: "Please tell whoever looks after the application.",
	}},
	{ErrUpstreamAway, ErrorPage{
		What: "The service that you log in with does not answer", Do: "Please try again in a few minutes.",
	}},
	{ErrUpstreamRefused, ErrorPage{
		What: "The service that you log in with did not let you in",
		Do:   "Go back to the application and log in once more. If that does not help, ask whoever looks after your account there.",
	}},
	{ErrUpstreamAnswer, ErrorPage{
		What: "Your login could not be verified",
		Do:   "Go back to the application and log in once more. If it happens again, tell whoever looks after this site.",
	}},
	{ErrClaims, ErrorPage{
		What: "Your account cannot be used here yet",
		Do:   "Please tell whoever looks after this site: what the service that you log in with says of you could not be taken over.",
	}},
	{ErrFormExpired, ErrorPage{
		What: "This page was open for too long", Do: "Go back, load the page again and repeat what you did.",
	}},
	{ErrForm, ErrorPage{
		What: "This page belongs to another login", Do: "Go back, load the page again and repeat what you did.",
	}},
}

// Trouble is the error page for err. What is not of this package is told by detail, the description of an *oauth.Error;
// without one the fault is ours.
func Trouble(err error, detail, reference string) ErrorPage {
	page := ErrorPage{What: "Something went wrong on our side", Do: "Please try again in a few minutes."}
	if detail != "" {
		page = ErrorPage{What: "This request cannot be continued", Do: "Go back to the application and begin again.", Detail: detail}
	}
	for _, trouble := range troubles {
		if errors.Is(err, trouble.err) {
			page = trouble.page
			break
		}
	}
	page.Reference = reference
	return page
}
