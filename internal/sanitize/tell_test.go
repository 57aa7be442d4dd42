package sanitize_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/prove"
)

func TestWhatCouldNotBeDoneIsTold(t *testing.T) {
	var out strings.Builder
	err := sanitize.Tell(&out, "shared.pcapng", &sanitize.Account{Connections: 1, Frames: 2}, &sanitize.Proof{
		Judged:   map[disguise.Kind]int{disguise.KindHost: 2, disguise.KindAddress: 1},
		Unjudged: []prove.Unjudged{{Kind: disguise.KindSerial, Why: "so short", Count: 3}},
		Lost:     map[disguise.Kind]int{disguise.KindData: 7},
		Remarks:  map[string]int{"noise stands in the place of a certificate's signature": 2, "something else": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"shared.pcapng: 1 connection in 2 frames, made anew\n",
		"  replaced     2 host names, 1 IP address\n",
		"  not judged   3 serial numbers: so short\n",
		"7 pieces of application data: too many to be looked for\n",
		"  besides      noise stands in the place of a certificate's signature (2 times)\n               something else\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
