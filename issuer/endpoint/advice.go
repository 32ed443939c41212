package endpoint

import (
	"errors"

	"tokenwright.dev/issuer/login"
)

// flowAdvice tells a person what to do about a request that cannot go on.
func flowAdvice(err error) string {
	switch {
	case errors.Is(err, login.ErrFlowExpired):
		return "this took too long: go back to the application and begin again"
	case errors.Is(err, login.ErrFlowBrowser):
		return "this began in another browser, or this browser keeps no cookies: go back to the application and begin again"
	default:
		return "this address is not complete: go back to the application and begin again"
	}
}
