//go:build interop

package interop

import (
	"testing"
	"time"
)

// What the clients do is judged here against the servers they were made for.

const (
	alertUnexpectedMessage = 10
	alertHandshakeFailure  = 40
	alertProtocolVersion   = 70
)

// A refusal is what an OpenSSL server says to the founding client.
type refusal struct {
	version string
	reason  string // in the server's error queue
	alert   int
}

// The two faces of the founding case.
var refusals = []refusal{
	{"tls1", "scsv received when renegotiating", alertHandshakeFailure},
	{"tls1_1", "wrong version number", alertProtocolVersion},
	{"tls1_2", "wrong version number", alertProtocolVersion},
}

func TestOpenSSLRefusesAReset(t *testing.T) {
	for _, serving := range Versions() {
		server := rigServer(t, serving)
		for _, client := range Versions() {
			for _, want := range refusals {
				result := legacy(t, client, server, Case{Mode: ModeReset, Version: want.version})
				// 1.0.1e gives its alert the version of the record that it complains
				// about; the client then says the same of the alert.
				echoed := serving == OpenSSL101e && want.alert == alertProtocolVersion
				if result.OK || result.Stage != "again" || result.FatalAlert(echoed) != want.alert {
					t.Errorf("client %s, server %s, %s: %v", client, serving, want.version, result)
				}
			}
		}
		if !server.Await("closed conn=12 ", 5*time.Second) {
			t.Fatalf("server %s did not see every connection end: %s", serving, server.Output())
		}
		results, err := server.Results()
		if err != nil {
			t.Fatal(err)
		}
		for i, result := range results {
			want := refusals[i%len(refusals)]
			if !result.HasError(want.reason) || result.FatalAlert(true) != want.alert {
				t.Errorf("server %s, %s: %v; want %q", serving, want.version, result, want.reason)
			}
		}
	}
}

func TestOpenSSL3RefusesAReset(t *testing.T) {
	for _, client := range Versions() {
		for _, want := range refusals {
			server := sServer(t)
			result := legacy(t, client, server, Case{Mode: ModeReset, Version: want.version, Pattern: "lines"})
			if result.OK || result.Stage != "again" || result.FatalAlert(false) != want.alert {
				t.Errorf("client %s, %s: %v", client, want.version, result)
			}
			if !server.Await(want.reason, 5*time.Second) {
				t.Errorf("client %s, %s: s_server did not say %q: %s", client, want.version, want.reason, server.Output())
			}
		}
	}
}

func TestOpenSSLAcceptsAProperRenegotiation(t *testing.T) {
	for _, serving := range Versions() {
		server := rigServer(t, serving)
		for _, client := range Versions() {
			for _, mode := range []Mode{ModeProper, ModeAbbreviated} {
				result := legacy(t, client, server, Case{Mode: mode, Cycles: 3, Bytes: 100_000})
				if !result.OK || len(result.Handshakes) != 4 || result.Handshakes[3].How != string(mode) {
					t.Errorf("client %s, server %s, %s: %v", client, serving, mode, result)
				}
			}
		}
	}
}

func TestOpenSSLRefusesARestart(t *testing.T) {
	for _, serving := range Versions() {
		server := rigServer(t, serving)
		for _, client := range Versions() {
			for _, mode := range []Mode{ModeNewSSL, ModeClear, ModeConnect} {
				for _, version := range []string{"tls1", "tls1_2"} {
					result := legacy(t, client, server, Case{Mode: mode, Version: version})
					if result.OK || result.Stage != "again" || len(result.Handshakes) != 1 {
						t.Errorf("client %s, server %s, %s, %s: %v", client, serving, mode, version, result)
					}
				}
			}
		}
	}
}

func TestLargeMessagesDoNotDeadlock(t *testing.T) {
	server := rigServer(t, OpenSSL101j)
	for _, client := range Versions() {
		result := legacy(t, client, server, Case{Mode: ModeProper, Bytes: 4 << 20})
		if !result.OK || result.Received != 8<<20 {
			t.Errorf("client %s: %v", client, result)
		}
	}
}

func TestSecondConnectionResumes(t *testing.T) {
	for _, resume := range []Resume{ResumeID, ResumeTicket} {
		for _, client := range Versions() {
			server := rigServer(t, OpenSSL101j)
			result := legacy(t, client, server, Case{Mode: ModeProper, Resume: resume})
			if !result.OK || len(result.Handshakes) != 4 || !result.Handshakes[2].Resumed || result.Handshakes[2].How != "first" {
				t.Errorf("client %s, %s: %v %v", client, resume, result, result.Handshakes)
			}
		}
	}
}

func TestServerAsksForAHandshake(t *testing.T) {
	for _, serving := range Versions() {
		server := rigServer(t, serving, "hellorequest=1")
		for _, client := range Versions() {
			// One record at a time: OpenSSL 1.0 ends when much data crosses its HelloRequest.
			result := legacy(t, client, server, Case{Mode: ModeNone, Cycles: 3})
			if !result.OK || len(result.Handshakes) != 2 || result.Handshakes[1].How != "asked" {
				t.Errorf("client %s, server %s: %v %v", client, serving, result, result.Handshakes)
			}
		}
	}
}

func TestClientCertificate(t *testing.T) {
	cert, key := certFiles(t)
	for _, client := range Versions() {
		server := rigServer(t, OpenSSL102r, "verify=1")
		result := legacy(t, client, server, Case{Mode: ModeProper, Cert: cert, Key: key})
		if !result.OK || !server.Await("closed", 5*time.Second) {
			t.Fatalf("client %s: %v", client, result)
		}
		results, err := server.Results()
		if err != nil {
			t.Fatal(err)
		}
		for _, handshake := range results[0].Handshakes {
			if !handshake.Cert {
				t.Errorf("client %s showed no certificate: %v", client, handshake)
			}
		}
	}
}

// A crossing is data that meets a hello, and what two OpenSSLs make of it.
type crossing struct {
	name string
	c    Case
	ok   bool
	// the alert that ends the connection, and whether the client sends it
	alert int
	sent  bool
}

var crossings = []crossing{
	{"the echo crosses a proper hello, the client reads in the handshake", Case{Mode: ModeProper, Before: 64, Drive: "read"}, true, -1, false},
	{"the echo crosses a proper hello, the client does not read", Case{Mode: ModeProper, Before: 64}, false, alertUnexpectedMessage, true},
	{"the echo crosses the hello that came in its own segment", Case{Mode: ModeProper, Before: 64, Cork: true}, false, alertUnexpectedMessage, true},
	{"data behind a proper hello", Case{Mode: ModeProper, After: 64}, false, alertUnexpectedMessage, false},
}

func TestDataThatCrossesAHello(t *testing.T) {
	for _, client := range Versions() {
		server := rigServer(t, OpenSSL101j)
		for _, x := range crossings {
			result := legacy(t, client, server, x.c)
			if result.OK != x.ok || result.FatalAlert(x.sent) != x.alert {
				t.Errorf("client %s: %s: %v", client, x.name, result)
			}
		}
	}
}

func TestSilentServerIsATimeout(t *testing.T) {
	server := sServer(t) // a line that does not end is never echoed
	result := legacy(t, OpenSSL101j, server, Case{Mode: ModeNone, Pattern: "lines", Bytes: 1, Timeout: 1})
	if result.OK || result.Stage != "echo" || result.Reason != "timeout" {
		t.Errorf("%v", result)
	}
}
