//go:build interop

package interop

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// An innocent is a real client that connects for the first time, as it believes,
// sends something and wants it back.
type innocent struct {
	name   string
	passes int          // its earlier connections, whose session it offers
	speaks wire.Version // what the attacker has agreed upon when it comes
	kind   string       // what its hello is inside another's connection
	slow   bool         // to start
	run    func(context.Context, *Set, string) error

	modern  bool                  // it offers TLS 1.3, too
	options *legacyclient.Options // of the attacker; nil: what fits
}

// attacker is what the attacker offers, so that the victim's hello fits.
func (v innocent) attacker() legacyclient.Options {
	if v.options != nil {
		return *v.options
	}
	return legacyclient.Options{Version: v.speaks, SessionTickets: true, Timeout: patience}
}

func innocents() []innocent {
	all := oldOpenSSLs()
	for _, v := range []struct {
		flag   string
		speaks wire.Version
	}{{"-tls1", wire.VersionTLS10}, {"-tls1_1", wire.VersionTLS11}, {"-tls1_2", wire.VersionTLS12}} {
		all = append(all, innocent{name: "OpenSSL 3 s_client " + v.flag, speaks: v.speaks, kind: "reset", run: func(ctx context.Context, s *Set, address string) error {
			_, err := s.SClient(ctx, address, 0, v.flag)
			return err
		}})
	}
	for _, v := range []struct {
		name   string
		speaks wire.Version
		passes int
	}{{"TLSv1", wire.VersionTLS10, 0}, {"TLSv1_1", wire.VersionTLS11, 1}, {"TLSv1_2", wire.VersionTLS12, 0}, {"TLSv1_2", wire.VersionTLS12, 1}} {
		name := fmt.Sprintf("Python ssl %s%s", v.name, strings.Repeat(" that resumes", v.passes))
		all = append(all, innocent{name: name, passes: v.passes, speaks: v.speaks, kind: "reset", run: func(ctx context.Context, s *Set, address string) error {
			_, err := s.Python(ctx, address, "version="+v.name, fmt.Sprintf("connections=%d", 1+v.passes))
			return err
		}})
	}
	for _, v := range []struct {
		name     string
		priority string
		speaks   wire.Version
		kind     string
	}{
		{"gnutls-cli TLS 1.2", gnutls12, wire.VersionTLS12, "forged"},
		{"gnutls-cli TLS 1.0", "NORMAL:-VERS-ALL:+VERS-TLS1.0", wire.VersionTLS10, "forged"},
		{"gnutls-cli before RFC 5746", gnutls12 + ":%DISABLE_SAFE_RENEGOTIATION", wire.VersionTLS12, "bare"},
		{"gnutls-cli before RFC 5746, TLS 1.0", "NORMAL:-VERS-ALL:+VERS-TLS1.0:%DISABLE_SAFE_RENEGOTIATION", wire.VersionTLS10, "bare"},
	} {
		all = append(all, innocent{name: v.name, speaks: v.speaks, kind: v.kind, run: func(ctx context.Context, _ *Set, address string) error {
			return gnutlsOnce(ctx, address, v.priority)
		}})
	}
	return append(all, modernClients()...)
}

func oldOpenSSLs() (all []innocent) {
	resumes := []Resume{ResumeOff, ResumeID, ResumeTicket}
	for _, library := range Versions() {
		for i, v := range []struct {
			flag, ciphers string
			speaks        wire.Version
		}{{"tls1", "AES128-SHA", wire.VersionTLS10}, {"tls1_1", "ECDHE-RSA-AES256-SHA", wire.VersionTLS11}, {"tls1_2", "ALL", wire.VersionTLS12}} {
			for j, resume := range resumes {
				if v.flag != "tls1_2" && i != j {
					continue // each resumption once more, in an older version
				}
				name := fmt.Sprintf("OpenSSL %s %s, resumes: %s", library, v.flag, resume)
				all = append(all, innocent{name: name, passes: resume.Connections() - 1, speaks: v.speaks, kind: "reset", run: func(ctx context.Context, s *Set, address string) error {
					result, err := s.Legacy(ctx, library, address, Case{Mode: ModeNone, Version: v.flag, Ciphers: v.ciphers, Resume: resume})
					if err == nil && !result.OK {
						err = victimFailed{result}
					}
					return err
				}})
			}
		}
	}
	return all
}

func modernClients() []innocent {
	curl := func(last string) func(context.Context, *Set, string) error {
		return func(ctx context.Context, s *Set, address string) error {
			return s.Curl(ctx, address, 1000, "--tls-max", last, "--tlsv1.0", "--ciphers", "DEFAULT@SECLEVEL=0")
		}
	}
	java := func(version string, connections int) func(context.Context, *Set, string) error {
		return func(ctx context.Context, s *Set, address string) error {
			_, err := s.Java(ctx, address, "cycles=0", "version="+version, fmt.Sprintf("connections=%d", connections))
			return err
		}
	}
	return []innocent{
		{name: "curl, TLS 1.2 at most", speaks: wire.VersionTLS12, kind: "reset", run: curl("1.2")},
		{name: "curl, TLS 1.0 at most", speaks: wire.VersionTLS10, kind: "reset", run: curl("1.0")},
		{name: "curl, which offers TLS 1.3", modern: true, speaks: wire.VersionTLS12, kind: "forged", run: curl("1.3")},
		{name: "Go crypto/tls", speaks: wire.VersionTLS12, kind: "forged", run: goOnce(tls.VersionTLS12)},
		{name: "Go crypto/tls, TLS 1.0", speaks: wire.VersionTLS10, kind: "forged", run: goOnce(tls.VersionTLS10)},
		{name: "Java TLS 1.2", speaks: wire.VersionTLS12, kind: "reset", slow: true, run: java("TLSv1.2", 1)},
		{name: "Java TLS 1.2 that resumes", passes: 1, speaks: wire.VersionTLS12, kind: "reset", slow: true, run: java("TLSv1.2", 2)},
		{name: "Java TLS 1.0", speaks: wire.VersionTLS10, kind: "reset", slow: true, run: java("TLSv1", 1)},
		{name: "rustls, lenient, which offers TLS 1.3", modern: true, speaks: wire.VersionTLS12, kind: "forged", slow: true, run: func(ctx context.Context, s *Set, address string) error {
			_, err := s.Deno(ctx, address)
			return err
		}},
		{name: "ours, lenient", speaks: wire.VersionTLS12, kind: "reset", run: ours(legacyclient.Options{Lenient: true, SessionTickets: true})},
		{name: "ours, lenient, TLS 1.0", speaks: wire.VersionTLS10, kind: "reset", run: ours(legacyclient.Options{Lenient: true, SessionTickets: true, Version: wire.VersionTLS10})},
		{name: "ours, before RFC 5746", speaks: wire.VersionTLS12, kind: "bare", run: ours(legacyclient.Options{NoSCSV: true, SessionTickets: true})},
	}
}

// gnutlsOnce connects gnutls-cli and exchanges a line.
func gnutlsOnce(ctx context.Context, address, priority string) error {
	port, err := portOf(address)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "gnutls-cli", "--insecure", "--priority", priority, "-p", port, "127.0.0.1")
	_, err = converse(cmd, func(d *dialogue) error {
		if err := d.await("Handshake was completed", 1); err != nil {
			return err
		}
		return d.echo("level")
	})
	return err
}

// goOnce is Go's own client.
func goOnce(version uint16) func(context.Context, *Set, string) error {
	return func(ctx context.Context, _ *Set, address string) error {
		dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version}}
		conn, err := dialer.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(patience))
		return exchange(conn)
	}
}

// ours is our own client.
func ours(o legacyclient.Options) func(context.Context, *Set, string) error {
	return func(ctx context.Context, _ *Set, address string) error {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		defer conn.Close()
		o.Timeout = patience
		c := legacyclient.New(conn, o)
		if err := c.Handshake(); err != nil {
			return err
		}
		return exchange(c)
	}
}

func exchange(c io.ReadWriter) error {
	const text = "a line of the victim's\n"
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	back := make([]byte, len(text))
	_, err := io.ReadFull(c, back)
	return err
}

// A victimFailed is how an old OpenSSL's run ended, as an error.
type victimFailed struct{ *Result }

func (v victimFailed) Error() string { return v.String() }
