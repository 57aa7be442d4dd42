//go:build interop

package interop

import (
	"context"
	"crypto/x509"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
)

// A scene is a conversation between real peers that is recorded, and what must be
// said of it.
type scene struct {
	name   string
	does   string
	client string
	server string
	serve  func(t *testing.T, parley string) served // parley is its binary
	act    func(t *testing.T, address string, s served)
	sealed verdict // without keys
	opened verdict // with them
	kept   bool    // in testdata
}

// A served is a server, and what opens its connections.
type served struct {
	*Server
	cert   string // a file
	key    string // a file with its RSA key; empty: it opens nothing
	keyLog string // a file; empty: it logs none
}

// A verdict is what must be said. Empty fields may be anything.
type verdict struct {
	finding string
	beside  bool // another finding may stand before it
	culprit diagnose.Culprit
	kinds   []string
}

// holds reports whether a diagnosis says it: a failure first, a note anywhere.
func (v verdict) holds(d *diagnose.Diagnosis, s Said) bool {
	found := v.finding == "" || v.finding == s.Finding || (v.beside || !d.Failed()) &&
		slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.ID == v.finding })
	return found && (v.culprit == "" || v.culprit == s.Culprit) && (v.kinds == nil || slices.Equal(v.kinds, s.Kinds))
}

// The certificate that the captures' servers show, and its key.
const (
	rigCert = "../testdata/captures/server.crt"
	rigKey  = "../testdata/captures/server.key"
)

// onOpenSSL serves on the rig's OpenSSL. Its key opens what has an RSA key
// exchange; it has no key log.
func onOpenSSL(version OpenSSL, rsa bool, options ...string) func(*testing.T, string) served {
	return func(t *testing.T, _ string) served {
		server, err := peers(t).RigServer(t.Context(), version, rigCert, rigKey, options...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		s := served{Server: server, cert: rigCert}
		if rsa {
			s.key = rigKey
		}
		return s
	}
}

// onParley serves with parley serve, and logs its keys.
func onParley(options ...string) func(*testing.T, string) served {
	return func(t *testing.T, binary string) served {
		log := filepath.Join(t.TempDir(), "keys")
		server, err := Parley(t.Context(), binary, rigCert, rigKey, append(slices.Clone(options), "--key-log", log)...)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		return served{Server: server, cert: rigCert, keyLog: log}
	}
}

// onSServer serves with openssl s_server and a certificate that was changed.
func onSServer(change func(*x509.Certificate)) func(*testing.T, string) served {
	return func(t *testing.T, _ string) served {
		made, err := newPair(change)
		if err != nil {
			t.Fatal(err)
		}
		cert, key := pairFiles(t, made)
		server, err := peers(t).SServer(t.Context(), cert, key)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(server.Close)
		return served{Server: server, cert: cert}
	}
}

// rigClient runs one case of the rig. That it is refused is no failure here.
func rigClient(version OpenSSL, c Case) func(*testing.T, string, served) {
	return func(t *testing.T, address string, _ served) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		if _, err := peers(t).Legacy(ctx, version, address, c); err != nil {
			t.Fatal(err)
		}
	}
}

// program runs a client that is judged by what it sent alone. In its words HOST and
// PORT stand for the address, STRANGER for the certificate of an authority that
// vouches for nobody here, ITS for the server's own.
func program(words ...string) func(*testing.T, string, served) {
	return func(t *testing.T, address string, s served) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		host, port, _ := strings.Cut(address, ":")
		stranger, _ := certFiles(t)
		replace := strings.NewReplacer("HOST", host, "PORT", port, "STRANGER", stranger, "ITS", s.cert)
		var list []string
		for _, w := range words {
			list = append(list, replace.Replace(w))
		}
		cmd := exec.CommandContext(ctx, list[0], list[1:]...)
		cmd.Stdin = strings.NewReader("Q\n")
		if output, err := cmd.CombinedOutput(); ctx.Err() != nil {
			t.Fatalf("%q did not end: %v\n%s", list, err, output)
		}
	}
}

// suites are the ciphers of the matrix, as OpenSSL spells them.
var suites = []struct {
	name   string
	rsa    bool // RSA key exchange
	tls12  bool // only there
	ssl3   bool // there too
	weak   bool
	stream bool // its records show the exact length of what is in them
}{
	{name: "AES128-SHA", rsa: true, ssl3: true},
	{name: "ECDHE-RSA-AES256-SHA"},
	{name: "AES128-SHA256", rsa: true, tls12: true},
	{name: "AES128-GCM-SHA256", rsa: true, tls12: true},
	{name: "ECDHE-RSA-AES256-GCM-SHA384", tls12: true},
	{name: "RC4-SHA", rsa: true, ssl3: true},
	{name: "DES-CBC3-SHA", rsa: true, ssl3: true},
}

var scenes = slices.Concat(matrixScenes(), versionScenes(), singleScenes())

// matrixScenes are every mode with every version and cipher, against OpenSSL and
// against Parley.
func matrixScenes() []scene {
	var list []scene
	for _, version := range []string{"ssl3", "tls1", "tls1_1", "tls1_2"} {
		for _, suite := range suites {
			if suite.tls12 && version != "tls1_2" || !suite.ssl3 && version == "ssl3" {
				continue
			}
			for _, mode := range []Mode{ModeNone, ModeReset, ModeProper, ModeAbbreviated, ModeNewSSL, ModeClear, ModeConnect} {
				c := Case{Mode: mode, Version: version, Ciphers: suite.name, Bytes: 512}
				s := scene{
					does:   modeWords[mode] + ", " + versionWords[version] + ", " + suite.name,
					client: "OpenSSL 1.0.1j", act: rigClient(OpenSSL101j, c),
				}
				s.name = strings.Join([]string{"openssl", string(mode), version, suite.name}, "-")
				s.server, s.serve = "OpenSSL 1.0.1j", onOpenSSL(OpenSSL101j, suite.rsa, "version="+version)
				s.opened, s.sealed = openSSLSays(mode, version)
				s.kept = keeps(false, mode, version, suite.name)
				list = append(list, s)
				if version == "ssl3" {
					continue // Parley does not serve it
				}
				s.name = strings.Join([]string{"parley", string(mode), version, suite.name}, "-")
				s.server, s.serve = "parley serve", onParley("--suites", suite.name)
				s.opened, s.sealed = parleySays(mode, version)
				s.kept = keeps(true, mode, version, suite.name)
				list = append(list, s)
			}
		}
	}
	return list
}

// keeps says which of the matrix go into testdata: the mode that it is all about
// with everything, the others once.
func keeps(parley bool, mode Mode, version, suite string) bool {
	switch {
	case mode == ModeReset && !parley:
		return suite != "AES128-SHA256"
	case version == "tls1_2":
		return suite == "ECDHE-RSA-AES256-GCM-SHA384"
	case mode == ModeReset || mode == ModeProper:
		return version == "tls1" && suite == "AES128-SHA"
	}
	return false
}

// versionScenes are the other OpenSSLs of the rig, as clients and as servers.
func versionScenes() []scene {
	var list []scene
	for _, version := range []OpenSSL{OpenSSL101e, OpenSSL101u, OpenSSL102r} {
		for _, mode := range []Mode{ModeReset, ModeProper, ModeAbbreviated, ModeNewSSL} {
			for _, protocol := range []string{"tls1", "tls1_2"} {
				s := scene{
					name:   strings.Join([]string{string(version), string(mode), protocol}, "-"),
					does:   modeWords[mode] + ", " + versionWords[protocol],
					client: "OpenSSL " + string(version), act: rigClient(version, Case{Mode: mode, Version: protocol, Ciphers: "AES128-SHA", Bytes: 512}),
					server: "OpenSSL " + string(version), serve: onOpenSSL(version, true, "version="+protocol),
				}
				s.opened, s.sealed = openSSLSays(mode, protocol)
				list = append(list, s)
			}
		}
	}
	return list
}

var versionWords = map[string]string{"ssl3": "SSL 3.0", "tls1": "TLS 1.0", "tls1_1": "TLS 1.1", "tls1_2": "TLS 1.2"}

var modeWords = map[Mode]string{
	ModeNone:        "echoes data",
	ModeReset:       "resets its state machine and begins again inside the connection",
	ModeProper:      "renegotiates as RFC 5746 has it",
	ModeAbbreviated: "renegotiates as RFC 5746 has it, resuming the session in use",
	ModeNewSSL:      "begins again in clear with a new SSL object",
	ModeClear:       "begins again in clear after SSL_clear",
	ModeConnect:     "begins again in clear after SSL_set_connect_state",
}

// openSSLSays is what must be said where OpenSSL serves, with keys and without.
func openSSLSays(mode Mode, version string) (opened, sealed verdict) {
	switch {
	case mode == ModeNone:
		return verdict{culprit: diagnose.CulpritNone}, verdict{culprit: diagnose.CulpritNone}
	case mode.Restarts():
		v := verdict{finding: "reneg-restart-hello", culprit: diagnose.CulpritClient, kinds: []string{"restart"}}
		return v, v
	case mode == ModeReset:
		opened = verdict{finding: "reneg-reset-hello", culprit: diagnose.CulpritClient, kinds: []string{"reset"}}
		sealed = verdict{finding: "reneg-reset-hello", culprit: diagnose.CulpritClient}
		if version == "tls1" || version == "ssl3" {
			sealed = verdict{} // only a key can tell
		}
		return opened, sealed
	}
	return verdict{culprit: diagnose.CulpritNone, kinds: []string{"secure"}}, verdict{culprit: diagnose.CulpritNone}
}

// parleySays is what must be said where Parley serves.
func parleySays(mode Mode, version string) (opened, sealed verdict) {
	if mode == ModeReset { // it is served
		return verdict{culprit: diagnose.CulpritNone, kinds: []string{"reset"}}, verdict{culprit: diagnose.CulpritNone}
	}
	return openSSLSays(mode, version)
}

func singleScenes() []scene {
	nobody := verdict{culprit: diagnose.CulpritNone}
	client := func(finding string) verdict { return verdict{finding: finding, culprit: diagnose.CulpritClient} }
	named := func(finding string) verdict { return verdict{finding: finding} }
	return []scene{
		{
			name: "hello-request", kept: true, does: "the server asks for a renegotiation and gets it, TLS 1.2", client: "OpenSSL 1.0.1j", server: "OpenSSL 1.0.1j",
			serve: onOpenSSL(OpenSSL101j, true, "hellorequest=1"), act: rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "tls1_2", Ciphers: "AES128-SHA", Cycles: 2}),
			sealed: nobody, opened: verdict{finding: "reneg-server-asked", culprit: diagnose.CulpritNone, kinds: []string{"secure"}},
		},
		{
			name: "crossing", does: "data that the server sent before it saw a proper hello crosses that, and the client cannot take it", client: "OpenSSL 1.0.1j", server: "OpenSSL 1.0.1j", kept: true,
			serve: onOpenSSL(OpenSSL101j, true), act: rigClient(OpenSSL101j, Case{Mode: ModeProper, Version: "tls1_2", Ciphers: "AES128-SHA", Bytes: 512, Before: 4096, Cork: true}),
			opened: verdict{finding: "reneg-data-crossed", kinds: []string{"secure"}},
		},
		{
			name: "unknown-ca", does: "the client does not know who vouches for the certificate", client: "OpenSSL 3.0", server: "OpenSSL 1.0.1j",
			serve: onOpenSSL(OpenSSL101j, true), act: program("openssl", "s_client", "-connect", "HOST:PORT", "-tls1_2", "-cipher", "ALL:@SECLEVEL=0", "-verify_return_error", "-CAfile", "STRANGER"),
			sealed: named("cert-unknown-ca"), opened: named("cert-unknown-ca"), kept: true,
		},
		{
			name: "expired", does: "the certificate expired, and the client says so", client: "OpenSSL 3.0", server: "openssl s_server",
			serve:  onSServer(func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }),
			act:    program("openssl", "s_client", "-connect", "HOST:PORT", "-tls1_2", "-cipher", "ALL:@SECLEVEL=0", "-verify_return_error", "-CAfile", "ITS"),
			sealed: named("cert-expired"), opened: named("cert-expired"), kept: true,
		},
		{
			name: "another-name", does: "the certificate has another name than the client calls", client: "OpenSSL 3.0", server: "openssl s_server",
			serve:  onSServer(func(*x509.Certificate) {}),
			act:    program("openssl", "s_client", "-connect", "HOST:PORT", "-tls1_2", "-cipher", "ALL:@SECLEVEL=0", "-servername", "device.example", "-verify_hostname", "device.example", "-verify_return_error", "-CAfile", "ITS"),
			sealed: named("cert-name"), opened: named("cert-name"), kept: true,
		},
		{
			name: "refused-by-gnutls", does: "the client does not know who vouches for the certificate", client: "GnuTLS 3.7", server: "parley serve",
			serve: onParley("--max-version", "1.2"), act: program("gnutls-cli", "-p", "PORT", "HOST"),
			sealed: named("cert-refused"), opened: named("cert-refused"),
		},
		{
			name: "no-version", does: "the client speaks TLS 1.0 and the server wants TLS 1.2", client: "OpenSSL 1.0.1j", server: "parley serve --min-version 1.2",
			serve: onParley("--min-version", "1.2"), act: rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "tls1"}),
			sealed: named("version-none-shared"), opened: named("version-none-shared"), kept: true,
		},
		{
			name: "no-suite", does: "the client offers RC4 alone and the server has it off", client: "OpenSSL 1.0.1j", server: "parley serve",
			serve: onParley(), act: rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "tls1_2", Ciphers: "RC4-SHA"}),
			sealed: named("suite-none-shared"), opened: named("suite-none-shared"), kept: true,
		},
		{
			name: "ssl2-hello", does: "the client begins with a hello in the format of SSL 2.0, which nobody serves any more", client: "OpenSSL 1.0.1j", server: "parley serve",
			serve: onParley(), act: rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "any", SSL2: true, Ciphers: "ALL:!aNULL"}),
			sealed: client("hello-ssl2"), opened: client("hello-ssl2"), kept: true,
		},
		{
			name: "ssl2-hello-served", does: "the same, and an old server takes it", client: "OpenSSL 1.0.1j", server: "OpenSSL 1.0.1j",
			serve: onOpenSSL(OpenSSL101j, false), act: rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "any", SSL2: true, Ciphers: "ALL:!aNULL"}),
			sealed: nobody, opened: nobody,
		},
		{
			name: "http", does: "the client speaks HTTP in clear", client: "curl", server: "parley serve",
			serve: onParley(), act: program("curl", "--silent", "http://HOST:PORT/"),
			sealed: client("not-tls-http"), opened: client("not-tls-http"), kept: true,
		},
		{
			name: "client-certificate-missing", does: "the server wants a certificate and the client has none, TLS 1.2", client: "OpenSSL 1.0.1j", server: "parley serve --client-auth require",
			serve: onParley("--client-auth", "require", "--client-ca", rigCert), act: rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "tls1_2"}),
			sealed: named("client-cert-missing"), opened: named("client-cert-missing"), kept: true,
		},
		{
			name: "tls13", does: "a client of today, TLS 1.3", client: "OpenSSL 3.0", server: "parley serve",
			serve: onParley(), act: program("openssl", "s_client", "-connect", "HOST:PORT"),
			sealed: nobody, opened: nobody, kept: true,
		},
	}
}
