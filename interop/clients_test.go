//go:build interop

package interop

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// Each other client, against OpenSSL 3, which takes a client's renegotiations here.

func minute(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestJavaRenegotiates(t *testing.T) {
	server := openSSL3(t)
	output, err := peers(t).Java(minute(t), server.Address, "cycles=2", "connections=2")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(output, "resumed=1") != 1 {
		t.Errorf("the second connection did not resume: %s", output)
	}
}

func TestJavaSpeaksOldVersions(t *testing.T) {
	server := openSSL3(t)
	for _, version := range []string{"TLSv1", "TLSv1.1"} {
		output, err := peers(t).Java(minute(t), server.Address, "cycles=0", "version="+version)
		if err != nil || !strings.Contains(output, "version="+version+" ") {
			t.Errorf("%s: %v %s", version, err, output)
		}
	}
}

func TestOpenSSLRefusesWhatJavaWeaves(t *testing.T) {
	for _, server := range []*Server{openSSL3(t), rigServer(t, OpenSSL101j)} {
		output, err := peers(t).Java(minute(t), server.Address, "weave=1")
		if err == nil || !server.Await("unexpected record", 5*time.Second) {
			t.Errorf("%v %s: %s", err, output, server.Output())
		}
	}
}

func TestPython(t *testing.T) {
	server := openSSL3(t)
	for _, version := range []string{"TLSv1", "TLSv1_1", "TLSv1_2"} {
		output, err := peers(t).Python(minute(t), server.Address, "connections=2", "bytes=1000000", "version="+version)
		if err != nil || !strings.Contains(output, "resumed=1") {
			t.Errorf("%s: %v %s", version, err, output)
		}
	}
}

func TestDeno(t *testing.T) {
	server := openSSL3(t)
	if output, err := peers(t).Deno(minute(t), server.Address, "connections=2", "bytes=1000000"); err != nil {
		t.Errorf("%v %s", err, output)
	}
}

func TestSClientRenegotiates(t *testing.T) {
	for _, server := range []*Server{openSSL3(t), rigServer(t, OpenSSL101u)} {
		for _, version := range []string{"-tls1", "-tls1_1", "-tls1_2"} {
			if _, err := peers(t).SClient(minute(t), server.Address, 2, version); err != nil {
				t.Errorf("%s: %v", version, err)
			}
		}
	}
}

// gnutls12 has gnutls-cli offer TLS 1.2 alone: TLS 1.3 has no renegotiation.
const gnutls12 = "NORMAL:-VERS-ALL:+VERS-TLS1.2"

func TestGnuTLSHandshakesAgain(t *testing.T) {
	for _, priority := range []string{gnutls12, gnutls12 + ":%UNSAFE_RENEGOTIATION"} {
		server := openSSL3(t)
		if _, err := peers(t).GnuTLS(minute(t), server.Address, priority); err != nil {
			t.Errorf("%s: %v", priority, err)
		}
	}
}

func TestCurl(t *testing.T) {
	server := openSSL3(t)
	for _, n := range []int{1, 100_000} {
		if err := peers(t).Curl(minute(t), server.Address, n, "--tls-max", "1.2"); err != nil {
			t.Error(err)
		}
	}
}

func TestGoRenegotiatesWhenAsked(t *testing.T) {
	server := rigServer(t, OpenSSL101j, "hellorequest=1")
	if err := goEcho(server.Address, tls.RenegotiateFreelyAsClient, 4); err != nil {
		t.Error(err)
	}
	if !server.Await("how=again", 5*time.Second) {
		t.Errorf("crypto/tls did not renegotiate: %s", server.Output())
	}
}

// goEcho is Go's own client: it sends n messages and awaits the echo of each. It
// pauses between them: data that crosses its hello ends crypto/tls.
func goEcho(address string, support tls.RenegotiationSupport, n int) error {
	dialer := &tls.Dialer{Config: &tls.Config{
		InsecureSkipVerify: true,
		MaxVersion:         tls.VersionTLS12,
		Renegotiation:      support,
	}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	out := []byte("level\n")
	reading := make(chan error, 1)
	go func() {
		in := make([]byte, n*len(out))
		_, err := io.ReadFull(conn, in)
		if err == nil && !bytes.Equal(in, bytes.Repeat(out, n)) {
			err = errors.New("a byte came back changed")
		}
		reading <- err
	}()
	for range n {
		if _, err := conn.Write(out); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return <-reading
}
