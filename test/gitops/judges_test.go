package gitops

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"tokenwright.dev/test/env"
)

// verdict is what a tool does with an object: go on, wait, or tell somebody.
type verdict string

const (
	well   verdict = "well"
	wait   verdict = "wait"
	broken verdict = "broken"
)

// judged wants both judges to say the same of an object.
func judged(t *testing.T, object *unstructured.Unstructured, want verdict) {
	t.Helper()
	if got, message := argoCD(t, object); got != want {
		t.Errorf("Argo CD says %s (%s), want %s", got, message, want)
	}
	if got, message := flux(t, object); got != want {
		t.Errorf("Flux says %s (%s), want %s", got, message, want)
	}
}

// flux judges as Flux does.
func flux(t *testing.T, object *unstructured.Unstructured) (verdict, string) {
	t.Helper()
	result, err := status.Compute(object)
	if err != nil {
		t.Fatal(err)
	}
	verdicts := map[status.Status]verdict{
		status.CurrentStatus: well, status.InProgressStatus: wait, status.TerminatingStatus: wait, status.FailedStatus: broken,
	}
	return verdicts[result.Status], result.Message
}

// argoCD judges as Argo CD does: of what is being deleted it knows by itself, all else is the script's.
func argoCD(t *testing.T, object *unstructured.Unstructured) (verdict, string) {
	t.Helper()
	if object.GetDeletionTimestamp() != nil {
		return wait, "Pending deletion"
	}
	health := run(t, script(t), object)
	verdicts := map[string]verdict{"Healthy": well, "Progressing": wait, "Degraded": broken}
	return verdicts[lua.LVAsString(health.RawGetString("status"))], lua.LVAsString(health.RawGetString("message"))
}

func script(t *testing.T) string {
	t.Helper()
	root, err := env.Root()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, "config", "argocd", "health.lua"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// run gives a script what Argo CD gives it: the object as obj, and of Lua's libraries the basic one and tables.
func run(t *testing.T, text string, object *unstructured.Unstructured) *lua.LTable {
	t.Helper()
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable} {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	state.SetGlobal("obj", value(state, object.Object))
	if err := state.DoString(text); err != nil {
		t.Fatal(err)
	}
	health, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		t.Fatalf("the script returns %s, want a table", state.Get(-1).Type())
	}
	return health
}

// value is a value of JSON in Lua.
func value(state *lua.LState, in any) lua.LValue {
	switch in := in.(type) {
	case bool:
		return lua.LBool(in)
	case int64:
		return lua.LNumber(in)
	case float64:
		return lua.LNumber(in)
	case string:
		return lua.LString(in)
	case []any:
		list := state.NewTable()
		for _, item := range in {
			list.Append(value(state, item))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, item := range in {
			table.RawSetString(key, value(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}
