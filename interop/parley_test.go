//go:build interop

package interop

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"
)

// An answered client is one mode and what a policy that aborts says to it.
type answered struct {
	mode  Mode
	alert int // -1: the client, which reads in clear, cannot make out what it was
}

func TestParleyAbortsWhatItIsToldTo(t *testing.T) {
	server := parley(t, "--reset", "abort", "--restart", "abort", "--secure", "abort")
	for _, version := range Versions() {
		for _, want := range []answered{
			{ModeReset, alertHandshakeFailure},
			{ModeProper, alertHandshakeFailure},
			{ModeNewSSL, -1},
			{ModeClear, -1},
			{ModeConnect, -1},
		} {
			for _, protocol := range everyVersion {
				result := legacy(t, version, server, Case{Mode: want.mode, Version: protocol})
				if result.OK || result.Stage != "again" || result.FatalAlert(false) != want.alert && want.alert >= 0 {
					t.Errorf("%s %s: %v", version, protocol, result)
				}
			}
		}
	}
}

func TestParleyBindsAResetWithSessionsOff(t *testing.T) {
	server := parley(t, "--tickets", "off", "--session-ids", "off")
	for _, version := range Versions() {
		for _, c := range []Case{
			{Mode: ModeReset, Cycles: 5},
			{Mode: ModeReset, Cycles: 5, Resume: ResumeOff},
			{Mode: ModeReset, Cycles: 5, Resume: ResumeID},
		} {
			result := legacy(t, version, server, c)
			if !result.OK || !result.Handshakes[1].Resumed || result.Handshakes[1].How != "reset" {
				t.Errorf("%s %s: %v %v", version, c.Resume, result, result.Handshakes)
			}
		}
	}
}

// What crosses a hello, and what becomes of it at Parley. Echoes that were under
// way when the hello came end a client that does not read in its handshake, with
// any server; what came in one segment with the hello is answered after it.
func TestParleyAndDataThatCrossesAHello(t *testing.T) {
	server := parley(t, "--restart", "isolate")
	for _, version := range Versions() {
		for _, protocol := range everyVersion {
			for _, mode := range []Mode{ModeReset, ModeProper, ModeAbbreviated} {
				for _, c := range []Case{
					{Mode: mode, Before: 64, Cork: true},
					{Mode: mode, Before: 8000, Cork: true, Cycles: 5},
					{Mode: mode, After: 64},
					{Mode: mode, After: 100_000, Cycles: 5},
					{Mode: mode, Before: 64, Cork: true, After: 16 << 10, Cycles: 5},
				} {
					c.Version = protocol
					if result := legacy(t, version, server, c); !result.OK {
						t.Errorf("%s %s %s before=%d after=%d: %v", version, protocol, mode, c.Before, c.After, result)
					}
				}
			}
			for _, c := range []Case{
				{Mode: ModeProper, Before: 4 << 20, Drive: "read"},
				{Mode: ModeAbbreviated, Before: 4 << 20, Drive: "read", After: 1 << 16, Cycles: 5},
			} {
				c.Version = protocol
				if result := legacy(t, version, server, c); !result.OK {
					t.Errorf("%s %s %s before=%d after=%d: %v", version, protocol, c.Mode, c.Before, c.After, result)
				}
			}
		}
	}
}

func TestParleyTakesClientCertificates(t *testing.T) {
	cert, key := certFiles(t)
	server := parley(t, "--client-auth", "require", "--client-ca", cert)
	for _, version := range Versions() {
		for _, mode := range []Mode{ModeReset, ModeProper} {
			if result := legacy(t, version, server, Case{Mode: mode, Cert: cert, Key: key, Cycles: 3}); !result.OK {
				t.Errorf("%s %s: %v", version, mode, result)
			}
		}
	}
}

// OpenSSL 1.0.1 up to j still knows SSL 2.0; later builds begin as everyone does.
func TestParleyNamesAnSSL2Hello(t *testing.T) {
	server := parley(t)
	for _, version := range Versions() {
		result := legacy(t, version, server, Case{Mode: ModeReset, Version: "any", SSL2: true, Ciphers: "ALL:!aNULL"})
		old := version == OpenSSL101e || version == OpenSSL101j
		if old == result.OK || old && result.FatalAlert(false) != alertProtocolVersion {
			t.Errorf("%s: %v", version, result)
		}
	}
	if !server.Await("hello-ssl2", 5*time.Second) {
		t.Error("the log does not name the hello")
	}
}

func TestParleyAndJava(t *testing.T) {
	server := parley(t)
	for _, version := range []string{"TLSv1", "TLSv1.1", "TLSv1.2"} {
		for _, options := range [][]string{
			{"cycles=3", "connections=2", "weave=1"},
			{"cycles=1", "connections=2", "weave=0"},
			{"cycles=3", "weave=1", "bytes=200000"}, // woven data waits at the server, 256 KiB of it at most
		} {
			output, err := peers(t).Java(minute(t), server.Address, append(options, "version="+version)...)
			if err != nil {
				t.Errorf("%s %v: %v", version, options, err)
			} else if options[1] == "connections=2" && !strings.Contains(output, "resumed=1") {
				t.Errorf("%s: the second connection did not resume: %s", version, output)
			}
		}
	}
}

func TestParleyAndOpenSSL3(t *testing.T) {
	server := parley(t)
	for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
		if _, err := peers(t).SClient(minute(t), server.Address, 3, version); err != nil {
			t.Errorf("%s: %v", version, err)
		}
	}
	for _, version := range []string{"TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"} {
		output, err := peers(t).Python(minute(t), server.Address, "connections=2", "bytes=1000000", "version="+version)
		if err != nil || version != "TLSv1_3" && !strings.Contains(output, "resumed=1") {
			t.Errorf("%s: %v %s", version, err, output)
		}
	}
	for _, last := range []string{"1.2", "1.3"} {
		if err := peers(t).Curl(minute(t), server.Address, 100_000, "--tls-max", last); err != nil {
			t.Error(err)
		}
	}
}

// gnutls-cli with safe renegotiation off is a bare client: refused, it asks for ever, until Parley ends it.
func TestParleyAndGnuTLS(t *testing.T) {
	server := parley(t)
	for _, priority := range []string{gnutls12, gnutls12 + ":%UNSAFE_RENEGOTIATION", "NORMAL:-VERS-ALL:+VERS-TLS1.0:%UNSAFE_RENEGOTIATION"} {
		if _, err := peers(t).GnuTLS(minute(t), server.Address, priority); err != nil {
			t.Errorf("%s: %v", priority, err)
		}
	}
	if _, err := peers(t).GnuTLS(minute(t), server.Address, gnutls12+":%DISABLE_SAFE_RENEGOTIATION"); err == nil {
		t.Error("a renegotiation from before RFC 5746 was accepted")
	}
	resuming := parley(t, "--bare", "resumed")
	if _, err := peers(t).GnuTLS(minute(t), resuming.Address, gnutls12+":%DISABLE_SAFE_RENEGOTIATION"); err == nil {
		t.Error("a renegotiation from before RFC 5746 was accepted without its session")
	}
}

func TestParleyAndDeno(t *testing.T) {
	server := parley(t)
	if output, err := peers(t).Deno(minute(t), server.Address, "connections=2", "bytes=1000000"); err != nil {
		t.Errorf("%v %s", err, output)
	}
}

func TestParleyAndGo(t *testing.T) {
	server := parley(t)
	if err := goEcho(server.Address, tls.RenegotiateFreelyAsClient, 4); err != nil {
		t.Error(err)
	}
}
