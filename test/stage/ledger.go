package stage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

type runtimeObject = runtime.Object

// ErrCrash is what every write returns from a crash on.
var ErrCrash = errors.New("crash")

// Moment is when a write crashes.
type Moment string

// A write crashes Before it reaches the API server, or After the API server has stored it.
const (
	Before Moment = "before"
	After  Moment = "after"
)

// ledger keeps the writes of reconcilers in order, and crashes at one of them.
type ledger struct {
	mu      sync.Mutex
	writes  []string
	moment  Moment
	left    int // writes until the crash, itself included; zero for none
	crashed bool
	refuse  map[string]error
	before  map[string]func()
}

// Writes tells what was written since the last call, in order, and forgets it.
func (s *Stage) Writes() []string {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	writes := s.ledger.writes
	s.ledger.writes = nil
	return writes
}

// CrashAt makes the nth write from now on fail, and every one after it, until Restart.
func (s *Stage) CrashAt(n int, moment Moment) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.left, s.ledger.moment = n, moment
}

// Restart ends a crash. It tells whether there was one.
func (s *Stage) Restart() bool {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	crashed := s.ledger.crashed
	s.ledger.crashed, s.ledger.left = false, 0
	return crashed
}

// Refuse makes every write of one kind, as Writes tells of it, fail with err; nil lets it through again.
func (s *Stage) Refuse(write string, err error) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.refuse = map[string]error{write: err}
}

// Meanwhile does something once, when a write of one kind has been decided and is about to be sent.
func (s *Stage) Meanwhile(write string, do func()) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.before = map[string]func(){write: do}
}

// write lets one write through, or not.
func (l *ledger) write(what string, send func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.crashed {
		return ErrCrash
	}
	if err := l.refuse[what]; err != nil {
		l.writes = append(l.writes, what)
		return err
	}
	if do := l.before[what]; do != nil {
		l.before = nil
		do()
	}
	l.left--
	if l.left == 0 {
		l.crashed = true
		if l.moment == Before {
			return ErrCrash
		}
	}
	l.writes = append(l.writes, what)
	err := send()
	if l.crashed {
		return ErrCrash
	}
	return err
}

func (l *ledger) funcs() interceptor.Funcs {
	return interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			return l.write("create "+name(o), func() error { return c.Create(ctx, o, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			return l.write("update "+name(o), func() error { return c.Update(ctx, o, opts...) })
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			return l.write("patch "+name(o), func() error { return c.Patch(ctx, o, p, opts...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.DeleteOption) error {
			return l.write("delete "+name(o), func() error { return c.Delete(ctx, o, opts...) })
		},
		Apply: func(ctx context.Context, c client.WithWatch, o runtime.ApplyConfiguration, opts ...client.ApplyOption) error {
			return l.write("apply "+kind(o), func() error { return c.Apply(ctx, o, opts...) })
		},
		SubResourceApply: func(ctx context.Context, c client.Client, sub string, o runtime.ApplyConfiguration,
			opts ...client.SubResourceApplyOption,
		) error {
			return l.write("apply "+kind(o)+" "+sub, func() error { return c.SubResource(sub).Apply(ctx, o, opts...) })
		},
	}
}

// kind is the kind of an apply configuration.
func kind(configuration runtime.ApplyConfiguration) string {
	if typed, ok := configuration.(interface{ GetKind() *string }); ok {
		return *typed.GetKind()
	}
	return configuration.(interface{ GetKind() string }).GetKind()
}

// roles name what operators write, by the parts of names that tell it.
var roles = []struct{ part, role string }{
	{"-signing-keys", "signing keys"},
	{"-sealing-keys", "sealing keys"},
	{"-client-", "registration"},
	{"policy-", "accepted version"},
	{"-issuer", "configuration"},
	{"-oauth", "credentials"},
}

// name is the role that an object plays.
func name(object client.Object) string {
	kind := kindOf(object)
	if kind != "Secret" && kind != "ConfigMap" {
		return kind
	}
	i := slices.IndexFunc(roles, func(r struct{ part, role string }) bool { return strings.Contains(object.GetName(), r.part) })
	if i < 0 {
		return object.GetName()
	}
	return roles[i].role
}

// kindOf is the kind that an object says it is of, or else the name of its type.
func kindOf(object client.Object) string {
	if kind := object.GetObjectKind().GroupVersionKind().Kind; kind != "" {
		return kind
	}
	_, kind, _ := strings.Cut(fmt.Sprintf("%T", object), ".")
	return kind
}
