//go:build interop

package interop

import (
	"os/exec"
	"testing"
	"time"
)

// What a real client does is explained when its connection ends, with no capture
// and no key.
func TestListenExplainsRealClients(t *testing.T) {
	binary := parleyBinary(t)
	for _, c := range []struct {
		name string
		act  func(*testing.T, string, served)
		says []string
	}{
		{"a reset", rigClient(OpenSSL101j, Case{Mode: ModeReset, Version: "tls1_2", Bytes: 512}),
			[]string{"reneg-reset-hello", "SSL_renegotiate", "OpenSSL 1.0.1", "1 connection: 0 failed"}},
		{"a restart", rigClient(OpenSSL102r, Case{Mode: ModeNewSSL, Version: "tls1", Bytes: 512}),
			[]string{"reneg-restart-hello", "the client's, not the server's", "--restart isolate", "1 connection: 1 failed"}},
		{"RC4 alone", rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "any", Ciphers: "RC4-SHA"}),
			[]string{"suite-weak", "parley serve needs --suites default,TLS_RSA_WITH_RC4_128_SHA"}},
		{"SSL 3.0", rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "ssl3"}),
			[]string{"version-none-shared", "Parley does not serve SSL 3.0"}},
		{"a hello of SSL 2.0's format", rigClient(OpenSSL101j, Case{Mode: ModeNone, Version: "any", SSL2: true, Ciphers: "ALL:!aNULL"}),
			[]string{"hello-ssl2", "no setting of parley serve takes it"}},
		{"HTTP", program("curl", "--silent", "http://HOST:PORT/"),
			[]string{"not-tls-http", "https://"}},
		{"a certificate that nobody vouches for", program("gnutls-cli", "-p", "PORT", "HOST"),
			[]string{"cert-refused", "this one was made for the run"}},
		{"a client of today", program("openssl", "s_client", "-connect", "HOST:PORT"),
			[]string{"healthy", "TLS 1.3", "parley serve takes it as it is"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			server, err := start(exec.CommandContext(t.Context(), binary, "listen", "--explain", "--listen", "127.0.0.1:0", "--connections", "1"), "listening on ")
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			c.act(t, server.Address, served{})
			for _, text := range c.says {
				if !server.Await(text, 5*time.Second) {
					t.Errorf("it does not say %q:\n%s", text, server.Output())
				}
			}
		})
	}
}
