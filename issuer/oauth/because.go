package oauth

// Because is Refusef for a refusal whose reason is for the log alone.
func (c Code) Because(cause error, description string) error {
	return &Error{Code: c, Description: printable(description), cause: cause}
}
