package clientcert

import (
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

// loaded reads lists that lie in one file.
func loaded(t *testing.T, authorities []*party, lists ...[]byte) *Revocation {
	t.Helper()
	var certificates []*x509.Certificate
	for _, a := range authorities {
		certificates = append(certificates, a.Certificate)
	}
	r, err := Load([]string{put(t, inPEM(lists...))}, certificates, false)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// shown is a client that shows a chain.
func shown(chain ...*party) parley.State {
	var certificates []*x509.Certificate
	for _, p := range chain {
		certificates = append(certificates, p.Certificate)
	}
	return parley.State{PeerCertificates: certificates[:1], VerifiedChains: [][]*x509.Certificate{certificates}}
}

// judges wants an answer of a guard: a finding, its alert, and some words of the reason;
// none: the client is served.
func judges(t *testing.T, g *Guard, s parley.State, finding string, alert wire.Alert, says string) {
	t.Helper()
	if g.Now == nil {
		g.Now = func() time.Time { return now }
	}
	err := g.Verify(s)
	var fault *wire.Fault
	switch {
	case finding == "" && err == nil:
	case !errors.As(err, &fault), fault.Finding != finding, fault.Alert != alert, !strings.Contains(fault.Reason, says):
		t.Errorf("%v; it should be %s, %s, and say %q", err, finding, alert, says)
	}
}

func TestOnlyTheRevokedAreRefused(t *testing.T) {
	root := issue(t, "root", nil)
	good, bad := issue(t, "good", root, device), issue(t, "bad", root, device)
	g := &Guard{Revocation: loaded(t, []*party{root}, list(t, root, nil, bad))}
	judges(t, g, shown(good, root), "", 0, "")
	judges(t, g, shown(bad, root), FindingRevoked, wire.AlertCertificateRevoked, "CN=bad, serial number "+bad.SerialNumber.Text(16)+", was revoked on "+now.Add(-30*time.Minute).UTC().Format(time.DateOnly)+" (keyCompromise)")
	judges(t, g, parley.State{}, "", 0, "") // nobody is forced to show one
}

// The client sends the intermediate; its authority alone is ours.
func TestIntermediateAuthoritiesAreAskedAboutToo(t *testing.T) {
	root := issue(t, "root", nil)
	middle, taken := issue(t, "middle", root), issue(t, "taken", root)
	good, bad, lost := issue(t, "good", middle, device), issue(t, "bad", middle, device), issue(t, "lost", taken, device)
	lists := [][]byte{list(t, root, nil, taken), list(t, middle, nil, bad), list(t, taken, nil)}
	g := &Guard{Revocation: loaded(t, []*party{root}, lists...)}
	judges(t, g, shown(good, middle, root), "", 0, "")
	judges(t, g, shown(bad, middle, root), FindingRevoked, wire.AlertCertificateRevoked, "CN=bad")
	judges(t, g, shown(lost, taken, root), FindingRevoked, wire.AlertCertificateRevoked, "CN=taken")
	g = &Guard{Revocation: loaded(t, []*party{root}, lists[0])}
	judges(t, g, shown(good, middle, root), FindingUnchecked, wire.AlertCertificateUnknown, "no revocation list of its issuer, CN=middle")
}

// A list under an authority's name that another key signed says nothing, for good or ill.
func TestAListOfAnotherKeyIsNone(t *testing.T) {
	root, stranger := issue(t, "root", nil), issue(t, "middle", nil)
	middle := issue(t, "middle", root)
	leaf := issue(t, "leaf", middle, device)
	g := &Guard{Revocation: loaded(t, []*party{root}, list(t, root, nil), list(t, stranger, nil, leaf))}
	judges(t, g, shown(leaf, middle, root), FindingUnchecked, wire.AlertCertificateUnknown, "no revocation list")
	if _, err := Load([]string{put(t, list(t, stranger, nil))}, []*x509.Certificate{middle.Certificate}, false); err == nil || !strings.Contains(err.Error(), "CN=middle did not sign") {
		t.Errorf("%v", err)
	}
}

func TestAListThatIsOutOfDateServesNobodyUnlessItIsAccepted(t *testing.T) {
	root := issue(t, "root", nil)
	good, bad := issue(t, "good", root, device), issue(t, "bad", root, device)
	g := &Guard{Revocation: loaded(t, []*party{root}, list(t, root, nil, bad))}
	for name, at := range map[string]time.Time{"over": now.Add(time.Hour), "to come": now.Add(-2 * time.Hour)} {
		t.Run(name, func(t *testing.T) {
			g.Revocation.expired, g.Now = false, func() time.Time { return at }
			judges(t, g, shown(good, root), FindingUnchecked, wire.AlertCertificateUnknown, "is of "+now.Add(-time.Hour).UTC().Format(time.RFC3339))
			judges(t, g, shown(bad, root), FindingRevoked, wire.AlertCertificateRevoked, "")
			g.Revocation.expired = true
			judges(t, g, shown(good, root), "", 0, "")
			judges(t, g, shown(bad, root), FindingRevoked, wire.AlertCertificateRevoked, "")
		})
	}
}

func TestOneGoodWayToAnAuthorityIsEnough(t *testing.T) {
	root := issue(t, "root", nil)
	middle, again := issue(t, "middle", root), issue(t, "middle again", root)
	leaf := issue(t, "leaf", middle, device)
	g := &Guard{Revocation: loaded(t, []*party{root}, list(t, root, nil, again), list(t, middle, nil), list(t, again, nil))}
	s := shown(leaf, again, root)
	judges(t, g, s, FindingRevoked, wire.AlertCertificateRevoked, "middle again")
	s.VerifiedChains = append(s.VerifiedChains, shown(leaf, middle, root).VerifiedChains...)
	judges(t, g, s, "", 0, "")
	s.VerifiedChains = nil
	judges(t, g, s, FindingUnchecked, wire.AlertCertificateUnknown, "no authority vouches for it")
}

// A connection that is open keeps its settings, and is held to the newest lists.
func TestTheNewestListsCount(t *testing.T) {
	root, other := issue(t, "root", nil), issue(t, "other", nil)
	leaf, theirs := issue(t, "leaf", root, device), issue(t, "theirs", other, device)
	before := loaded(t, []*party{root, other}, list(t, root, nil), list(t, other, nil))
	after := loaded(t, []*party{root}, list(t, root, nil, leaf))
	g := &Guard{Revocation: before, Newest: func() *Revocation { return after }}
	judges(t, g, shown(leaf, root), FindingRevoked, wire.AlertCertificateRevoked, "")
	judges(t, g, shown(theirs, other), "", 0, "") // of its authority there are no newer ones
	g.Newest = func() *Revocation { return nil }
	judges(t, g, shown(leaf, root), "", 0, "")
}

func TestTheAllowedAreNamedByAnyOfTheirNames(t *testing.T) {
	root := issue(t, "root", nil)
	leaf := issue(t, "device 7", root, device)
	sum := Sum(leaf.Certificate)
	var pairs []string
	for i := 0; i < len(sum); i += 2 {
		pairs = append(pairs, strings.ToUpper(sum[i:i+2]))
	}
	for _, name := range []string{"device 7", "Device.Example", "spiffe://example/device", "device@example.com", sum, strings.Join(pairs, ":")} {
		names, bad, why := ParseNames([]string{"another", name})
		if why != "" {
			t.Fatalf("%q: %s", bad, why)
		}
		judges(t, &Guard{Allow: names}, shown(leaf, root), "", 0, "")
	}
	for _, name := range []string{"Device 7", "device", "spiffe://example/Device", "example", Sum(root.Certificate), "root"} {
		names, _, _ := ParseNames([]string{name})
		judges(t, &Guard{Allow: names}, shown(leaf, root), FindingNotAllowed, wire.AlertAccessDenied, "CN=device 7")
	}
	judges(t, &Guard{Allow: Names{"a"}}, parley.State{}, "", 0, "")
}

func TestNamesThatCannotBe(t *testing.T) {
	for _, name := range []string{"", " ", "*.example", strings.Repeat("a", maxName+1)} {
		if _, _, why := ParseNames([]string{"a", name}); why == "" {
			t.Errorf("%.20q is taken", name)
		}
	}
}
