package proxy

import (
	"bytes"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

func fileSize(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// warned is what settings say at start, in lines.
func warned(s *Settings, certificates []tls.Certificate) []string {
	var text bytes.Buffer
	s.Certs, s.Backend = []string{"given"}, upstream.Single(upstream.Address{Network: "tcp", Address: "backend:1"}, 0)
	s.warn(slog.New(slog.NewTextHandler(&text, nil)), certificates, time.Now())
	return strings.Split(strings.TrimSuffix(text.String(), "\n"), "\n")
}

// wantsWarnings wants one line for each text, and none else.
func wantsWarnings(t *testing.T, lines []string, texts ...string) {
	t.Helper()
	if len(texts) == 0 {
		texts = []string{""}
	}
	if len(lines) != len(texts) {
		t.Fatalf("there are %d lines, not %d: %q", len(lines), len(texts), lines)
	}
	for i, text := range texts {
		if !strings.Contains(lines[i], text) {
			t.Errorf("%q does not say %q", lines[i], text)
		}
	}
}

func TestVersionsWithoutASuiteAreWarnedOf(t *testing.T) {
	old, ec := certificateFor(t, testKeys().rsa), certificateFor(t, testKeys().ec)
	for _, test := range []struct {
		options      Options
		certificates []tls.Certificate
		texts        []string
	}{
		{Options{}, []tls.Certificate{old}, nil},
		{Options{Suites: []string{"AES128-SHA"}}, []tls.Certificate{old, ec}, nil},
		{Options{Suites: []string{"AES128-SHA"}, MinVersion: "1.2"}, []tls.Certificate{ec}, []string{`version="TLS 1.2"`}},
		{Options{Suites: []string{"ECDHE-ECDSA-AES128-SHA"}, MaxVersion: "1.1"}, []tls.Certificate{old}, []string{`version="TLS 1.0"`, `version="TLS 1.1"`}},
		{Options{Suites: []string{"AES128-GCM-SHA256"}}, []tls.Certificate{old}, []string{`version="TLS 1.0"`, `version="TLS 1.1"`}},
		{Options{Suites: []string{"AES128-GCM-SHA256"}, MinVersion: "1.3"}, []tls.Certificate{ec}, nil},
		{Options{Suites: []string{"RC4-SHA"}}, []tls.Certificate{old}, []string{"weak"}},
	} {
		settings, err := test.options.Check()
		if err != nil {
			t.Fatal(err)
		}
		wantsWarnings(t, warned(settings, test.certificates), test.texts...)
	}
}

// issue makes a certificate in an issuer's name; nil: its own.
func issue(t *testing.T, name string, issuer *x509.Certificate, change ...func(*x509.Certificate)) *x509.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	for _, c := range change {
		c(template)
	}
	if issuer == nil {
		issuer = template
	}
	key := testKeys().ec
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func chain(list ...*x509.Certificate) []tls.Certificate {
	out := tls.Certificate{Leaf: list[0]}
	for _, c := range list {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return []tls.Certificate{out}
}

func TestChainsWithAGapAreWarnedOf(t *testing.T) {
	root := issue(t, "root", nil)
	middle := issue(t, "middle", root)
	leaf := issue(t, "leaf", middle)
	wantsWarnings(t, warned(&Settings{}, chain(leaf)))
	wantsWarnings(t, warned(&Settings{}, chain(leaf, middle, root)))
	wantsWarnings(t, warned(&Settings{}, chain(leaf, root)), "certificate 2 of the file is not of the issuer of certificate 1")
	wantsWarnings(t, warned(&Settings{}, chain(leaf, middle, leaf)), "certificate 3 of the file is not of the issuer of certificate 2")
}

func TestCertificatesOutOfTheirTimeAreWarnedOf(t *testing.T) {
	over := issue(t, "over", nil, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	early := issue(t, "early", nil, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) })
	ending := issue(t, "ending", nil, func(c *x509.Certificate) { c.NotAfter = time.Now().AddDate(0, 0, 29) })
	wantsWarnings(t, warned(&Settings{}, chain(over)), "has expired")
	wantsWarnings(t, warned(&Settings{}, chain(ending)), "expires soon")
	wantsWarnings(t, warned(&Settings{}, chain(early)), "not valid yet")
}

// Trust that has ended is not told of as if it held.
func TestTrustIsWarnedOfByWhetherItHolds(t *testing.T) {
	trust := Trust{From: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Reset: parley.AnswerAcceptFull}
	for until, says := range map[time.Duration]string{-time.Hour: "has ended already", time.Hour: "nothing that binds them"} {
		trust.Until = time.Now().Add(until)
		wantsWarnings(t, warned(&Settings{Trust: trust}, nil), says)
	}
}

func TestNothingIsSaidOfCertificatesWhereTheAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	settings, err := Options{Listen: l.Addr().String()}.Check()
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := New(settings, slog.New(slog.NewTextHandler(&text, nil))); !errors.Is(err, syscall.EADDRINUSE) || text.Len() > 0 {
		t.Errorf("%v, and before it %q", err, &text)
	}
}

func TestAdviceAgainstTooManyOpenFiles(t *testing.T) {
	if len(adviceFor(&net.OpError{Err: os.NewSyscallError("accept", syscall.EMFILE)})) != 2 || adviceFor(net.ErrClosed) != nil {
		t.Error("who runs out of descriptors is not told what to do, or others are")
	}
}
