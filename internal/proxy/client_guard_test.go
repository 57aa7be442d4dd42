package proxy

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// An office is an authority of clients, with the files that a server reads.
type office struct {
	t    *testing.T
	root *x509.Certificate
	ca   string
	crl  string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, crl: filepath.Join(t.TempDir(), "clients.crl")}
	o.root = issue(t, "the office", nil, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign|x509.KeyUsageCRLSign
	})
	o.ca = writeFile(t, "ca.pem", certBlock(o.root.Raw))
	o.revoke(time.Hour)
	return o
}

// employ makes the certificate of a client.
func (o *office) employ(name string, serial int64) tls.Certificate {
	c := issue(o.t, name, o.root, func(c *x509.Certificate) {
		c.SerialNumber, c.ExtKeyUsage = big.NewInt(serial), []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	})
	return tls.Certificate{Certificate: [][]byte{c.Raw}, PrivateKey: testKeys().ec}
}

// revoke writes the list of all that are revoked.
func (o *office) revoke(holds time.Duration, serials ...int64) {
	o.t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-24 * time.Hour), NextUpdate: time.Now().Add(holds)}
	for _, n := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, o.root, testKeys().ec)
	if err != nil {
		o.t.Fatal(err)
	}
	if err := os.WriteFile(o.crl, pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der}), 0o600); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) options() Options {
	return Options{ClientAuth: "require", ClientCA: o.ca, ClientCRLs: []string{o.crl}}
}

// calls is a client of crypto/tls that shows a certificate; it says why it is not
// served, and whether its session was resumed.
func (d *daemon) calls(version uint16, certificate tls.Certificate, cache tls.ClientSessionCache) (resumed bool, err error) {
	conn, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{
		InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, ServerName: "proxy.example", ClientSessionCache: cache,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil },
	})
	if err != nil {
		return false, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return false, err
	}
	if _, err := conn.Write([]byte("x")); err != nil {
		return false, err
	}
	_, err = conn.Read(make([]byte, 1))
	return conn.ConnectionState().DidResume, err
}

func TestTheRevokedAreTurnedAwayByReloadThoughTheyHaveASession(t *testing.T) {
	eachVersion(t, func(t *testing.T, version uint16) {
		o := newOffice(t)
		d := serve(t, o.options())
		good, bad := o.employ("good", 2), o.employ("bad", 3)
		cache := tls.NewLRUClientSessionCache(1)
		for n := range 2 {
			if resumed, err := d.calls(version, bad, cache); err != nil || resumed != (n == 1) {
				t.Fatalf("before it was revoked: resumed is %v, %v", resumed, err)
			}
		}
		o.revoke(time.Hour, 3)
		if err := groupOf(d).Reload([]*Settings{d.by()}); err != nil {
			t.Fatal(err)
		}
		for n, shows := range []tls.ClientSessionCache{cache, nil} {
			if _, err := d.calls(version, bad, shows); err == nil {
				t.Error("it is served")
			}
			line := d.log.wait(t, "handshake failed", n+1)
			if text, _ := line["error"].(string); line["ended"] != "client-cert-revoked" || !strings.Contains(text, "CN=bad, serial number 3, was revoked") {
				t.Errorf("%v", line)
			}
		}
		if _, err := d.calls(version, good, nil); err != nil {
			t.Errorf("another client: %v", err)
		}
		wantsCertificate(t, d.log.wait(t, "connection", 3), "CN=good", "2")
	})
}

// wantsCertificate wants a line to say whose certificate the client showed.
func wantsCertificate(t *testing.T, line map[string]any, subject, serial string) {
	t.Helper()
	shown, _ := line["client_cert"].(map[string]any)
	if sum, _ := shown["sha256"].(string); shown["subject"] != subject || shown["serial"] != serial || len(sum) != sumShown {
		t.Errorf("%v", line)
	}
}

// A renegotiation asks the lists of now, and not those that the connection began with.
func TestARenegotiationIsHeldToTheNewestLists(t *testing.T) {
	o := newOffice(t)
	d := serve(t, o.options())
	m := named(t, "proper")
	shows := o.employ("bad", 3)
	c := d.legacy(t, m, legacyclient.Options{Version: wire.VersionTLS12, Certificate: &shows})
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	o.revoke(time.Hour, 3)
	if err := groupOf(d).Reload([]*Settings{d.by()}); err != nil {
		t.Fatal(err)
	}
	if err := c.Echo([]byte("open connections go on")); err != nil {
		t.Fatal(err)
	}
	var alert *legacyclient.AlertError
	if err := m.Run(c); !errors.As(err, &alert) || alert.Alert != wire.AlertCertificateRevoked {
		t.Errorf("%v", err)
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "client-cert-revoked"})
}

func TestClientsWithoutAPresentListAreServedOnlyIfThatIsAccepted(t *testing.T) {
	o := newOffice(t)
	o.revoke(-time.Hour, 3)
	good, bad := o.employ("good", 2), o.employ("bad", 3)
	for word, serves := range map[string]bool{"": false, "refuse": false, "accept": true} {
		t.Run(word, func(t *testing.T) {
			options := o.options()
			options.ClientCRLExpired = word
			d := serve(t, options)
			d.log.wait(t, "a revocation list has expired: clients with a certificate of this issuer are "+map[bool]string{false: "refused", true: "served, though it may have been revoked since"}[serves], 1)
			if _, err := d.calls(tls.VersionTLS12, good, nil); (err == nil) != serves {
				t.Errorf("%v", err)
			}
			if _, err := d.calls(tls.VersionTLS12, bad, nil); err == nil {
				t.Error("the revoked one is served")
			}
			const warning = "clients are served though the revocation list of their issuer has expired: they may have been revoked since"
			if serves {
				d.log.wait(t, warning, 1)
				if _, err := d.calls(tls.VersionTLS13, good, nil); err != nil {
					t.Error(err)
				}
			}
			if n := len(d.log.all(t, warning)); n > 1 || n == 1 != serves {
				t.Errorf("it is told %d times", n)
			}
			if !serves {
				wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "client-cert-unchecked"})
			}
		})
	}
}

func TestOnlyTheAllowedAreServed(t *testing.T) {
	eachVersion(t, func(t *testing.T, version uint16) {
		o := newOffice(t)
		d := serve(t, Options{ClientAuth: "request", ClientCA: o.ca, ClientAllow: []string{"good"}})
		if _, err := d.calls(version, o.employ("good", 2), nil); err != nil {
			t.Error(err)
		}
		if _, err := d.calls(version, tls.Certificate{}, nil); err != nil {
			t.Errorf("who is asked and shows none: %v", err)
		}
		if _, err := d.calls(version, o.employ("bad", 3), nil); err == nil {
			t.Error("it is served")
		}
		wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "client-cert-not-allowed"})
	})
}

// That the guard is asked does not let another client take the connection over: both
// may connect, each on a connection of its own.
func TestNobodyTakesAConnectionOverWhereTheGuardStands(t *testing.T) {
	o := newOffice(t)
	options := o.options()
	options.ClientAllow = []string{"first", "second"}
	d := serve(t, options)
	first, second := o.employ("first", 2), o.employ("second", 3)
	m := named(t, "proper")
	c := d.legacy(t, m, legacyclient.Options{Version: wire.VersionTLS12, Certificate: &first})
	c.Configure(func(o *legacyclient.Options) { o.Certificate = &second })
	if err := m.Run(c); err == nil {
		t.Error("the second client has the first one's connection")
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "reneg-identity-changed"})
	wantsCertificate(t, d.log.wait(t, "connection", 1), "CN=first", "2")
}

func TestListsThatCannotBeReadChangeNothing(t *testing.T) {
	o := newOffice(t)
	d := serve(t, o.options())
	if err := os.WriteFile(o.crl, []byte("<html>404</html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := groupOf(d).Reload([]*Settings{d.by()}); err == nil || !strings.Contains(err.Error(), o.crl+": there is no revocation list in this file") {
		t.Errorf("%v", err)
	}
	if _, err := d.calls(tls.VersionTLS13, o.employ("good", 2), nil); err != nil {
		t.Error(err)
	}
	if files := strings.Join(filesOf([]*Settings{d.by()}), " "); !strings.Contains(files, o.crl) {
		t.Errorf("watched are %s", files)
	}
}

func TestWhatIsAskedOfClientsIsChecked(t *testing.T) {
	for _, test := range []struct {
		options    Options
		name, says string
	}{
		{Options{ClientCRLs: []string{"a"}}, "client-crl", "no client is asked"},
		{Options{ClientAllow: []string{"a"}}, "client-allow", "no client is asked"},
		{Options{ClientAuth: "require", ClientCA: "ca", ClientCRLs: []string{""}}, "client-crl", "empty"},
		{Options{ClientAuth: "require", ClientCA: "ca", ClientAllow: []string{"*.example"}}, "client-allow", "no pattern"},
		{Options{ClientAuth: "require", ClientCA: "ca", ClientCRLExpired: "accept"}, "client-crl-expired", "there is no revocation list"},
		{Options{ClientAuth: "require", ClientCA: "ca", ClientCRLs: []string{"a"}, ClientCRLExpired: "warn"}, "client-crl-expired", ""},
	} {
		var wrong *SettingError
		if _, err := test.options.Check(); !errors.As(err, &wrong) || wrong.Name != test.name || !strings.Contains(wrong.Problem, test.says) {
			t.Errorf("%v", err)
		}
	}
}
