package profiles

import (
	"bytes"
	"io"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// second is a second hello, and what the header of its record says.
type second struct {
	hello  *wire.ClientHello
	header wire.Version
}

// captured gives the second hello of a capture of a real client.
func captured(t *testing.T, name string) second {
	t.Helper()
	file, err := os.ReadFile("../../../testdata/captures/rig/" + name)
	if err != nil {
		t.Fatal(err)
	}
	keys := dissect.NewKeyring()
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(b capture.SecretsBlock) {
		if err := keys.AddSecrets(b); err != nil {
			t.Error(err)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	var found second
	done := func(c *trace.Conversation) {
		for _, e := range c.Events {
			if d, ok := e.Detail.(trace.SecondHelloDetail); ok && found.hello == nil {
				found = second{d.Hello, d.HeaderVersion}
			}
		}
	}
	a := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: keys, Done: done})
	}, capture.Limits{})
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		a.Add(p)
	}
	a.Finish()
	if found.hello == nil {
		t.Fatalf("%s has no second hello that can be read", name)
	}
	return found
}

// What the profile says when it begins again is what the real OpenSSL 1.0.1j says,
// in each of the ways in which it does.
func TestTheFoundingProfileBeginsAgainAsTheRealClientDoes(t *testing.T) {
	const suite = "-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng"
	p, _ := Named("openssl-1.0.1j")
	p = p.WithSuites([]wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384})
	for mode, behaviour := range map[string]string{
		"proper": "proper", "abbreviated": "proper-resumed", "reset": "reset",
		"newssl": "restart", "clear": "restart", "connect": "restart-resumed",
	} {
		real := captured(t, "parley-"+mode+suite)
		ours := secondHello(t, p, behaviour)
		if !slices.Equal(ours.hello.CipherSuites, real.hello.CipherSuites) || !slices.Equal(types(ours.hello), types(real.hello)) {
			t.Errorf("%s: %v %v, the real one %v %v", mode, ours.hello.CipherSuites, types(ours.hello), real.hello.CipherSuites, types(real.hello))
		}
		if len(ours.hello.SessionID) != len(real.hello.SessionID) {
			t.Errorf("%s: a session_id of %d bytes, the real one of %d", mode, len(ours.hello.SessionID), len(real.hello.SessionID))
		}
		ticket, _ := ours.hello.SessionTicket()
		if theirs, _ := real.hello.SessionTicket(); len(ticket) > 0 != (len(theirs) > 0) {
			t.Errorf("%s: a ticket of %d bytes, the real one of %d", mode, len(ticket), len(theirs))
		}
		if ours.header != real.header {
			t.Errorf("%s: the record's header says %s, the real one's %s", mode, ours.header, real.header)
		}
	}
}

func types(hello *wire.ClientHello) []wire.ExtensionType {
	var list []wire.ExtensionType
	for _, e := range hello.Extensions {
		list = append(list, e.Type)
	}
	return list
}

// secondHello has a profile's client begin again with a server, and gives what it
// sends.
func secondHello(t *testing.T, p Profile, behaviour string) (found second) {
	t.Helper()
	conn, err := net.Dial("tcp", goServer(t))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	handshakes := 0
	o := p.Options(legacyclient.Options{Trace: func(s legacyclient.Step) {
		if s.Sent && slices.Contains(s.Messages, wire.MessageClientHello) {
			handshakes++
			found.header = s.Header
		}
	}})
	c := legacyclient.New(conn, o)
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	c.Configure(func(o *legacyclient.Options) {
		o.Hello = func(hello *wire.ClientHello) { found.hello = hello }
	})
	m, _ := legacyclient.Named(behaviour)
	_ = m.Run(c) // crypto/tls refuses it
	if handshakes != 2 {
		t.Fatalf("%s: %d hellos", behaviour, handshakes)
	}
	return found
}
