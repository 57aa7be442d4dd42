package legacyclient

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// realHello stands for one that was captured: extensions in an order of its own,
// one that nobody knows, and the session_id of a client that sends one for show.
func realHello(signal wire.Extension) *wire.ClientHello {
	return &wire.ClientHello{
		Version: wire.VersionTLS12, SessionID: make([]byte, 32), CompressionMethods: []uint8{0}, HasExtensions: true,
		CipherSuites: []wire.SuiteID{0x1234, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.SuiteEmptyRenegotiationInfoSCSV},
		Extensions: []wire.Extension{
			{Type: 0x7777, Data: []byte("unknown")},
			wire.SessionTicketExtension(nil),
			wire.PointFormatsExtension(nil),
			wire.GroupsExtension([]wire.Group{wire.GroupSecp256r1}),
			signal,
			wire.SignatureAlgorithmsExtension(defaultSchemes),
			wire.ServerNameExtension("host.example"),
		},
	}
}

func types(hello *wire.ClientHello) []wire.ExtensionType {
	var list []wire.ExtensionType
	for _, e := range hello.Extensions {
		list = append(list, e.Type)
	}
	return list
}

func TestHellosOfATemplateDifferOnlyInWhatTheirKindChanges(t *testing.T) {
	template := realHello(wire.ExtendedMasterSecretExtension())
	dial := goServer(t, &tls.Config{})
	c := established(t, dial(), Options{Template: template, ServerName: "host.example"})
	first := c.Hello(Hello{Kind: HelloFirst})
	if !slices.Equal(types(first), types(template)) || !slices.Equal(first.CipherSuites, template.CipherSuites) {
		t.Errorf("a first hello has %v", types(first))
	}
	if len(first.SessionID) != 32 || slices.Equal(first.SessionID, c.Hello(Hello{}).SessionID) {
		t.Errorf("the session_id for show is %x", first.SessionID)
	}
	proper := c.Hello(Hello{Kind: HelloProper})
	if data, present, err := proper.RenegotiationInfo(); !present || err != nil || len(data) != 12 || proper.OffersSCSV() {
		t.Errorf("a proper hello says %x, %v, SCSV %v", data, err, proper.OffersSCSV())
	}
	if rest := slices.DeleteFunc(types(proper), func(x wire.ExtensionType) bool { return x == wire.ExtensionRenegotiationInfo }); !slices.Equal(rest, types(template)) {
		t.Errorf("and besides %v", rest)
	}
	reset := c.Hello(Hello{Kind: HelloReset})
	if !slices.Equal(types(reset), types(template)) || !slices.Equal(reset.SessionID, c.Session().OfferedID()) {
		t.Errorf("a reset hello has %v, and offers %x", types(reset), reset.SessionID)
	}
	if ticket, _ := reset.SessionTicket(); len(ticket) == 0 || !slices.Equal(ticket, c.Session().Ticket) {
		t.Error("it does not offer the ticket")
	}
	bare := c.Hello(Hello{Kind: HelloBare})
	if _, present, _ := bare.RenegotiationInfo(); present || bare.OffersSCSV() {
		t.Error("a bare hello signals RFC 5746")
	}
	echoes(t, c, "the template's client is a whole one")
}

func TestASignalThatIsAnExtensionKeepsItsPlace(t *testing.T) {
	template := realHello(wire.RenegotiationInfoExtension(nil))
	DropSCSV(template)
	dial := goServer(t, &tls.Config{})
	c := established(t, dial(), Options{Template: template})
	proper := c.Hello(Hello{Kind: HelloProper})
	if slices.Index(types(proper), wire.ExtensionRenegotiationInfo) != 4 {
		t.Errorf("%v", types(proper))
	}
	if _, present := proper.Extension(wire.ExtensionServerName); present {
		t.Error("there is a server name that nobody gave")
	}
	m, _ := Named("forged-unsignalled")
	unsignalled := New(nil, m.Options(Options{Template: template})).Hello(Hello{})
	if _, present, _ := unsignalled.RenegotiationInfo(); present || unsignalled.OffersSCSV() {
		t.Error("a client that signals nothing does")
	}
}

// A real client offers what this one cannot do; a server that chooses it has done
// nothing wrong.
func TestWhatIsOfferedAndCannotBeDoneIsAnErrorOfItsOwn(t *testing.T) {
	for what, script := range map[string]func(*wire.ServerHello){
		"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA in SSL 3.0": func(h *wire.ServerHello) {
			h.Version, h.CipherSuite = wire.VersionSSL30, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
		},
		"the cipher suite ":      func(h *wire.ServerHello) { h.CipherSuite = 0x1234 },
		"encrypt_then_mac with ": func(h *wire.ServerHello) { h.Extensions = []wire.Extension{{Type: wire.ExtensionEncryptThenMAC}} },
		"next_protocol_negotiation": func(h *wire.ServerHello) {
			h.Extensions = []wire.Extension{{Type: wire.ExtensionNextProtocolNegotiation}}
		},
	} {
		answer := &wire.ServerHello{Version: wire.VersionTLS12, CipherSuite: wire.TLS_RSA_WITH_AES_128_CBC_SHA}
		script(answer)
		answer.HasExtensions = len(answer.Extensions) > 0
		template := realHello(wire.ExtendedMasterSecretExtension())
		for _, e := range answer.Extensions {
			SetExtension(template, e)
		}
		err := New(says(t, answer.Marshal()), Options{Template: template}).Handshake()
		var unspoken *UnspokenError
		if !errors.As(err, &unspoken) || !strings.HasPrefix(unspoken.What, what) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// The line is there before the first record is sealed with what it opens.
func TestTheKeyLogIsAheadOfWhatItOpens(t *testing.T) {
	dial := goServer(t, &tls.Config{})
	var lines []string
	sealed := false
	c := New(dial(), Options{
		KeyLog: func(line string) { lines = append(lines, line) },
		Trace: func(s Step) {
			if s.Encrypted && len(lines) == 0 {
				sealed = true
			}
		},
	})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if sealed || len(lines) != 1 || !strings.HasPrefix(lines[0], "CLIENT_RANDOM ") || len(lines[0]) != len("CLIENT_RANDOM ")+64+1+96+1 {
		t.Errorf("%q, sealed before %v", lines, sealed)
	}
}

// says is a connection to a server that says one message in clear, whatever it
// hears.
func says(t *testing.T, m wire.Message) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close() })
	go func() {
		defer theirs.Close()
		b := make([]byte, 4096)
		if _, err := theirs.Read(b); err != nil {
			return
		}
		h := wire.RecordHeader{Type: wire.TypeHandshake, Version: wire.VersionTLS12, Length: len(m)}
		_, _ = theirs.Write(append(h.Append(nil), m...))
		_, _ = io.Copy(io.Discard, theirs)
	}()
	return ours
}
