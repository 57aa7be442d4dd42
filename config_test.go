package parley_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func TestConfigsThatCannotWorkNameTheField(t *testing.T) {
	other := ca().issue("other", rsaKey())
	other.PrivateKey = ecdsaKey()
	_, modernOnly, _ := ed25519.GenerateKey(rand.Reader)
	for field, change := range map[string]func(*parley.Config){
		"Certificates: there is none":        func(c *parley.Config) { c.Certificates = nil },
		"Certificates[0]: its private key":   func(c *parley.Config) { c.Certificates = []tls.Certificate{other} },
		"Certificates[0]: it holds no":       func(c *parley.Config) { c.Certificates = []tls.Certificate{{}} },
		"Certificates: none has an RSA":      func(c *parley.Config) { c.Certificates = []tls.Certificate{ca().issue("x", modernOnly)} },
		"MinVersion: SSL 3.0":                func(c *parley.Config) { c.MinVersion = 0x0300 },
		"MaxVersion: TLS 1.1 is below":       func(c *parley.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS11 },
		"MaxVersion: 0x0305":                 func(c *parley.Config) { c.MaxVersion = 0x0305 },
		"CipherSuites: an empty":             func(c *parley.Config) { c.CipherSuites = []uint16{} },
		"CipherSuites: TLS_AES_128":          func(c *parley.Config) { c.CipherSuites = []uint16{tls.TLS_AES_128_GCM_SHA256} },
		"Curves: x448":                       func(c *parley.Config) { c.Curves = []tls.CurveID{30} },
		"Curves: none of these":              func(c *parley.Config) { c.Curves = []tls.CurveID{tls.X25519MLKEM768} },
		"ALPN: ":                             func(c *parley.Config) { c.ALPN = []string{""} },
		"Modern: it serves":                  func(c *parley.Config) { c.MaxVersion, c.Modern = tls.VersionTLS12, &tls.Config{} },
		"Modern: its MaxVersion":             func(c *parley.Config) { c.Modern = &tls.Config{MaxVersion: tls.VersionTLS12} },
		"ClientAuth: 17":                     func(c *parley.Config) { c.ClientAuth = 17 },
		"ClientAuth: RequireAndVerify":       func(c *parley.Config) { c.ClientAuth = tls.RequireAndVerifyClientCert },
		"Policy: Policy.reset: \"isolate\"":  func(c *parley.Config) { c.Policy.Reset = parley.AnswerIsolate },
		"TicketKeys: it has no key":          func(c *parley.Config) { c.TicketKeys = fixedKeys{} },
		"TicketKeys: key 0 was not made":     func(c *parley.Config) { c.TicketKeys = fixedKeys{{}} },
		"MaxHandshakes: -1 is negative":      func(c *parley.Config) { c.MaxHandshakes = -1 },
		"HandshakeTimeout: -1s is negative":  func(c *parley.Config) { c.HandshakeTimeout = -time.Second },
		"RenegotiateTimeout: -1s is negativ": func(c *parley.Config) { c.RenegotiateTimeout = -time.Second },
	} {
		_, err := parley.Listen("tcp", "127.0.0.1:0", server(change))
		if err == nil || !strings.HasPrefix(err.Error(), "parley: Config."+field) {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestForClientChoosesByTheHello(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		one, two := server(), server(func(c *parley.Config) {
			c.Certificates = []tls.Certificate{ca().issue("two.test", ecdsaKey())}
		})
		l := listen(t, &parley.Config{ForClient: func(ctx context.Context, info *parley.ClientInfo) (*parley.Config, error) {
			if _, bounded := ctx.Deadline(); !bounded || info.RemoteAddr == nil || len(info.JA3) != 32 || len(info.JA4) != 36 {
				t.Errorf("asked with %+v", info)
			}
			switch info.ServerName {
			case "parley.test":
				return one, nil
			case "two.test":
				return two, nil
			}
			return nil, errors.New("who is " + info.ServerName)
		}})
		serveEcho(t, l)
		for _, name := range []string{"parley.test", "two.test"} {
			with.ServerName = name
			c := dial(t, l, with)
			echoes(t, c, 10)
			c.Close()
		}
		with.ServerName = "three.test"
		if c, err := tls.Dial("tcp", l.Addr().String(), with); err == nil {
			c.Close()
			t.Error("three.test was served")
		}
	})
}

func TestForClientMaySayWhichAlertRefuses(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		l := listen(t, &parley.Config{ForClient: func(context.Context, *parley.ClientInfo) (*parley.Config, error) {
			return nil, fmt.Errorf("not here: %w", &parley.Error{Alert: 112, Reason: "nobody is called so"})
		}})
		serveEcho(t, l)
		if _, err := tls.Dial("tcp", l.Addr().String(), with); err == nil || !strings.Contains(err.Error(), "unrecognized name") {
			t.Errorf("%v", err)
		}
	})
}

func TestGetCertificateSeesWhatCryptoTLSWouldShow(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		certificate := ca().issue("parley.test", ecdsaKey())
		l := listen(t, &parley.Config{GetCertificate: func(info *parley.ClientInfo) (*tls.Certificate, error) {
			hello := info.TLS()
			if hello.ServerName != "parley.test" || hello.Context() == nil || hello.Context().Err() != nil || hello.Conn.RemoteAddr() == nil {
				t.Errorf("it sees %+v", hello)
			}
			if err := hello.SupportsCertificate(&certificate); err != nil {
				t.Error(err)
			}
			return &certificate, nil
		}})
		serveEcho(t, l)
		echoes(t, dial(t, l, with), 10)
	})
}

func TestCertificatesAreChosenByNameAndKey(t *testing.T) {
	l := listen(t, server(func(c *parley.Config) {
		c.MaxVersion = tls.VersionTLS12
		c.Certificates = []tls.Certificate{
			ca().issue("parley.test", rsaKey()), ca().issue("two.test", ecdsaKey()), ca().issue("two.test", rsaKey()),
		}
	}))
	serveEcho(t, l)
	for _, test := range []struct {
		ask     string
		suite   uint16
		want    string
		wantKey string
	}{
		{"parley.test", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "parley.test", "RSA"},
		{"two.test", tls.TLS_RSA_WITH_AES_128_CBC_SHA, "two.test", "RSA"},
		{"two.test", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "two.test", "ECDSA"},
		{"unknown.test", tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, "parley.test", "RSA"},
		{"unknown.test", tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "two.test", "ECDSA"},
	} {
		c := dial(t, l, client(func(c *tls.Config) {
			c.ServerName, c.CipherSuites, c.InsecureSkipVerify = test.ask, []uint16{test.suite}, true
		}))
		leaf := c.ConnectionState().PeerCertificates[0]
		if leaf.Subject.CommonName != test.want || leaf.PublicKeyAlgorithm.String() != test.wantKey {
			t.Errorf("asked for %s with %x, got %s, %s", test.ask, test.suite, leaf.Subject.CommonName, leaf.PublicKeyAlgorithm)
		}
	}
}

// A signOnly key is one that an HSM keeps: it signs and decrypts nothing.
type signOnly struct{ crypto.Signer }

func (s signOnly) Public() crypto.PublicKey { return s.Signer.Public() }

func TestADecrypterThatErrsLooksLikeABadPremaster(t *testing.T) {
	certificate := ca().issue("parley.test", rsaKey())
	certificate.PrivateKey = signOnly{rsaKey()}
	failed := make(chan parley.Event, 1)
	l := listen(t, server(func(c *parley.Config) {
		c.Certificates = []tls.Certificate{certificate}
		c.Events = func(e parley.Event) {
			if e.Name == parley.EventHandshakeFailed {
				failed <- e
			}
		}
	}))
	c, err := tls.Dial("tcp", l.Addr().String(), client(func(c *tls.Config) { c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA} }))
	if err == nil {
		c.Close()
		t.Fatal("the handshake went well")
	}
	if e := <-failed; !strings.Contains(e.Detail.(parley.FailureDetail).Reason, "does not open") && e.Finding != "record-mac" {
		t.Errorf("it failed with %+v", e)
	}
	// An ephemeral key exchange needs a signature only.
	serveEcho(t, l)
	echoes(t, dial(t, l, client()), 10)
}

// A client that writes the version agreed on into its premaster secret is served
// where that is put up with, and nowhere else; the State tells of it.
func TestAPremasterWithTheNegotiatedVersionIsServedWhereThatIsSet(t *testing.T) {
	for _, lenient := range []bool{false, true} {
		for _, adapts := range []bool{false, true} {
			l := listen(t, server(func(c *parley.Config) {
				c.MaxVersion, c.LenientPremaster = tls.VersionTLS10, lenient
				c.VerifyConnection = func(s parley.State) error {
					if s.LenientPremaster != adapts {
						t.Errorf("adapts %v, and the state is %+v", adapts, s)
					}
					return nil
				}
			}))
			serveEcho(t, l)
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			c := legacyclient.New(conn, legacyclient.Options{
				Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA},
				Premaster: func(secret []byte) {
					if adapts {
						secret[0], secret[1] = 3, 1
					}
				},
			})
			err = c.Handshake()
			if served := err == nil; served != (lenient || !adapts) {
				t.Errorf("lenient %v, adapts %v: %v", lenient, adapts, err)
			}
			conn.Close()
		}
	}
}

func TestAFallbackFromTLS13IsRefused(t *testing.T) {
	l := listen(t, server())
	serveEcho(t, l)
	// TLS 1.3 counts as served here, though by another engine.
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := legacyclient.New(conn, legacyclient.Options{Hello: func(h *wire.ClientHello) {
		h.CipherSuites = append(h.CipherSuites, wire.SuiteFallbackSCSV)
	}})
	err = c.Handshake()
	if alert, ok := legacyclient.AlertOf(err); !ok || alert != wire.AlertInappropriateFallback {
		t.Errorf("a fallback from TLS 1.3 gives %v", err)
	}
}

func TestKeyLogHasALineForEveryHandshake(t *testing.T) {
	var log lockedBuffer
	l := listen(t, server(func(c *parley.Config) { c.KeyLog = &log }))
	serveEcho(t, l)
	c := legacy(t, l, legacyclient.Options{})
	if err := misbehaviour(t, "proper").Run(c); err != nil {
		t.Fatal(err)
	}
	echoes(t, c, 10)
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[1], "CLIENT_RANDOM ") {
		t.Errorf("logged %q", lines)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestBothSidesExportTheSame(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, c := pair(t, server(), with)
		ours, err := s.ExportKeyingMaterial("EXPERIMENTAL parley", []byte("context"), 32)
		if err != nil {
			t.Fatal(err)
		}
		cs := c.ConnectionState()
		theirs, err := cs.ExportKeyingMaterial("EXPERIMENTAL parley", []byte("context"), 32)
		if err != nil || !bytes.Equal(ours, theirs) {
			t.Errorf("the exports differ, %v", err)
		}
	})
	l := listen(t, server())
	legacy(t, l, legacyclient.Options{})
	if _, err := accept(t, l).ExportKeyingMaterial("EXPERIMENTAL parley", nil, 32); err == nil {
		t.Error("exported without Extended Master Secret")
	}
}

func TestAnswerMayChangeThePolicysAnswer(t *testing.T) {
	asked := make(chan *parley.SecondHello, 10)
	l := listen(t, server(func(c *parley.Config) {
		c.Answer = func(_ context.Context, h *parley.SecondHello) parley.Answer {
			asked <- h
			if h.Count == 1 {
				return parley.AnswerRefuse
			}
			return h.Default
		}
	}))
	serveEcho(t, l)
	c := legacy(t, l, legacyclient.Options{})
	echoes(t, c, 100)
	m := misbehaviour(t, "proper")
	if err := m.Run(c); !errors.Is(err, legacyclient.ErrRefused) {
		t.Errorf("the first: %v", err)
	}
	if err := m.Run(c); err != nil {
		t.Errorf("the second: %v", err)
	}
	h := <-asked
	if h.Kind != parley.KindSecure || h.Default != parley.AnswerAccept || h.FromClient != 100 || h.ToClient != 100 || h.State.Version != tls.VersionTLS12 || h.Hello == nil {
		t.Errorf("asked about %+v", h)
	}
}
