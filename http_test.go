package parley_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// serveHTTP runs a plain net/http server on a listener.
func serveHTTP(t testing.TB, l net.Listener, handler http.HandlerFunc) {
	t.Helper()
	s := &http.Server{Handler: handler, ConnContext: parley.ConnContext}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-ended; err != http.ErrServerClosed {
			t.Errorf("Serve: %v", err)
		}
	})
}

func TestHandlersSeeTLS(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		l := listen(t, server(requiring))
		serveHTTP(t, l, func(w http.ResponseWriter, r *http.Request) {
			live := parley.FromContext(r.Context())
			body, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s %s %d", wire.Version(r.TLS.Version), r.TLS.ServerName, r.TLS.PeerCertificates[0].Subject.CommonName, wire.Version(live.State().Version), len(body))
		})
		showing(ca().issue("Alice", ecdsaKey()))(with)
		c := &http.Client{Transport: &http.Transport{TLSClientConfig: with, DialContext: (&net.Dialer{}).DialContext}}
		defer c.CloseIdleConnections()
		for range 3 {
			response, err := c.Post("https://"+l.Addr().String(), "text/plain", strings.NewReader(strings.Repeat("x", 100_000)))
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			version := wire.Version(with.MaxVersion).String()
			if want := version + " parley.test Alice " + version + " 100000"; err != nil || string(body) != want {
				t.Errorf("the handler saw %q, %v", body, err)
			}
		}
	})
}

func TestHTTPOutlivesResetHellos(t *testing.T) {
	l := listen(t, server())
	serveHTTP(t, l, func(w http.ResponseWriter, r *http.Request) {
		s := parley.FromContext(r.Context()).State()
		fmt.Fprintf(w, "epoch %d %v", s.Epoch, s.Kind)
	})
	c := legacy(t, l, legacyclient.Options{})
	const request = "GET / HTTP/1.1\r\nHost: parley.test\r\n\r\n"
	for i := range 3 {
		sends(t, c, request)
		answer := make([]byte, 1000)
		n, err := c.Read(answer)
		want := []string{"epoch 0 kind 0", "epoch 1 reset", "epoch 2 reset"}[i]
		if err != nil || !strings.Contains(string(answer[:n]), want) {
			t.Fatalf("request %d: %q, %v", i, answer[:n], err)
		}
		if err := misbehaviour(t, "reset").Run(c); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnIsolatedClientMayBeginItsRequestsAgain(t *testing.T) {
	l := listen(t, server(isolating))
	serveHTTP(t, l, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %d %v", r.URL.Path, len(body), err)
	})
	m := misbehaviour(t, "restart")
	c := legacy(t, l, m.Options(legacyclient.Options{}))
	sends(t, c, "POST /old HTTP/1.1\r\nHost: parley.test\r\nContent-Length: 100\r\n\r\nhalf of it")
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	sends(t, c, "POST /new HTTP/1.1\r\nHost: parley.test\r\nContent-Length: 3\r\n\r\nall")
	answer := make([]byte, 1000)
	n, err := c.Read(answer)
	if err != nil || !strings.HasSuffix(string(answer[:n]), "/new 3 <nil>") {
		t.Errorf("the answer is %q, %v", answer[:n], err)
	}
}
