package parley_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

func showing(certificate tls.Certificate) func(*tls.Config) {
	return func(c *tls.Config) {
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	}
}

func requiring(c *parley.Config) {
	c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca().pool()
}

func TestClientCertificatesAreVerified(t *testing.T) {
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	serverOnly := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }
	stranger := newAuthority() // of the same name
	for _, test := range []struct {
		name    string
		show    tls.Certificate
		finding string // empty: it is accepted
	}{
		{"ECDSA", ca().issue("client", ecdsaKey()), ""},
		{"RSA", ca().issue("client", rsaKey()), ""},
		{"none", tls.Certificate{}, "client-cert-missing"},
		{"expired", ca().issue("client", ecdsaKey(), expired), "client-cert-refused"},
		{"for servers only", ca().issue("client", ecdsaKey(), serverOnly), "client-cert-refused"},
		{"of a stranger", stranger.issue("client", ecdsaKey()), "client-cert-refused"},
	} {
		for version := uint16(tls.VersionTLS10); version <= tls.VersionTLS13; version++ {
			t.Run(test.name+", "+tls.VersionName(version), func(t *testing.T) {
				failed := make(chan parley.Event, 1)
				l := listen(t, server(requiring, func(c *parley.Config) {
					c.Events = func(e parley.Event) {
						if e.Name == parley.EventHandshakeFailed {
							failed <- e
						}
					}
				}))
				serveEcho(t, l)
				c, err := tls.Dial("tcp", l.Addr().String(), client(showing(test.show), func(c *tls.Config) { c.MaxVersion = version }))
				if test.finding != "" {
					if err == nil { // a client of TLS 1.3 is done before we have seen its certificate
						_, err = c.Read(make([]byte, 1))
						c.Close()
					}
					if err == nil {
						t.Fatal("it was accepted")
					}
					if e := <-failed; e.Finding != test.finding {
						t.Errorf("it failed with %q: %+v", e.Finding, e.Detail)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				echoes(t, c, 1000)
				c.Close()
			})
		}
	}
}

func TestVerifyConnectionIsAskedEachTime(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		var mu sync.Mutex
		var names []string
		deny := false
		l := listen(t, server(requiring, func(c *parley.Config) {
			c.VerifyConnection = func(s parley.State) error {
				mu.Lock()
				defer mu.Unlock()
				names = append(names, s.PeerCertificates[0].Subject.CommonName)
				if s.ServerName != "parley.test" || len(s.VerifiedChains) != 1 {
					t.Errorf("asked about %+v", s)
				}
				if deny {
					return errors.New("not today")
				}
				return nil
			}
		}))
		serveEcho(t, l)
		with.ClientSessionCache = tls.NewLRUClientSessionCache(1)
		showing(ca().issue("Alice", ecdsaKey()))(with)
		for i := range 2 {
			c := dial(t, l, with)
			echoes(t, c, 100)
			if c.ConnectionState().DidResume != (i == 1) {
				t.Errorf("connection %d: resumed is %v", i, i != 1)
			}
			c.Close()
		}
		mu.Lock()
		deny = true
		mu.Unlock()
		c, err := tls.Dial("tcp", l.Addr().String(), with)
		if err == nil {
			if _, err = c.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Error("the third was let in")
			}
			c.Close()
		}
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(names, []string{"Alice", "Alice", "Alice"}) {
			t.Errorf("asked about %q", names)
		}
	})
}

func TestSessionsOfOneClientAuthAreNotResumedUnderAnother(t *testing.T) {
	config := server()
	l := listen(t, config)
	serveEcho(t, l)
	with := client(showing(ca().issue("Alice", ecdsaKey())), func(c *tls.Config) { c.ClientSessionCache = tls.NewLRUClientSessionCache(1) })
	c := dial(t, l, with)
	echoes(t, c, 1)
	stricter := config.Clone()
	requiring(stricter)
	if err := l.SetConfig(stricter); err != nil {
		t.Fatal(err)
	}
	c = dial(t, l, with)
	echoes(t, c, 1)
	if c.ConnectionState().DidResume {
		t.Error("a session without a certificate was resumed where one is required")
	}
}

func TestACertificateIsAskedForInMidConnection(t *testing.T) {
	verifying := func(c *parley.Config) { c.ClientCAs = ca().pool() }
	s, c := pair(t, server(verifying), client(showing(ca().issue("Alice", ecdsaKey())), func(c *tls.Config) {
		c.Renegotiation = tls.RenegotiateFreelyAsClient
	}))
	sends(t, c, "before")
	b := make([]byte, 3)
	if _, err := io.ReadFull(s, b); err != nil {
		t.Fatal(err)
	}
	if err := s.RequestCertificate(t.Context(), tls.RequireAndVerifyClientCert); !errors.Is(err, parley.ErrUnreadData) {
		t.Errorf("with unread data: %v", err)
	}
	receives(t, s, "ore")
	if s.State().PeerCertificates != nil {
		t.Error("a certificate was there from the beginning")
	}
	go io.Copy(c, c)
	if err := s.RequestCertificate(t.Context(), tls.RequireAndVerifyClientCert); err != nil {
		t.Fatal(err)
	}
	state := s.State()
	if len(state.PeerCertificates) == 0 || state.PeerCertificates[0].Subject.CommonName != "Alice" || len(state.VerifiedChains) != 1 {
		t.Errorf("afterwards: %+v", state)
	}
	echoes(t, s, 1000)
}

func TestACertificateIsAskedForThoughTheClientOffersItsSession(t *testing.T) {
	alice := ca().issue("Alice", ecdsaKey())
	l := listen(t, server(func(c *parley.Config) { c.ClientCAs = ca().pool() }))
	m := misbehaviour(t, "proper-resumed")
	c := legacy(t, l, m.Options(legacyclient.Options{Certificate: &alice}))
	s := accept(t, l)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	// The client does not look at what is sent; its hello will be an answer all the same.
	if err := s.RequestCertificate(ctx, tls.VerifyClientCertIfGiven); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	go echo(s)
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	echoes(t, c, 100)
	if state := s.State(); len(state.PeerCertificates) == 0 || state.Resumed {
		t.Errorf("afterwards: %+v", state)
	}
}

// Whoever is told that all went well takes the client for one that was asked who it
// is. A client that resumes cannot be asked, and may do so all the same.
func TestACertificateThatIsRequiredAndNotShownIsARefusal(t *testing.T) {
	for _, name := range []string{"reset", "bare-resumed"} {
		l := listen(t, server(func(c *parley.Config) {
			c.ClientCAs = ca().pool()
			c.Policy.Bare = parley.AnswerResumed
		}))
		m := misbehaviour(t, name)
		c := legacy(t, l, m.Options(legacyclient.Options{}))
		s := accept(t, l)
		for _, again := range []func() error{
			func() error { return s.RequestCertificate(t.Context(), tls.RequireAndVerifyClientCert) },
			func() error { return s.Renegotiate(t.Context()) },
		} {
			before := s.State().Epoch
			asked := make(chan error, 1)
			go func() { asked <- again() }()
			if err := m.Run(c); err != nil {
				t.Fatal(err)
			}
			if err := <-asked; !errors.Is(err, parley.ErrRefused) {
				t.Errorf("%s: %v", name, err)
			}
			if now := s.State(); now.Epoch != before+1 || now.PeerCertificates != nil {
				t.Errorf("%s: afterwards %+v", name, now)
			}
		}
		go echo(s)
		echoes(t, c, 1000)
	}
}

// A call that asks nothing changes nothing: here one that comes while another waits.
func TestACertificateIsVerifiedAsWhoAskedForItWants(t *testing.T) {
	stranger := newAuthority()
	s, c := pair(t, server(func(c *parley.Config) { c.ClientCAs = ca().pool() }),
		client(showing(stranger.issue("Alice", ecdsaKey())), func(c *tls.Config) { c.Renegotiation = tls.RenegotiateFreelyAsClient }))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := s.RequestCertificate(ctx, tls.RequireAndVerifyClientCert); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err) // the client does not read yet
	}
	if err := s.RequestCertificate(t.Context(), tls.RequestClientCert); err == nil {
		t.Fatal("two HelloRequests are outstanding")
	}
	go io.Copy(io.Discard, c)
	_ = s.SetReadDeadline(time.Now().Add(10 * time.Second))
	var why *parley.Error
	if _, err := s.Read(make([]byte, 1)); !errors.As(err, &why) || why.Finding != "client-cert-refused" {
		t.Errorf("a stranger's certificate: %v; %+v", err, s.State().PeerCertificates)
	}
}
