package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// What a certificate permits is given to the client that proves it, by its name
// or by its sum, and to nobody else: not to another one of the same authority,
// and not to one that shows none.
func TestACertificatePermitsItsOwnerAlone(t *testing.T) {
	device, other := clientCertificate(t, "device 7"), clientCertificate(t, "device 8")
	ca := writeFile(t, "ca.pem", certBlock(device.Certificate[0]), certBlock(other.Certificate[0]))
	sum := strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(device.Certificate[0])), " ", ":") // as openssl prints it
	for _, meant := range []string{"device 7", sum} {
		for habit, answer := range map[string]string{"reset-full": "accept-full", "bare": "trust"} {
			d := serve(t, Options{ClientAuth: "request", ClientCA: ca}, permitted(func(o *PermissionOptions) {
				o.From, o.Certificate = nil, []string{meant}
				if habit == "bare" {
					o.Bare = answer
				} else {
					o.Reset = answer
				}
			}))
			for n, c := range []struct {
				who   string
				shows *tls.Certificate
				used  bool
			}{{"its owner", &device, true}, {"another", &other, false}, {"nobody", nil, false}} {
				t.Run(habit+" by "+c.who, func(t *testing.T) {
					line := d.misbehaves(t, habit, legacyclient.Options{Version: wire.VersionTLS12, Certificate: c.shows}, n+1)
					hello := second(t, line)
					if (hello["answer"] == "accept") != c.used || (hello["outcome"] == "done") != c.used || (line["permissions"] != nil) != c.used {
						t.Errorf("%v", line)
					}
				})
			}
			if e := d.uses.Of("near"); e.Uses != 1 || e.Grants[strings.TrimSuffix(habit, "-full")+" "+answer] != 1 {
				t.Errorf("%+v", e)
			}
		}
	}
}

// misbehaves is a client with a habit, from its handshake to its end; it gives the
// n-th line.
func (d *daemon) misbehaves(t *testing.T, habit string, o legacyclient.Options, n int) map[string]any {
	t.Helper()
	m := named(t, habit)
	c := d.legacy(t, m, o)
	err := m.Run(c)
	var alert *legacyclient.AlertError
	if err != nil && !errors.Is(err, legacyclient.ErrRefused) && !errors.As(err, &alert) {
		t.Fatal(err)
	}
	_ = c.Close() // a client that was refused may be gone
	return d.log.wait(t, "connection", n)
}

// A permission for certificates takes nothing from clients that are trusted already.
func TestTrustStaysBesideAPermissionForCertificates(t *testing.T) {
	trust := Trust{From: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Bare: parley.AnswerTrust}
	base := &parley.Config{Answer: (&truster{trust: trust, log: slog.New(slog.DiscardHandler), now: time.Now}).answer}
	p := newPermitter([]*Permission{{Name: "by certificate", Match: Match{Certificate: []string{"pay.example"}}, Grant: Grant{Bare: parley.AnswerResumed}}}, base)
	for from, want := range map[string]parley.Answer{"192.0.2.7:4711": parley.AnswerTrust, "198.51.100.7:4711": parley.AnswerAbort} {
		client := &parley.ClientInfo{RemoteAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(from))}
		config, err := p.forClient(t.Context(), client)
		if err != nil || config == nil {
			t.Fatal(config, err)
		}
		if got := config.Answer(t.Context(), &parley.SecondHello{Kind: parley.KindBare, Default: parley.AnswerAbort, Hello: client}); got != want {
			t.Errorf("%s gets %s, not %s", from, got, want)
		}
	}
}
