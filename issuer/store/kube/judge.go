package kube

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/types"

	"tokenwright.dev/issuer/store"
)

// ofPeople tells whether somebody other than an issuer wrote a revocation.
func (r *Revocations) ofPeople(name string, w written) bool {
	return name != r.object(w.Revocation).Name
}

// unsettled are the names of those whose status does not say yet what became of them.
func (r *Revocations) unsettled() []string {
	r.known.mu.RLock()
	defer r.known.mu.RUnlock()
	return slices.Sorted(maps.Keys(r.waiting))
}

// judgeWaiting tries again what could not be told of a revocation: the API server was away, or the users were.
func (s *Store) judgeWaiting(ctx context.Context) {
	select {
	case <-s.complete:
	default:
		return
	}
	for _, name := range s.Revocations.unsettled() {
		if s.pace.Wait(ctx) == nil {
			s.judge(ctx, name, true)
		}
	}
}

// judge writes into the status of a revocation what became of it, once. All replicas try, and whoever comes second meets a
// conflict. That its user cannot be looked for yet is written only where it was tried before: mostly it takes a moment.
func (s *Store) judge(ctx context.Context, name string, again bool) {
	is, ok := s.unjudged(name)
	audience := s.audience.All()
	if !ok || len(audience) == 0 {
		return
	}
	var finding *store.Finding
	if is.value.User != (store.User{}) {
		finding = new(audience[0].Find(ctx, is.value.User))
	}
	later := finding != nil && finding.Outcome == store.FoundLater
	if later && (!again || len(is.value.conditions) > 0) {
		return
	}
	if s.writeJudgement(ctx, name, is, finding) && !later {
		audience[0].RevocationJudged(ctx, name, is.value.Revocation, finding)
	}
}

// unjudged is a revocation that counts and of which nobody has said yet what became of it.
func (s *Store) unjudged(name string) (is row[written], ok bool) {
	is, ok = s.Revocations.known.get(name)
	return is, ok && !is.value.settled() && s.config.Now().Before(is.value.Expires)
}

// writeJudgement tells whether this replica wrote it.
func (s *Store) writeJudgement(ctx context.Context, name string, is row[written], finding *store.Finding) bool {
	says := judged(&is.value, s.conn.issuer, finding, s.config.Now())
	err := s.conn.patchStatus(ctx, revocations, name, is.version, map[string]any{
		"observedGeneration": says.ObservedGeneration, "conditions": says.Conditions,
		"subjects": says.Subjects, // none is null, which takes away those of a former spec
	})
	if err != nil && !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
		s.config.Log.WarnContext(ctx, "Failed to say what became of a revocation, which is in force", "name", name, "error", err)
	}
	return err == nil
}

// +kubebuilder:rbac:groups=oauth.tokenwright.dev,resources=tokenrevocations/status,verbs=patch

// patchStatus replaces what is named of the status of an object that is still of that version.
func (c *connection) patchStatus(ctx context.Context, resource, name string, version uint64, status any) error {
	body, err := json.Marshal(map[string]any{
		"metadata": map[string]string{"resourceVersion": strconv.FormatUint(version, 10)}, "status": status,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	return translate(c.rest.Patch(types.MergePatchType).Namespace(c.namespace).Resource(resource).Name(name).SubResource("status").
		Body(body).Do(ctx).Error())
}
