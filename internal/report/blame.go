package report

import (
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
)

// blameSurely says whose fault a finding is, and how surely.
func blameSurely(f diagnose.Finding) string {
	if f.Culprit == diagnose.CulpritUnknown {
		return Blame(f)
	}
	return Blame(f) + " (" + Sureness(f.Confidence) + ")"
}

// Blame says whose fault a finding is.
func Blame(f diagnose.Finding) string {
	switch f.Culprit {
	case diagnose.CulpritClient:
		return perhaps(f, "the client's", ", not the server's")
	case diagnose.CulpritServer:
		return perhaps(f, "the server's", ", not the client's")
	case diagnose.CulpritNetwork:
		return perhaps(f, "neither the client's nor the server's: something between them", "")
	case diagnose.CulpritUnknown:
		return "it cannot be told from what was seen"
	}
	return "nobody's: nothing failed by it"
}

// perhaps does not say of what is only possible that it is so.
func perhaps(f diagnose.Finding, whose, not string) string {
	if f.Confidence == diagnose.Possible {
		return "perhaps " + whose
	}
	return whose + not
}

// Acquittal answers "is it my fault?" of who runs the server.
func Acquittal(f diagnose.Finding, charges []diagnose.Charge) string {
	did := func(v diagnose.Verdict) bool {
		return slices.ContainsFunc(charges, func(c diagnose.Charge) bool { return c.Verdict == v })
	}
	switch {
	case f.Culprit == diagnose.CulpritServer && f.Confidence == diagnose.Possible:
		return "Perhaps, if the server is yours."
	case f.Culprit == diagnose.CulpritServer:
		return "Yes, if the server is yours."
	case did(diagnose.Did):
		return "Perhaps in part: see \"yes\" below."
	case f.Culprit == diagnose.CulpritUnknown, did(diagnose.Unknown), f.Confidence == diagnose.Possible:
		return "Not by what could be seen."
	}
	return "No."
}

// Sureness says how well a finding is founded.
func Sureness(c diagnose.Confidence) string {
	switch c {
	case diagnose.Sure:
		return "sure: it was read"
	case diagnose.Likely:
		return "likely: several facts say so, and none against it"
	case diagnose.Possible:
		return "possible: it fits, and so do other explanations"
	}
	return string(c)
}

// Advice says what can be set or called, and what that costs.
func Advice(r diagnose.Remedy) string {
	var notes []string
	switch {
	case !r.Safe:
		notes = append(notes, "NOT SAFE")
	case r.Where == "Parley":
		notes = append(notes, "safe")
	}
	if r.Cost != "" {
		notes = append(notes, "cost: "+r.Cost)
	}
	if len(notes) == 0 {
		return r.Setting
	}
	return r.Setting + " (" + strings.Join(notes, "; ") + ")"
}
