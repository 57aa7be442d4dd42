package proxy

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/suite"
)

func TestSettingErrorsNameTheFlagTheValueAndWhatToDo(t *testing.T) {
	for _, test := range []struct {
		options     Options
		name, value string
		says        string
	}{
		{Options{Listen: "8443"}, "listen", "8443", ":PORT"},
		{Options{Listen: "127.0.0.1:http-no-such"}, "listen", "127.0.0.1:http-no-such", "0 to 65535"},
		{Options{Listen: "127.0.0.1:"}, "listen", "127.0.0.1:", "0 to 65535"},
		{Options{Listen: "127.0.0.1:65536"}, "listen", "127.0.0.1:65536", "0 to 65535"},
		{Options{Listen: "unix:"}, "listen", "unix:", "unix:/path"},
		{Options{Listen: "fd:"}, "listen", "fd:", "FileDescriptorName="},
		{Options{Listen: "fd:a:b"}, "listen", "fd:a:b", "without a colon"},
		{Options{Admin: "fd:admin"}, "admin", "fd:admin", "unix:PATH"},
		{Options{Backend: "localhost"}, "backend", "localhost", "HOST:PORT"},
		{Options{Backend: "localhost:0"}, "backend", "localhost:0", "port 0"},
		{Options{Keys: []string{"k.pem"}}, "key", "k.pem", "--cert"},
		{Options{Certs: []string{""}, Keys: []string{"k.pem"}}, "cert", "", "empty"},
		{Options{Certs: []string{"c.pem"}, Keys: []string{""}}, "key", "", "empty"},
		{Options{Secure: "yes"}, "secure", "yes", "accept, refuse or abort"},
		{Options{Reset: "trust"}, "reset", "trust", "accept, accept-full, refuse or abort"},
		{Options{Bare: "accept"}, "bare", "accept", "refuse, resumed, isolate, trust or abort"},
		{Options{Restart: "refuse"}, "restart", "refuse", "abort or isolate"},
		{Options{Reset: "accept-full"}, "reset", "accept-full", "CVE-2009-3555"},
		{Options{Bare: "trust"}, "bare", "trust", "--trust-from"},
		{Options{Bare: "isolate"}, "bare", "isolate", "--trust-from"},
		{Options{Reset: "accept-full", TrustFrom: []string{"10.0.0.0/8"}}, "reset", "accept-full", "--trust-until"},
		{Options{Bare: "trust", TrustFrom: []string{"10.0.0.0/8"}}, "bare", "trust", "--trust-until"},
		{Options{TrustFrom: []string{"10.0.0.0/8"}}, "trust-from", "10.0.0.0/8", "no answer"},
		{Options{TrustUntil: "2999-01-01"}, "trust-until", "2999-01-01", "no answer"},
		{Options{Bare: "isolate", TrustFrom: []string{"10.0.0.0"}, TrustUntil: "tomorrow"}, "trust-until", "tomorrow", "RFC 3339"},
		{Options{Bare: "isolate", TrustFrom: []string{"ten"}}, "trust-from", "ten", "prefix length"},
		{Options{Bare: "isolate", TrustFrom: []string{"0.0.0.0/0"}}, "trust-from", "0.0.0.0/0", "everybody"},
		{Options{Bare: "isolate", TrustFrom: []string{"10.1.1.1/8"}}, "trust-from", "10.1.1.1/8", "10.0.0.0/8"},
		{Options{MinVersion: "ssl3"}, "min-version", "ssl3", "1.0, 1.1, 1.2 or 1.3"},
		{Options{MaxVersion: "1.4"}, "max-version", "1.4", "1.0, 1.1, 1.2 or 1.3"},
		{Options{MinVersion: "1.3", MaxVersion: "1.2"}, "min-version", "1.3", "--max-version 1.2"},
		{Options{Suites: []string{"AES128-SHA,FAST-AND-SAFE"}}, "suites", "FAST-AND-SAFE", "IANA or OpenSSL names"},
		{Options{Suites: []string{"TLS_AES_128_GCM_SHA256"}}, "suites", "TLS_AES_128_GCM_SHA256", "leave it out"},
		{Options{Suites: []string{"DHE-RSA-AES128-SHA"}}, "suites", "DHE-RSA-AES128-SHA", "ECDHE or RSA"},
		{Options{Suites: []string{","}}, "suites", "", "empty"},
		{Options{ALPN: []string{strings.Repeat("x", 256)}}, "alpn", strings.Repeat("x", 20) + "...", "255"},
		{Options{ClientAuth: "maybe"}, "client-auth", "maybe", "none, request or require"},
		{Options{ClientAuth: "require"}, "client-auth", "require", "--client-ca"},
		{Options{InventoryKeep: "many"}, "inventory-keep", "many", "whole number"},
		{Options{InventoryKeep: "50001"}, "inventory-keep", "50001", "50000 at most"},
		{Options{InventoryKeep: "0", Inventory: "f"}, "inventory-keep", "0", "nothing to write"},
		{Options{ClientCA: "ca.pem"}, "client-ca", "ca.pem", "--client-auth"},
		{Options{Tickets: "no"}, "tickets", "no", "on or off"},
		{Options{SessionIDs: "yes"}, "session-ids", "yes", "on or off"},
		{Options{SendProxy: "v3", Backend: "b:1"}, "send-proxy", "v3", "v1, v2 or v2-cert"},
		{Options{SendProxy: "v1"}, "send-proxy", "v1", "--backend"},
		{Options{Truncation: "ignore"}, "truncation", "ignore", "reset or close"},
		{Options{HandshakeTimeout: "soon"}, "handshake-timeout", "soon", "30s"},
		{Options{HandshakeTimeout: "0s"}, "handshake-timeout", "0s", "turned off"},
		{Options{RenegotiateTimeout: "10"}, "renegotiate-timeout", "10", "unit"},
		{Options{IdleTimeout: "-1s"}, "idle-timeout", "-1s", "negative"},
		{Options{Drain: "x"}, "drain", "x", "30s"},
		{Options{UpgradeDrain: "forever"}, "upgrade-drain", "forever", "30s"},
		{Options{MaxConnections: "many"}, "max-connections", "many", "whole number"},
		{Options{LogFailures: "few"}, "log-failures", "few", "whole number"},
		{Options{MaxPerSource: "1.5"}, "max-per-source", "1.5", "whole number"},
		{Options{Lifetime: "-1h"}, "lifetime", "-1h", "negative"},
		{Options{Reload: "cut"}, "reload", "cut", "keep or drain"},
		{Options{MaxHandshakes: "0"}, "max-handshakes", "0", "nobody would be served"},
		{Options{RationSource: "9999999999"}, "ration-source", "9999999999", "up to 2147483647"},
		{Options{HandshakesPerSource: "10/s"}, "handshakes-per-source", "10/s", "whole number"},
		{Options{MaxConnections: "-1"}, "max-connections", "-1", "whole number"},
		{Options{AcceptProxy: []string{"all"}}, "accept-proxy", "all", "192.0.2.0/24"},
		{Options{AcceptProxy: []string{"0.0.0.0/0"}}, "accept-proxy", "0.0.0.0/0", "everybody"},
		{Options{AcceptProxy: []string{"unix"}}, "accept-proxy", "unix", "TCP"},
		{Options{Listen: "unix:/s", AcceptProxy: []string{"10.0.0.0/8"}}, "accept-proxy", "10.0.0.0/8", "Unix socket"},
		{Options{Admin: "127.0.0.1:1"}, "admin", "127.0.0.1:1", "unix:PATH"},
		{Options{AdminPprof: "on"}, "admin-pprof", "on", "--admin"},
		{Options{AdminPprof: "yes"}, "admin-pprof", "yes", "on or off"},
		{Options{Metrics: "9469"}, "metrics", "9469", "HOST:PORT"},
		{Options{Metrics: "unix:/run/m"}, "metrics", "unix:/run/m", "HOST:PORT"},
		{Options{LogFormat: "xml"}, "log-format", "xml", "text or json"},
		{Options{Profile: "retro"}, "profile", "retro", "modern, compatible or museum"},
		{Options{Profile: "modern", MaxVersion: "1.1"}, "max-version", "1.1", "TLS 1.2"},
		{Options{Profile: "modern", Reset: "accept"}, "reset", "accept", "RFC 5746"},
		{Options{Profile: "modern", Bare: "resumed"}, "bare", "resumed", "RFC 5746"},
		{Options{Profile: "modern", Restart: "isolate"}, "restart", "isolate", "RFC 5746"},
		{Options{LogLevel: "loud"}, "log-level", "loud", "debug, info, warn or error"},
	} {
		t.Run(test.name+" "+test.value, func(t *testing.T) {
			_, err := test.options.Check()
			var setting *SettingError
			if !errors.As(err, &setting) {
				t.Fatalf("the error is %v", err)
			}
			if setting.Name != test.name || setting.Value != test.value {
				t.Errorf("it is about %s %q", setting.Name, setting.Value)
			}
			for _, part := range []string{"--" + test.name, test.value, test.says} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestSettingsOfNoOptions(t *testing.T) {
	got, err := Options{}.Check()
	if err != nil {
		t.Fatal(err)
	}
	want := &Settings{Listen: Address{"tcp", DefaultListen}, Handshake: 10 * time.Second, Renegotiate: 30 * time.Second, Drain: 10 * time.Second, UpgradeDrain: 24 * time.Hour, KeepAlive: 5 * time.Minute, LogFailures: 10, InventoryKeep: 10000}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestSettingsOfOptions(t *testing.T) {
	got, err := Options{
		Listen: "[::1]:443", Backend: "unix:/b", Secure: "refuse", Reset: "accept-full", Bare: "resumed", Restart: "isolate",
		TrustFrom: []string{"192.0.2.0/24", "2001:db8::1"}, TrustUntil: "2999-12-31",
		MinVersion: "TLSv1", MaxVersion: "TLS 1.2", Suites: []string{"aes128-sha: TLS_RSA_WITH_RC4_128_SHA", "DES-CBC3-SHA"}, ALPN: []string{"mqtt,x"},
		ClientAuth: "request", ClientCA: "ca", Tickets: "off", SessionIDs: "off", AcceptProxy: []string{"10.0.0.0/8"}, SendProxy: "v2", Truncation: "close", KeyLog: "k",
		HandshakeTimeout: "5s", RenegotiateTimeout: "6s", IdleTimeout: "1h", MaxConnections: "7", MaxPerSource: "8", HandshakesPerSource: "9", Drain: "0", UpgradeDrain: "2h", Metrics: ":9", Admin: "unix:/a", AdminPprof: "on", LogFormat: "json", LogLevel: "debug", LogFailures: "7", Inventory: "clients", InventoryKeep: "77",
	}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if n := got.Trust.From; len(n) != 2 || n[0].String() != "192.0.2.0/24" || n[1].String() != "2001:db8::1/128" {
		t.Errorf("the networks are %v", n)
	}
	if until := time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC); !got.Trust.Until.Equal(until) {
		t.Errorf("trust ends at %v", got.Trust.Until)
	}
	got.Trust.From, got.Trust.Until = nil, time.Time{}
	want := &Settings{
		Listen: Address{"tcp", "[::1]:443"}, Backend: upstream.Single(upstream.Address{Network: "unix", Address: "/b"}, 2),
		Policy:     parley.Policy{Secure: parley.AnswerRefuse, Bare: parley.AnswerResumed, Restart: parley.AnswerIsolate},
		Trust:      Trust{Reset: parley.AnswerAcceptFull},
		MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12, Suites: []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_RC4_128_SHA, tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
		ALPN: []string{"mqtt", "x"}, ClientAuth: tls.VerifyClientCertIfGiven, ClientCA: "ca", NoTickets: true, NoSessionIDs: true,
		Balancers: Balancers{From: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, CloseTruncated: true, KeyLog: "k", MaxConnections: 7, MaxPerSource: 8, PerSecond: 9, Metrics: Address{"tcp", ":9"}, Admin: Address{"unix", "/a"}, AdminProfiles: true,
		Handshake: 5 * time.Second, Renegotiate: 6 * time.Second, Idle: time.Hour, KeepAlive: 5 * time.Minute, UpgradeDrain: 2 * time.Hour, LogJSON: true, LogLevel: slog.LevelDebug, LogFailures: 7, InventoryFile: "clients", InventoryKeep: 77,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n%+v\nnot\n%+v", got, want)
	}
}

func TestDefaultSuitesAndOneMore(t *testing.T) {
	s, err := Options{Suites: []string{"Default,DES-CBC3-SHA"}}.Check()
	if err != nil {
		t.Fatal(err)
	}
	last := len(s.Suites) - 1
	if last != len(suite.Default()) || s.Suites[0] != uint16(suite.Default()[0]) || s.Suites[last] != tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA {
		t.Errorf("%#x", s.Suites)
	}
}

func TestVersionsAsPeopleSpellThem(t *testing.T) {
	for word, want := range map[string]uint16{
		"1.0": tls.VersionTLS10, "TLSv1": tls.VersionTLS10, "TLSv1.0": tls.VersionTLS10, "tls1.1": tls.VersionTLS11,
		"TLS 1.2": tls.VersionTLS12, "tlsv1.2": tls.VersionTLS12, "TLS1_2": 0, "1.3": tls.VersionTLS13, "": 0, "SSLv3": 0, "2": 0,
	} {
		if got, err := parseVersion("min-version", word); got != want || (err == nil) != (want != 0 || word == "") {
			t.Errorf("%q is %#x, %v", word, got, err)
		}
	}
}

func TestTrustEndsAfterItsLastDay(t *testing.T) {
	s, err := Options{Bare: "trust", TrustFrom: []string{"10.0.0.0/8"}, TrustUntil: "2026-06-30"}.Check()
	if err != nil {
		t.Fatal(err)
	}
	for at, over := range map[string]bool{"2026-06-30T00:00:00Z": false, "2026-06-30T23:59:59Z": false, "2026-07-01T00:00:00Z": true} {
		now, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if s.Trust.over(now) != over {
			t.Errorf("at %s it is over: %v", at, !over)
		}
	}
}
