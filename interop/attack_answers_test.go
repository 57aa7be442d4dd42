//go:build interop

package interop

import (
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// safeAnswers are all combinations of answers but those with trust or
// accept-full.
func safeAnswers() (all []answers) {
	for _, secure := range []string{"accept", "refuse", "abort"} {
		for _, reset := range []string{"accept", "refuse", "abort"} {
			for _, bare := range []string{"refuse", "resumed", "isolate", "abort"} {
				for _, restart := range []string{"abort", "isolate"} {
					all = append(all, answers{secure, reset, bare, restart})
				}
			}
		}
	}
	return all
}

// someInnocents are those to try under the n-th combination where time is short:
// each implementation, its variants in turn; the slow ones now and then.
func someInnocents(n int) (some []innocent) {
	families := map[string][]innocent{}
	var order []string
	for _, v := range innocents() {
		family, _, _ := strings.Cut(v.name, " ")
		if strings.Contains(v.name, "s_client") {
			family = "s_client"
		}
		family += v.kind
		if families[family] == nil {
			order = append(order, family)
		}
		families[family] = append(families[family], v)
	}
	for _, family := range order {
		members := families[family]
		v := members[n%len(members)]
		if !v.slow || n%6 == 0 {
			some = append(some, v)
		}
	}
	return some
}

func TestAttackFailsUnderEverySafeCombinationOfAnswers(t *testing.T) {
	binary := parleyBinary(t)
	attacks, bytes := 0, 0
	for n, given := range safeAnswers() {
		if testing.Short() && n%9 != 0 {
			continue
		}
		t.Run(fmt.Sprintf("secure %s, reset %s, bare %s, restart %s", given.secure, given.reset, given.bare, given.restart), func(t *testing.T) {
			b := newBackend(t)
			server := serveBefore(t, binary, b, given.flags()...)
			for _, clear := range []bool{false, true} {
				victims := innocents()
				if testing.Short() || clear { // in clear they differ in nothing that counts
					victims = someInnocents(n)
				}
				for _, a := range assaults(t, victims, server.Address, b, clear) {
					a.check(t, server, b, given)
					attacks, bytes = attacks+1, bytes+a.behind
				}
			}
		})
	}
	t.Logf("%d attacks, %d bytes of victims behind a prefix", attacks, bytes)
}

// Under trust and under accept-full the attack succeeds, which is why they are
// nobody's default.
func TestAttackSucceedsUnderTrustAndAcceptFull(t *testing.T) {
	binary := parleyBinary(t)
	b := newBackend(t)
	named := []string{"--trust-from", "127.0.0.0/8", "--trust-until", "2099-12-31"}

	trusting := serveBefore(t, binary, b, append([]string{"--bare", "trust"}, named...)...)
	for _, v := range innocents() {
		if v.kind != "bare" {
			continue
		}
		if a := v.assault(t, trusting.Address, b, false); a.behind == 0 || a.err != nil {
			t.Errorf("trust, %s: %d bytes behind the prefix; it says: %v", v.name, a.behind, a.err)
		} else {
			t.Logf("trust, %s: %d bytes behind the prefix", v.name, a.behind)
		}
	}

	full := serveBefore(t, binary, b, append([]string{"--reset", "accept-full"}, named...)...)
	for _, v := range innocents() {
		if v.kind != "reset" {
			continue
		}
		lenient := strings.Contains(v.name, "lenient")
		a := v.mimicked(t, full.Address, b)
		if spliced := a.behind > 0; spliced != lenient {
			t.Errorf("accept-full, %s: %d bytes behind the prefix; it says: %v", v.name, a.behind, a.err)
		}
		// OpenSSL 3 says more in a hello that offers a session: it is not like the first then.
		hellos := a.line(t, full).Renegotiations
		if len(hellos) != 1 || hellos[0].Kind != "reset" || hellos[0].Answer != "accept" && v.passes == 0 {
			t.Errorf("accept-full, %s: the log tells %+v", v.name, hellos)
		}
		t.Logf("accept-full, %s: %d bytes behind the prefix; it says: %.80v", v.name, a.behind, a.err)
	}
}

// mimicked is assault by an attacker whose own first hello is like the victim's,
// as accept-full wants it.
func (v innocent) mimicked(t *testing.T, target string, b *backend) *assault {
	t.Helper()
	seen := v.hello(t)
	o := v.attacker()
	o.Hello = func(h *wire.ClientHello) {
		own := h.Clone()
		*h = *seen.Clone()
		h.Random, h.SessionID = own.Random, own.SessionID
		if _, asks := h.Extension(wire.ExtensionSessionTicket); asks {
			legacyclient.SetExtension(h, wire.SessionTicketExtension(nil))
		}
	}
	mimic := v
	mimic.options = &o
	return mimic.assault(t, target, b, false)
}

// hello gives the hello with which the victim begins.
func (v innocent) hello(t *testing.T) *wire.ClientHello {
	t.Helper()
	c := newCareless(t)
	a := &ambush{target: c.Addr().String(), passes: v.passes, options: v.attacker(), prefix: "to see its hello: "}
	address := a.start(t)
	err := v.run(minute(t), peers(t), address)
	a.wait()
	if a.spliced == nil || a.spliced.Hello == nil {
		t.Fatalf("%s: no hello was seen: %v, %v", v.name, a.err, err)
	}
	return a.spliced.Hello
}
