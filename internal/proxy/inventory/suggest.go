package inventory

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/wire"
)

// FillIn stands where only a person knows what to write. No configuration is
// taken that has it.
const FillIn = "FILL-IN"

// A suggestion is a permission that serves clients of one kind.
type suggestion struct {
	ja3     string
	lacks   []Lack
	clients []Client
}

// Suggest writes permissions, as the configuration file has them, that serve the
// clients which lack something. Who asked for it, why and until when is left to be
// filled in.
func (l *List) Suggest(w io.Writer) error {
	b := bufio.NewWriter(w)
	all, hopeless := l.suggestions()
	fmt.Fprintf(b, "# %s\n", l.Summary())
	if hopeless > 0 {
		fmt.Fprintf(b, "# No settings serve %s of them: see never in parley clients --json.\n", thousands(hopeless))
	}
	if len(all) > 0 {
		fmt.Fprintf(b, "# Fill in each %s. parley serve does not take the file before.\npermissions:\n", FillIn)
	}
	for i, s := range all {
		s.write(b, i)
	}
	return b.Flush()
}

// suggestions have the clients together that say the same hello and lack the same.
func (l *List) suggestions() (out []*suggestion, hopeless int) {
	byKind := map[string]*suggestion{}
	for _, c := range l.Clients {
		list := l.lacks(c)
		switch {
		case c.Needs.Never != "":
			hopeless++
			continue
		case len(list) == 0:
			continue
		}
		kind := fmt.Sprint(c.JA3, list)
		if byKind[kind] == nil {
			byKind[kind] = &suggestion{ja3: c.JA3, lacks: list}
		}
		byKind[kind].clients = append(byKind[kind].clients, c)
	}
	out = slices.Collect(maps.Values(byKind))
	slices.SortFunc(out, func(a, b *suggestion) int {
		return cmp.Or(len(b.clients)-len(a.clients), strings.Compare(a.ja3, b.ja3), strings.Compare(fmt.Sprint(a.lacks), fmt.Sprint(b.lacks)))
	})
	return out, hopeless
}

func (s *suggestion) write(w io.Writer, n int) {
	var names []string
	sources := map[string]bool{}
	for _, c := range s.clients {
		if c.Source.IsValid() {
			sources[sourceText(c)] = true
		}
		if name := cmp.Or(c.SNI, c.Name); name != "" {
			names = append(names, wire.Printable(name))
		}
	}
	fmt.Fprintf(w, "  # %s", counted(len(s.clients), "client"))
	slices.Sort(names)
	if names = slices.Compact(names); len(names) > 0 {
		fmt.Fprintf(w, ", of %s", cut(strings.Join(names, ", "), 80))
	}
	fmt.Fprintln(w)
	for _, x := range s.lacks {
		if dangerous(x) {
			fmt.Fprintf(w, "  # %s %s lets strangers put words before the client's (CVE-2009-3555): read SECURITY.md first.\n", x.Key, x.Word)
		}
	}
	fmt.Fprintf(w, "  - name: clients-%d\n", n+1)
	for _, key := range []string{"owner", "reason", "until", "after"} {
		fmt.Fprintf(w, "    %s: %s\n", key, FillIn)
	}
	fmt.Fprintln(w, "    match:")
	if s.ja3 != "" {
		fmt.Fprintf(w, "      fingerprint: [%s]\n", s.ja3)
	}
	if len(sources) > 0 {
		fmt.Fprintln(w, "      from:")
		for _, source := range slices.Sorted(maps.Keys(sources)) {
			fmt.Fprintf(w, "        - %q\n", source)
		}
	}
	fmt.Fprintf(w, "    grant: {%s}\n", grantOf(s.lacks))
}

// grantOf is what is lacking, as a permission grants it.
func grantOf(list []Lack) string {
	var out, suites []string
	for _, x := range list {
		switch x.Key {
		case "":
		case "suites":
			suites = append(suites, x.Word)
		default:
			out = append(out, x.Key+": "+x.Word)
		}
	}
	if len(suites) > 0 {
		out = append(out, "suites: ["+strings.Join(suites, ", ")+"]")
	}
	return strings.Join(out, ", ")
}
