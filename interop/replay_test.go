//go:build interop

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/replay"
	"github.com/parley-tls/parley/internal/wire"
)

const foundingCaptures = "../testdata/captures/"

// planOf makes the plan of a capture's connection.
func planOf(t *testing.T, name, key string) *replay.Plan {
	t.Helper()
	keys := dissect.NewKeyring()
	if key != "" {
		pem, err := os.ReadFile(key)
		if err == nil {
			err = keys.AddKey(filepath.Base(key), pem)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c, err := replay.Load(name, f, replay.LoadOptions{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	p, err := replay.Make(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func replayed(t *testing.T, p *replay.Plan, server *Server) *replay.Result {
	t.Helper()
	r, err := replay.Play(t.Context(), p, replay.Options{Address: server.Address, Speed: 1, Timeout: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// sharedCapture is what parley sanitize makes of a capture.
func sharedCapture(t *testing.T, name string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "shared.pcapng")
	c := exec.CommandContext(t.Context(), parleyBinary(t), "sanitize", name, "--key", foundingCaptures+"server.key", "-o", out)
	if text, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// The replay of the founding client gets from real OpenSSL servers the very alert of
// the capture, and from Parley a handshake that ends well: with the key, without one,
// and from a capture that was made fit for strangers.
func TestFoundingClientsReplay(t *testing.T) {
	const tls12, tls10, key = foundingCaptures + "founding-tls12.pcap", foundingCaptures + "founding-tls10.pcap", foundingCaptures + "server.key"
	serves := parley(t)
	for _, test := range []struct {
		name    string
		plan    *replay.Plan
		servers map[string]*Server
		alert   wire.Alert
	}{
		{"TLS 1.2 with its key", planOf(t, tls12, key), map[string]*Server{
			"1.0.1j": rigServer(t, OpenSSL101j), "1.0.2r": rigServer(t, OpenSSL102r), "3": openSSL3(t),
		}, wire.AlertProtocolVersion},
		{"TLS 1.2 without a key", planOf(t, tls12, ""), map[string]*Server{
			"1.0.1j": rigServer(t, OpenSSL101j), "3": openSSL3(t),
		}, wire.AlertProtocolVersion},
		{"TLS 1.2 from a sanitized capture", planOf(t, sharedCapture(t, tls12), ""), map[string]*Server{
			"1.0.1j": rigServer(t, OpenSSL101j), "3": openSSL3(t),
		}, wire.AlertProtocolVersion},
		{"TLS 1.0 with its key", planOf(t, tls10, key), map[string]*Server{
			"1.0.1j": rigServer(t, OpenSSL101j, "version=tls1"), "1.0.2r": rigServer(t, OpenSSL102r, "version=tls1"),
		}, wire.AlertHandshakeFailure},
		{"TLS 1.0 from a sanitized capture", planOf(t, sharedCapture(t, tls10), ""), map[string]*Server{
			"1.0.1j": rigServer(t, OpenSSL101j, "version=tls1"),
		}, wire.AlertHandshakeFailure},
	} {
		for name, server := range test.servers {
			r := replayed(t, test.plan, server)
			if r.Verdict.Status != replay.AsCaptured || r.Outcome.Alert == nil || r.Outcome.Alert.Alert != test.alert {
				t.Errorf("%s, OpenSSL %s: %s %+v", test.name, name, r.Verdict.Text, r.Remarks)
			}
		}
		if r := replayed(t, test.plan, serves); r.Verdict.Status != replay.Served || !r.Outcome.Beyond {
			t.Errorf("%s, Parley: %s", test.name, r.Verdict.Text)
		}
	}
}

// OpenSSL 3 limited to TLS 1.0 answers as its ancestor did.
func TestFoundingClientsReplayToOpenSSL3InTLS10(t *testing.T) {
	p := planOf(t, foundingCaptures+"founding-tls10.pcap", foundingCaptures+"server.key")
	r := replayed(t, p, sServer(t, "-max_protocol", "TLSv1"))
	if r.Verdict.Status != replay.AsCaptured || r.Outcome.Alert.Alert != wire.AlertHandshakeFailure {
		t.Errorf("%s %+v", r.Verdict.Text, r.Remarks)
	}
}

// Clients that do no harm are served as they were, also where the server asks.
func TestHealthyClientsReplay(t *testing.T) {
	proper := planOf(t, foundingCaptures+"proper-tls12.pcap", foundingCaptures+"server.key")
	for name, server := range map[string]*Server{"1.0.1j": rigServer(t, OpenSSL101j), "3": openSSL3(t), "Parley": parley(t)} {
		if r := replayed(t, proper, server); r.Verdict.Status != replay.Served || len(r.Live.Facts.SecondHellos) != 2 {
			t.Errorf("%s: %s %+v", name, r.Verdict.Text, r.Live.Facts.SecondHellos)
		}
	}
	asked := planOf(t, foundingCaptures+"hello-request-tls12.pcap", foundingCaptures+"server.key")
	r := replayed(t, asked, rigServer(t, OpenSSL101j, "hellorequest=1"))
	if r.Verdict.Status != replay.Served || len(r.Live.Facts.SecondHellos) == 0 || !r.Live.Facts.SecondHellos[0].Asked {
		t.Errorf("HelloRequest: %s %+v %+v", r.Verdict.Text, r.Remarks, r.Live.Facts.SecondHellos)
	}
}

// The captures that the rig made with OpenSSL 1.0.1j replay against it as they were:
// what failed fails by the same step, what was served is served.
func TestCapturesOfTheRigReplay(t *testing.T) {
	for _, c := range manifest(t) {
		if c.Server != string("OpenSSL "+OpenSSL101j) || c.File == "crossing.pcapng" { // whether data crosses is a matter of microseconds
			continue
		}
		t.Run(c.File, func(t *testing.T) {
			var options []string
			if c.Version == "SSL 3.0" {
				options = append(options, "version=ssl3")
			}
			if c.File == "hello-request.pcapng" {
				options = append(options, "hellorequest=1")
			}
			key := ""
			if c.Key != "" {
				key = filepath.Join(rigCaptures, c.Key)
			}
			p := planOf(t, filepath.Join(rigCaptures, c.File), key)
			r := replayed(t, p, rigServer(t, OpenSSL101j, options...))
			want := replay.Served
			if p.CaptureFailed {
				want = replay.AsCaptured
			}
			if r.Verdict.Status != want {
				t.Errorf("%s %+v", r.Verdict.Text, r.Remarks)
			}
		})
	}
}
