package login

import "time"

// FieldUserCode is the user code in the form of UserCodePage, and in the address that has it filled in (RFC 8628 sections
// 3.2 and 3.3.1).
const FieldUserCode = "user_code"

var (
	userCodeTemplate = parsePage("usercode.html")
	deviceTemplate   = parsePage("device.html")
	answeredTemplate = parsePage("answered.html")
)

// UserCodePage asks for the code that a device shows. Its form brings FieldUserCode.
type UserCodePage struct {
	Action string // where the form goes
	Code   string // fills in the field

	// WrongCode, TookTooLong and Wait say why the last attempt failed; Wait says when the next one may be made.
	WrongCode, TookTooLong bool
	Wait                   time.Duration
}

// Problem tells people why the last attempt failed.
func (u UserCodePage) Problem() string {
	switch {
	case u.Wait > 0:
		return "Too many attempts. Please wait " + period(u.Wait) + ", then try again."
	case u.TookTooLong:
		return "This took too long, or this browser keeps no cookies. Please enter the code once more."
	case u.WrongCode:
		return "No device is waiting with this code. Please compare it with the device, which may show a new one by now."
	default:
		return ""
	}
}

// DevicePage asks whether a device may do what its client asks for (RFC 8628 section 3.3). Its forms bring FieldFlow,
// FieldToken and FieldDecision.
type DevicePage struct {
	Action, Flow string
	Token        string // of SealForm, for PurposeDevice
	Code         string // as the device shows it
	Client       ClientView
	Username     string
	Scopes       []ScopeView
	Resources    []string
	// AtMost is the longest life of the grant. Offline says that it outlives the login session.
	AtMost  time.Duration
	Offline bool
}

// HowLong tells people when the grant ends.
func (d DevicePage) HowLong() string {
	return ConsentPage{AtMost: d.AtMost, Offline: d.Offline}.HowLong()
}

// AnsweredPage says that the device has its answer.
type AnsweredPage struct {
	Allowed bool
	Client  ClientView
}

// UserCode renders the page that asks for a user code.
func (p *Pages) UserCode(view UserCodePage) (Page, error) {
	return p.render(userCodeTemplate, view, formsLeave)
}

// Device renders the question whether a device may have access.
func (p *Pages) Device(view DevicePage) (Page, error) {
	return p.render(deviceTemplate, view, formsLeave)
}

// Answered renders the page after the answer.
func (p *Pages) Answered(view AnsweredPage) (Page, error) {
	return p.render(answeredTemplate, view, formsStay)
}
