package config

import (
	"crypto/tls"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// settingsOf reads a text that is right.
func settingsOf(t *testing.T, text string) []*proxy.Settings {
	t.Helper()
	d, err := Parse("/etc/parley/parley.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Settings()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEveryKeySaysWhatItsFlagSays(t *testing.T) {
	got := settingsOf(t, `
listeners:
  - name: terminals
    listen: "[::1]:443"
    backend: unix:/b
    profile: compatible
    certificates:
      - {cert: a.crt, key: a.key}
      - cert: /keys/b.pem
    client_auth: {mode: request, ca: ca.crt}
    limits: {max_connections: 7, max_per_source: 8, handshakes_per_source: 9, max_handshakes: 10, ration_connection: 11, ration_connection_per_second: 12, ration_source: 13, ration_source_per_second: 14, handshake_timeout: 5s, renegotiate_timeout: 6s, idle_timeout: 1h, lifetime: 2h, keepalive: 3m}
    secure: refuse
    reset: refuse
    bare: resumed
    restart: isolate
    min_version: 1.0
    max_version: 1.2
    suites: [AES128-SHA, DES-CBC3-SHA]
    alpn: mqtt
    tickets: off
    session_ids: off
    accept_proxy: 192.0.2.1
    send_proxy: v2
    truncation: close
metrics: 127.0.0.1:9469
log: {format: json, level: debug, failures: 7}
key_log: keys
drain: 0s
reload: drain
max_connections: 70
`)
	want, err := proxy.Options{
		Name: "terminals", Listen: "[::1]:443", Backend: "unix:/b", Profile: "compatible",
		Certs: []string{"/etc/parley/a.crt", "/keys/b.pem"}, Keys: []string{"/etc/parley/a.key"}, ClientAuth: "request", ClientCA: "/etc/parley/ca.crt",
		MaxConnections: "7", MaxHandshakes: "10", RationConnection: "11", RationConnectionPerSecond: "12", RationSource: "13", RationSourcePerSecond: "14", HandshakeTimeout: "5s", RenegotiateTimeout: "6s", IdleTimeout: "1h", Lifetime: "2h", KeepAlive: "3m", Reload: "drain", MaxInAll: "70",
		Secure: "refuse", Reset: "refuse", Bare: "resumed", Restart: "isolate", MinVersion: "1.0", MaxVersion: "1.2",
		Suites: []string{"AES128-SHA", "DES-CBC3-SHA"}, ALPN: []string{"mqtt"}, Tickets: "off", SessionIDs: "off", AcceptProxy: []string{"192.0.2.1"}, MaxPerSource: "8", HandshakesPerSource: "9", SendProxy: "v2", Truncation: "close", Metrics: "127.0.0.1:9469",
		LogFormat: "json", LogLevel: "debug", LogFailures: "7", KeyLog: "/etc/parley/keys", Drain: "0s",
	}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("\n%+v\nnot\n%+v", got[0], want)
	}
}

func TestSeveralListenersHaveNamesAndShareWhatIsCommon(t *testing.T) {
	all := settingsOf(t, "listeners:\n  - listen: :1\n  - {listen: :2, name: b}\n  - listen: unix:/s\ndrain: 3s\n")
	for i, name := range []string{":1", "b", "unix:/s"} {
		if all[i].Name != name || all[i].Drain != 3*time.Second {
			t.Errorf("listener %d is %+v", i, all[i])
		}
	}
}

func TestProfiles(t *testing.T) {
	all := settingsOf(t, "listeners:\n  - {listen: :1, profile: modern}\n  - {listen: :2, profile: compatible}\n  - {listen: :3, profile: museum}\n  - {listen: :4, profile: modern, suites: AES128-SHA, min_version: 1.3}\n")
	modern, compatible, museum, own := all[0], all[1], all[2], all[3]
	if modern.MinVersion != tls.VersionTLS12 || !modern.Policy.Strict || len(modern.Suites) == 0 {
		t.Errorf("modern is %+v", modern)
	}
	for _, id := range modern.Suites {
		if s := suite.ByID(wire.SuiteID(id)); s.KeyExchange != suite.KeyExchangeECDHE || s.MAC != suite.MACNone {
			t.Errorf("modern has %s", s)
		}
	}
	if compatible.MinVersion != 0 || compatible.Suites != nil || compatible.Policy != (parley.Policy{}) {
		t.Errorf("compatible is %+v", compatible)
	}
	if museum.MinVersion != 0 || len(museum.Suites) != len(suite.All()) || museum.Policy.Strict {
		t.Errorf("museum is %+v", museum)
	}
	if len(own.Suites) != 1 || own.MinVersion != tls.VersionTLS13 {
		t.Errorf("what is written beside a profile gives way: %+v", own)
	}
}

func TestTheMarkStandsWhereItShouldBehindAPassword(t *testing.T) {
	line := "sessions: {store: 'valkey://me:hunter2@a', tickets: x}"
	excerpt := around([]string{line}, 1, strings.Index(line, "tickets")+1)
	if len(excerpt) != 2 || strings.Index(excerpt[0], "tickets") != strings.Index(excerpt[1], "^") {
		t.Errorf("%q", excerpt)
	}
}

// A password that stands in the file where it should not, or wrongly, is in no error.
func TestPasswordsAreInNoError(t *testing.T) {
	for _, text := range []string{
		"listeners:\n  - listen: :1\nsessions:\n  store: redis://me:hunter2@a\n",
		"listeners:\n  - listen: :1\nsessions:\n  store: valkey://me:hunter2@a\n  stor: x\n",
		"listeners:\n  - listen: :1\nsessions: {store: 'valkey://me:hunter2@a', ticket_key_files: k, store_password_file: f}\n",
	} {
		d, err := Parse("f", []byte(text))
		if err == nil {
			_, err = d.Settings()
		}
		if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "://...@a") {
			t.Errorf("%v", err)
		}
	}
}
