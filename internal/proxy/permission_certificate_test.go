package proxy

import (
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"testing"

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
