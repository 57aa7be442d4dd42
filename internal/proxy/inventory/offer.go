package inventory

import (
	"slices"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// An Offer is what some settings have for everybody, in the words of settings.
type Offer struct {
	Name       string            `json:"name"`
	MinVersion string            `json:"min_version"`
	Suites     []string          `json:"suites"`
	Answers    map[string]string `json:"second_hellos"` // by kind
}

// A Lack is something that a client needs and an offer does not have.
type Lack struct {
	Key     string `json:"key,omitempty"`  // as a permission grants it; empty: none does
	Word    string `json:"word,omitempty"` // likewise
	Finding string `json:"finding"`        // what the client is refused with
}

// Keys are those that a client may need.
var Keys = []string{"min_version", "suites", "secure", "reset", "bare", "restart"}

// Lacks are what a client needs beyond an offer; none: it is served. What no
// settings serve lacks nothing that has a key.
func (n Needs) Lacks(o Offer) (out []Lack) {
	if n.Never != "" {
		out = append(out, Lack{Finding: n.Never})
	}
	if n.MinVersion != "" && n.MinVersion < o.MinVersion {
		out = append(out, Lack{"min_version", n.MinVersion, "version-none-shared"})
	}
	for _, name := range n.Suites {
		if !slices.Contains(o.Suites, name) {
			out = append(out, Lack{"suites", short(name), "suite-none-shared"})
		}
	}
	for _, k := range kinds {
		has, needs := o.Answers[k.String()], *n.answer(k)
		if needs != "" && moreOf(k, has, needs) != has {
			out = append(out, Lack{k.String(), needs, k.Finding()})
		}
	}
	return out
}

// lacks says whether one of the lacks is of a key.
func lacks(list []Lack, key string) bool {
	return slices.ContainsFunc(list, func(l Lack) bool { return l.Key == key })
}

// short is a suite's OpenSSL name, which settings take as well.
func short(name string) string {
	if id, ok := wire.SuiteByName(name); ok {
		return id.OpenSSLName()
	}
	return name
}

// dangerous says whether an answer lets strangers in (SECURITY.md).
func dangerous(l Lack) bool {
	return slices.Contains([]string{renego.AnswerAcceptFull.String(), renego.AnswerTrust.String()}, l.Word)
}
