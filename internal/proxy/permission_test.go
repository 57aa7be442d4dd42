package proxy

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// permitted is a permission that holds for ever, for clients of this machine.
func permitted(change func(*PermissionOptions)) PermissionOptions {
	o := PermissionOptions{Name: "near", Owner: "o", Reason: "r", Until: "2999-12-31", After: "refuse", From: []string{"127.0.0.0/8"}}
	change(&o)
	return o
}

func TestPermissionErrorsNameTheKeyAndWhatToDo(t *testing.T) {
	for _, test := range []struct {
		change    func(*PermissionOptions)
		key, says string
	}{
		{func(o *PermissionOptions) { o.Until = "tomorrow" }, "until", "RFC 3339"},
		{func(o *PermissionOptions) { o.After = "cut" }, "after", "warn or refuse"},
		{func(o *PermissionOptions) { o.From = nil }, "match", "describes everybody"},
		{func(o *PermissionOptions) { o.From = []string{"0.0.0.0/0"} }, "match.from", "everybody"},
		{func(o *PermissionOptions) { o.SNI = []string{"a b"} }, "match.sni", "*.old.example"},
		{func(o *PermissionOptions) { o.Fingerprint = []string{"abc"} }, "match.fingerprint", "JA3"},
		{func(o *PermissionOptions) {}, "grant", "nothing is granted"},
		{func(o *PermissionOptions) { o.MinVersion = "0.9" }, "grant.min_version", "1.0, 1.1"},
		{func(o *PermissionOptions) { o.Suites = []string{"FAST"} }, "grant.suites", "IANA or OpenSSL"},
		{func(o *PermissionOptions) { o.Bare = "accept" }, "grant.bare", "trust"},
		{func(o *PermissionOptions) { o.MinVersion, o.Certificate = "1.0", []string{"x"} }, "grant", "in a permission of their own"},
		{func(o *PermissionOptions) { o.Leniencies = []string{"everything"} }, "grant.leniencies", "no-close-notify or premaster-version"},
		{func(o *PermissionOptions) { o.Leniencies, o.Certificate = []string{"premaster-version"}, []string{"x"} }, "grant.leniencies", "in a permission of its own"},
		{func(o *PermissionOptions) { o.From, o.SNI, o.Bare = nil, []string{"x"}, "trust" }, "grant.bare", "anybody can send"},
		{func(o *PermissionOptions) { o.From, o.SNI, o.Reset = nil, []string{"x"}, "accept-full" }, "grant.reset", "CVE-2009-3555"},
	} {
		_, err := permitted(test.change).Check()
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Name != test.key || !strings.Contains(setting.Problem+"; "+setting.Advice, test.says) {
			t.Errorf("%s: %v", test.key, err)
		}
	}
}

func TestWhomAMatchMeans(t *testing.T) {
	v := visitor{&net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 1}, "Pay.Old.example", "ja3", "ja4"}
	near := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	for _, test := range []struct {
		match Match
		fits  bool
	}{
		{Match{From: near}, true},
		{Match{From: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}}, false},
		{Match{SNI: []string{"other.example", "pay.old.example"}}, true},
		{Match{SNI: []string{"*.old.example"}}, true},
		{Match{SNI: []string{"*.example"}}, false},
		{Match{SNI: []string{"old.example"}}, false},
		{Match{Fingerprint: []string{"ja4"}}, true},
		{Match{Fingerprint: []string{"ja3"}}, true},
		{Match{Fingerprint: []string{"x"}}, false},
		{Match{From: near, SNI: []string{"x.example"}}, false},
	} {
		if got := test.match.fits(v); got != test.fits {
			t.Errorf("%s fits: %v", test.match, got)
		}
	}
	if (Match{From: near}).fits(visitor{from: &net.UnixAddr{}}) {
		t.Error("a Unix socket is in a network")
	}
}

// Those that a permission means get more, each use is in the line, and the others
// get what they got before.
func TestPermissionsGiveWhatTheySay(t *testing.T) {
	far := permitted(func(o *PermissionOptions) { o.Name, o.From, o.MinVersion = "far", []string{"192.0.2.1"}, "1.0" })
	old := permitted(func(o *PermissionOptions) { o.MinVersion, o.Suites = "1.0", []string{"AES128-SHA"} })
	d := serve(t, Options{Profile: "modern"}, far, old)
	conn := d.dial(tls.VersionTLS10, func(c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA} })
	writes(t, conn, "hello")
	reads(t, conn, "hello")
	conn.Close()
	line := d.log.wait(t, "connection", 1)
	wants(t, line, map[string]any{"version": "TLS 1.0", "suite": "TLS_RSA_WITH_AES_128_CBC_SHA"})
	if used, _ := line["permissions"].([]any); len(used) != 1 || used[0] != "near" {
		t.Errorf("used are %v", line["permissions"])
	}
	d.dial(tls.VersionTLS12).Close()
	if line := d.log.wait(t, "connection", 2); line["permissions"] != nil {
		t.Errorf("used are %v", line["permissions"])
	}
}

func TestOthersGetNothingOfAPermission(t *testing.T) {
	d := serve(t, Options{Profile: "modern"},
		permitted(func(o *PermissionOptions) { o.From, o.MinVersion = []string{"192.0.2.1"}, "1.0" }),
		permitted(func(o *PermissionOptions) { o.Name, o.Until, o.MinVersion = "over", "2020-01-01", "1.0" }))
	conn, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	if err == nil {
		conn.Close()
		t.Fatal("a client of TLS 1.1 is served")
	}
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "version-none-shared"})
}

func TestPermissionsAnswerSecondHellos(t *testing.T) {
	for _, test := range []struct {
		name, habit string
		options     Options
		change      func(*PermissionOptions)
		want        map[string]any
		used        bool
	}{
		{"bare trust", "bare", Options{}, func(o *PermissionOptions) { o.Bare = "trust" }, map[string]any{"answer": "accept", "terms": "trusted"}, true},
		{"reset under modern", "reset", Options{Profile: "modern", MinVersion: "1.0", Suites: []string{"default"}}, func(o *PermissionOptions) { o.Reset = "accept" }, map[string]any{"answer": "accept", "terms": "bound"}, true},
		{"less than everybody", "reset", Options{}, func(o *PermissionOptions) { o.Reset = "refuse" }, map[string]any{"answer": "accept", "terms": "bound"}, false},
		{"past its day, but holding on", "bare", Options{}, func(o *PermissionOptions) { o.Bare, o.Until, o.After = "trust", "2020-01-01", "warn" }, map[string]any{"answer": "accept", "terms": "trusted"}, true},
		{"past its day", "bare", Options{}, func(o *PermissionOptions) { o.Bare, o.Until = "trust", "2020-01-01" }, map[string]any{"answer": "refuse"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := serve(t, test.options, permitted(test.change))
			m := named(t, test.habit)
			c := d.legacy(t, m, legacyclient.Options{Version: wire.VersionTLS12, Suites: aesSuites(wire.VersionTLS12)})
			if err := m.Run(c); err != nil && !errors.Is(err, legacyclient.ErrRefused) {
				t.Fatal(err)
			}
			_ = c.Close() // a client that was refused may be gone
			line := d.log.wait(t, "connection", 1)
			wants(t, second(t, line), test.want)
			if used := line["permissions"] != nil; used != test.used {
				t.Errorf("used are %v", line["permissions"])
			}
			if test.name == "past its day, but holding on" {
				d.log.wait(t, "a permission is past its last day and still holds", 1)
			}
		})
	}
}

// All that fit add up, and a certificate counts when it is shown.
func TestGrantsAddUp(t *testing.T) {
	var all []*Permission
	for _, o := range []PermissionOptions{
		permitted(func(o *PermissionOptions) { o.Name, o.MinVersion, o.Bare = "a", "1.1", "resumed" }),
		permitted(func(o *PermissionOptions) { o.Name, o.MinVersion, o.Suites = "b", "1.0", []string{"DES-CBC3-SHA"} }),
		permitted(func(o *PermissionOptions) {
			o.Name, o.From, o.Certificate, o.Restart = "c", nil, []string{"x"}, "isolate"
		}),
	} {
		p, err := o.Check()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	base := &parley.Config{MinVersion: tls.VersionTLS12, Policy: parley.Policy{Strict: true}}
	p := newPermitter(all, base)
	hello := &parley.ClientInfo{RemoteAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	got, err := p.forClient(t.Context(), hello)
	if err != nil {
		t.Fatal(err)
	}
	last := len(got.CipherSuites) - 1
	if got.MinVersion != tls.VersionTLS10 || got.CipherSuites[last] != tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA || last != len(defaultNumbers()) {
		t.Errorf("version %x, suites %x", got.MinVersion, got.CipherSuites)
	}
	if want := (parley.Policy{Secure: parley.AnswerAccept, Reset: parley.AnswerAbort, Bare: parley.AnswerResumed, Restart: parley.AnswerAbort}); got.Policy != want {
		t.Errorf("%+v", got.Policy)
	}
	if again, _ := p.forClient(t.Context(), hello); again != got {
		t.Error("the same permissions make another Config")
	}
	second := &parley.SecondHello{Kind: parley.KindRestart, Default: parley.AnswerAbort}
	if a := got.Answer(t.Context(), second); a != parley.AnswerAbort {
		t.Errorf("without a certificate the answer is %s", a)
	}
	certificate := certificateFor(t, testKeys().ec)
	second.State.PeerCertificates = []*x509.Certificate{certificate.Leaf}
	all[2].Match.Certificate = []string{"parley, made at start"}
	if a := got.Answer(t.Context(), second); a != parley.AnswerAbort {
		t.Errorf("with a certificate that nobody vouches for it is %s", a)
	}
	second.State.VerifiedChains = append(second.State.VerifiedChains, second.State.PeerCertificates)
	if a := got.Answer(t.Context(), second); a != parley.AnswerIsolate {
		t.Errorf("with the certificate it is %s", a)
	}
	if base.MinVersion != tls.VersionTLS12 || base.CipherSuites != nil || !base.Policy.Strict {
		t.Error("what is everybody's was changed")
	}
}

func TestEndsOfPermissionsAreTold(t *testing.T) {
	day := time.Date(2026, 11, 27, 23, 0, 0, 0, time.UTC)
	for until, says := range map[string]string{"2026-11-26": "has ended", "2026-11-27": "ends soon", "2026-12-26": "ends soon", "2027-01-01": ""} {
		p, err := permitted(func(o *PermissionOptions) { o.Until, o.Restart = until, "isolate" }).Check()
		if err != nil {
			t.Fatal(err)
		}
		warnings := strings.Join(PermissionWarnings([]*Permission{p}, day), "\n")
		if !strings.Contains(warnings, says) || (says == "") != (warnings == "") {
			t.Errorf("until %s: %q", until, warnings)
		}
	}
}
