package endpoint

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"tokenwright.dev/issuer/audit"
	"tokenwright.dev/issuer/grant"
	"tokenwright.dev/issuer/login"
	"tokenwright.dev/issuer/oauth"
	"tokenwright.dev/issuer/policy"
	"tokenwright.dev/issuer/store"
)

// waiting is a device that waits for an answer, as it is stored.
type waiting struct {
	mark   store.Mark
	device *grant.Device
	client *policy.Client
	code   oauth.UserCode
}

var (
	errNoDevice     = errors.New("no device waits with this code")
	errTooManyCodes = errors.New("too many attempts to enter a code")
)

// findDevice finds the device that waits with the code of a flow. A client that may not have what its device asks for any
// more is as good as none.
func (s *Server) findDevice(x *exchange, flow *login.Flow) (*waiting, error) {
	mark, err := x.view.stores.Marks.Get(x.r.Context(), grant.DeviceMark, flow.Device)
	if errors.Is(err, store.ErrNotFound) {
		return nil, errNoDevice
	}
	if err != nil {
		return nil, grant.StoreFailed(err)
	}
	device, err := grant.ReadDevice(mark)
	if err != nil {
		return nil, oauth.ServerError.Hide(err)
	}
	client, ok := s.Registry.Snapshot().Client(device.ClientID)
	if !ok || client.Registration().Owner.UID != device.ClientUID || device.Answer != grant.Pending {
		return nil, errNoDevice
	}
	x.said.ClientID = client.ID()
	allowed, err := client.Authorize(policy.Request{GrantType: grant.DeviceCode, Scopes: device.Scopes, Resources: device.Resources})
	if err != nil {
		return nil, errors.Join(errNoDevice, err)
	}
	device.Scopes = allowed.Scopes // without an offline_access that has been withdrawn
	return &waiting{mark, device, client, oauth.UserCode(flow.Device)}, nil
}

// answerDevice stores what the resource owner said. The first answer is the answer: the store itself sees to that.
func (s *Server) answerDevice(x *exchange, form url.Values, flow *login.Flow, session *login.Session) error {
	x.said.Subject, x.said.SessionID = session.Subject, session.ID
	err := login.CheckForm(x.view.sealer, form.Get(login.FieldToken), formOf(session, flow), login.PurposeDevice, x.began)
	if err != nil {
		return oauth.InvalidRequest.Because(err, "the page was open for too long, or belongs to another login")
	}
	switch whole, err := s.complete(x, session); {
	case err != nil:
		return err
	case !whole:
		return x.redirect(x.view.path + loginPath + "?flow=" + url.QueryEscape(form.Get(login.FieldFlow)))
	}
	found, err := s.findDevice(x, flow)
	if err == nil {
		err = found.answer(x, form.Get(login.FieldDecision), flow, session)
	}
	if errors.Is(err, errNoDevice) {
		return s.askCodeAgain(x, flow, err)
	}
	if err != nil {
		return err
	}
	s.logAnswer(x, found.device)
	x.setCookie(flow.Forget(x.view.sealer))
	page, err := x.view.pages.Answered(login.AnsweredPage{
		Allowed: found.device.Answer == grant.Approved, Client: clientView(found.client.Registration()),
	})
	return x.show(http.StatusOK, page, err)
}

// answer stores the decision, and with a yes whose it is. A device that has been answered meanwhile waits no longer.
func (w *waiting) answer(x *exchange, decision string, flow *login.Flow, session *login.Session) error {
	w.device.Answer = grant.Denied
	if decision == login.DecisionAllow {
		if err := w.approve(x, flow, session); err != nil {
			return oauth.Unavailable(unavailable, err)
		}
	}
	mark, err := w.device.Mark(w.code)
	if err != nil {
		return err
	}
	mark.Revision, mark.Source, mark.OpenedAt = w.mark.Revision, w.mark.Source, w.mark.OpenedAt
	_, err = x.view.stores.Marks.Update(x.r.Context(), mark)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return errors.Join(errNoDevice, err)
	default:
		return grant.StoreFailed(err)
	}
}

// open notes that a person looks at the device: from then on it makes way for no stranger's. Where that fails, because
// somebody else changes it at this moment or the store is away, their answer finds out.
func (w *waiting) open(x *exchange) {
	if !w.mark.MayMakeWay() {
		return
	}
	opened := w.mark
	opened.OpenedAt = x.began.UTC().Truncate(time.Second)
	_, _ = x.view.stores.Marks.Update(x.r.Context(), opened)
}

// approve notes who the device may act for.
func (w *waiting) approve(x *exchange, flow *login.Flow, session *login.Session) error {
	d := w.device
	d.Answer, d.Answered = grant.Approved, x.began.Unix()
	d.Subject, d.Username, d.Provider, d.SessionID = session.Subject, session.Username, session.Provider, session.ID
	d.AuthTime, d.AMR = session.AuthTime.Unix(), session.AMR
	d.SessionEnds = session.Started.Add(x.view.bounds.Lifetime).Unix()
	asked := authorization{client: w.client}
	lease, leaseIn := asked.lease(flow, session)
	places := grant.Places{Claims: session.Parked, Lease: leaseIn}
	return d.Keep(session, lease, places, x.view.sealer, x.began)
}

// noteDenied logs and counts what is answered with a page.
func (s *Server) noteDenied(x *exchange, cause error) {
	x.said.Error, x.said.Cause, x.said.SourceIP = string(oauth.AccessDenied), cause, s.Proxies.Source(x.r)
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.DeviceRefused, &x.said)
	s.counts.device.Refused(string(oauth.AccessDenied))
}

// logAnswer tells the log before the person is told.
func (s *Server) logAnswer(x *exchange, device *grant.Device) {
	x.said.Scope, x.said.Audience = oauth.Scopes(device.Scopes).String(), device.Resources
	if device.Answer != grant.Approved {
		s.noteDenied(x, errDenied)
		return
	}
	x.said.Provider, x.said.SourceIP = device.Provider, s.Proxies.Source(x.r)
	s.Audit.Write(x.r.Context(), slog.LevelInfo, audit.DeviceApproved, &x.said)
}

var errDenied = errors.New("the resource owner said no")
