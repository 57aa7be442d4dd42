package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/wire"
)

// helloWords says in what two clients' first hellos differ.
func helloWords(a, b []*wire.ClientHello) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	x, y := a[0], b[0]
	var out []string
	if x.Version != y.Version {
		out = append(out, fmt.Sprintf("client_version: %s in the first, %s in the second", x.Version, y.Version))
	}
	out = append(out, listWords("cipher suites offered", names(x.CipherSuites), names(y.CipherSuites))...)
	return append(out, listWords("extensions offered", extensionNames(x), extensionNames(y))...)
}

// listWords says which names only one list has, or that their order differs.
func listWords(what string, a, b []string) []string {
	onlyA, onlyB := without(a, b), without(b, a)
	var parts []string
	if len(onlyA) > 0 {
		parts = append(parts, "only the first has "+some(onlyA))
	}
	if len(onlyB) > 0 {
		parts = append(parts, "only the second has "+some(onlyB))
	}
	if len(parts) == 0 && !slices.Equal(a, b) {
		parts = append(parts, "the same, in another order")
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{what + ": " + strings.Join(parts, "; ")}
}

func without(a, b []string) []string {
	have := map[string]bool{}
	for _, s := range b {
		have[s] = true
	}
	var out []string
	for _, s := range a {
		if !have[s] {
			out = append(out, s)
		}
	}
	return out
}

// some names the first few of a list.
func some(list []string) string {
	const most = 6
	if len(list) > most {
		return strings.Join(list[:most], ", ") + fmt.Sprintf(" and %d more", len(list)-most)
	}
	return strings.Join(list, ", ")
}

// names prints a list, all values of RFC 8701 as one name: they are drawn anew
// for each hello.
func names(suites []wire.SuiteID) []string {
	out := make([]string, len(suites))
	for i, s := range suites {
		out[i] = s.String()
		if s.IsGREASE() {
			out[i] = "GREASE"
		}
	}
	return out
}

func extensionNames(h *wire.ClientHello) []string {
	out := make([]string, len(h.Extensions))
	for i, e := range h.Extensions {
		out[i] = e.Type.String()
		if e.Type.IsGREASE() {
			out[i] = "GREASE"
		}
	}
	return out
}

// quotedHello is what renegotiation turns on, as a ladder says it.
func quotedHello(h *wire.ClientHello) string {
	return `"` + strings.Trim(helloText(h), " ()") + `"`
}
