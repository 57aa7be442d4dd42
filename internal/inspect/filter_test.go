package inspect_test

import (
	"net/netip"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/trace"
)

func terminal() *diagnose.Diagnosis {
	return &diagnose.Diagnosis{
		Conversation: &trace.Conversation{
			Number: 7,
			Client: netip.MustParseAddrPort("192.0.2.17:40000"),
			Server: netip.MustParseAddrPort("[2001:db8::1]:8443"),
		},
		Facts:    diagnose.Facts{Version: "TLS 1.0", ServerName: "Pay.example.com", JA3: "0a2904a1cf331cf66752992fcd3affe7"},
		Findings: []diagnose.Finding{{ID: "reneg-reset-hello", Level: diagnose.Failure}, {ID: "suite-weak", Level: diagnose.Risk}},
	}
}

func TestFilterChoosesByWhatItNames(t *testing.T) {
	for text, want := range map[string]bool{
		"client=192.0.2.17":         true,
		"client=192.0.2.0/24":       true,
		"client=192.0.2.17:40000":   true,
		"client=192.0.2.17:40001":   false,
		"client=198.51.100.0/24":    false,
		"server=:8443":              true,
		"server=:443":               false,
		"server=2001:db8::/32":      true,
		"server=[2001:db8::1]:8443": true,
		"sni=*.example.com":         true,
		"sni=*.example.org":         false,
		"finding=reneg-*":           true,
		"finding=suite-weak":        true,
		"finding=cert-*":            false,
		"level=risk":                true,
		"level=note":                false,
		"version=1.0":               true,
		"version=TLS 1.0":           true,
		"version=1.2":               false,
		"ja3=0a29*":                 true,
		"ja4=t12*":                  false,
	} {
		var f inspect.Filter
		if err := f.Add(text); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := f.Has(terminal()); got != want {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

func TestAllConditionsOfAFilterHold(t *testing.T) {
	f := inspect.Filter{Numbers: []int{7, 9}}
	for _, text := range []string{"client=192.0.2.0/24", "level=failure"} {
		if err := f.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	if !f.Has(terminal()) {
		t.Error("a connection for which all holds is left out")
	}
	f.Numbers = []int{8}
	if f.Has(terminal()) {
		t.Error("a connection of another number is chosen")
	}
}

func TestAFilterThatMeansNothingIsAnError(t *testing.T) {
	for _, text := range []string{"", "client", "colour=red", "client=fast", "client=192.0.2.0/77", "server=:70000", "level=bad", "sni=", "sni=[", "=x"} {
		var f inspect.Filter
		if err := f.Add(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}
