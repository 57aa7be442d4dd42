//go:build interop

package interop

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// CVE-2009-3555 against parley serve, with real victims: an attacker's prefix is
// already with the server when the victim's first handshake arrives as a
// renegotiation. Nothing of the victim may follow the prefix.

// A victim connects to address and expects its echo.
type victim struct {
	name  string
	dials int // connections that it makes; the last one is spliced
	run   func(ctx context.Context, s *Set, address string) error
}

func victims() []victim {
	all := []victim{
		{"java", 1, func(ctx context.Context, s *Set, address string) error {
			_, err := s.Java(ctx, address, "cycles=0", "version=TLSv1.2")
			return err
		}},
		{"java that resumes", 2, func(ctx context.Context, s *Set, address string) error {
			_, err := s.Java(ctx, address, "cycles=0", "version=TLSv1.2", "connections=2")
			return err
		}},
		{"python", 1, func(ctx context.Context, s *Set, address string) error {
			_, err := s.Python(ctx, address)
			return err
		}},
		{"python that resumes", 2, func(ctx context.Context, s *Set, address string) error {
			_, err := s.Python(ctx, address, "connections=2")
			return err
		}},
		{"curl", 1, func(ctx context.Context, s *Set, address string) error {
			return s.Curl(ctx, address, 1000, "--tls-max", "1.2")
		}},
		{"deno, lenient", 1, func(ctx context.Context, s *Set, address string) error {
			_, err := s.Deno(ctx, address)
			return err
		}},
	}
	for _, version := range Versions() {
		for _, resume := range []Resume{ResumeAny, ResumeID, ResumeTicket} {
			all = append(all, victim{"OpenSSL " + string(version) + " " + string(resume), resume.Connections(),
				func(ctx context.Context, s *Set, address string) error {
					return rigVictim(ctx, s, version, address, resume)
				}})
		}
	}
	return all
}

func rigVictim(ctx context.Context, s *Set, version OpenSSL, address string, resume Resume) error {
	result, err := s.Legacy(ctx, version, address, Case{Mode: ModeNone, Resume: resume})
	if err == nil && !result.OK {
		err = victimFailed{result}
	}
	return err
}

type victimFailed struct{ *Result }

func (v victimFailed) Error() string { return v.String() }

func TestParleyLetsNobodySplice(t *testing.T) {
	for _, options := range [][]string{
		{"--restart", "isolate"},
		{"--reset", "accept-full", "--trust-from", "127.0.0.0/8", "--trust-until", "2099-12-31"},
	} {
		server := parley(t, options...)
		for _, v := range victims() {
			t.Run(v.name, func(t *testing.T) {
				m := newMiddle(t, server.Address, v.dials)
				err := v.run(minute(t), peers(t), m.listener.Addr().String())
				spliced := m.wait(t)
				if err == nil || strings.Contains(err.Error(), "timeout") {
					t.Errorf("the victim: %v", err)
				}
				if spliced == nil || spliced.Hello == nil {
					t.Fatalf("no hello was spliced; the victim: %v", err)
				}
				if spliced.Complete() || len(spliced.AttackerData) > 0 {
					t.Errorf("spliced: %+v", spliced)
				}
			})
		}
	}
}

// A middle sits between victim and server: it passes connections on as they
// are, and splices the last one into one of its own.
type middle struct {
	listener net.Listener
	server   string
	dials    int
	over     sync.WaitGroup
	spliced  *legacyclient.Spliced
	err      error
}

const prefix = "the attacker's prefix\n"

func newMiddle(t *testing.T, server string, dials int) *middle {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &middle{listener: listener, server: server, dials: dials}
	m.over.Go(func() { m.err = m.work() })
	return m
}

func (m *middle) work() error {
	for range m.dials - 1 {
		if err := m.pass(); err != nil {
			return err
		}
	}
	conn, err := m.listener.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	attacker, err := m.attack()
	if err != nil {
		return err
	}
	defer attacker.NetConn().Close()
	splice := legacyclient.Splice{Attacker: attacker, Victim: conn, Timeout: 5 * time.Second}
	m.spliced, err = splice.Run()
	return err
}

// pass lets one connection through untouched.
func (m *middle) pass() error {
	conn, err := m.listener.Accept()
	if err != nil {
		return err
	}
	up, err := net.Dial("tcp", m.server)
	if err != nil {
		return err
	}
	for to, from := range map[net.Conn]net.Conn{conn: up, up: conn} {
		m.over.Go(func() {
			_, _ = io.Copy(to, from) // how it ended shows at the victim
			to.Close()
		})
	}
	return nil
}

// attack opens the attacker's connection and sees its prefix at the server.
func (m *middle) attack() (*legacyclient.Client, error) {
	conn, err := net.Dial("tcp", m.server)
	if err != nil {
		return nil, err
	}
	attacker := legacyclient.New(conn, legacyclient.Options{Version: wire.VersionTLS12})
	if err := attacker.Handshake(); err != nil {
		return nil, err
	}
	return attacker, attacker.Echo([]byte(prefix))
}

func (m *middle) wait(t *testing.T) *legacyclient.Spliced {
	t.Helper()
	m.listener.Close()
	m.over.Wait()
	if m.err != nil {
		t.Errorf("the attack itself: %v", m.err)
	}
	return m.spliced
}
