package parley_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// What the connections of the vectors gave and agreed upon. The bytes mean
// nothing; they only differ.
var (
	vectorID         = vectorPattern(0x10, 32)
	vectorOtherID    = vectorPattern(0x50, 32)
	vectorTicket     = vectorPattern(0x80, 48)
	vectorClientData = vectorPattern(0xc0, 12)
	vectorServerData = vectorPattern(0xe0, 12)
)

func vectorPattern(from byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = from + byte(i)
	}
	return b
}

// A helloChange makes one hello of another.
type helloChange func(*wire.ClientHello)

// vectorFirst is the first hello of a client that signals RFC 5746 by the SCSV.
func vectorFirst(v wire.Version, changes ...helloChange) *wire.ClientHello {
	hello := &wire.ClientHello{
		Version:            v,
		Random:             [32]byte(vectorPattern(0x00, 32)),
		CipherSuites:       []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_AES_256_CBC_SHA},
		CompressionMethods: []uint8{0},
	}
	if v == wire.VersionTLS12 {
		hello.CipherSuites = append([]wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256}, hello.CipherSuites...)
		withExtension(wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeRSAPKCS1SHA256, wire.SchemeRSAPKCS1SHA1}))(hello)
	}
	withSCSV(hello)
	for _, change := range changes {
		change(hello)
	}
	hello.Raw = hello.Marshal()
	return hello
}

func withSCSV(h *wire.ClientHello) {
	h.CipherSuites = append(h.CipherSuites, wire.SuiteEmptyRenegotiationInfoSCSV)
}

func withoutSCSV(h *wire.ClientHello) {
	h.CipherSuites = slices.DeleteFunc(h.CipherSuites, func(s wire.SuiteID) bool { return s == wire.SuiteEmptyRenegotiationInfoSCSV })
}

func withExtension(e wire.Extension) helloChange {
	return func(h *wire.ClientHello) {
		h.HasExtensions = true
		h.Extensions = append(slices.DeleteFunc(h.Extensions, func(o wire.Extension) bool { return o.Type == e.Type }), e)
	}
}

func withID(id []byte) helloChange {
	return func(h *wire.ClientHello) { h.SessionID = slices.Clone(id) }
}

func withTicket(ticket []byte) helloChange {
	return withExtension(wire.SessionTicketExtension(ticket))
}

func withInfo(data []byte) helloChange {
	return withExtension(wire.RenegotiationInfoExtension(data))
}

func withVersion(v wire.Version) helloChange {
	return func(h *wire.ClientHello) { h.Version = v }
}

func withSuites(ids ...wire.SuiteID) helloChange {
	return func(h *wire.ClientHello) { h.CipherSuites = ids }
}

var withTLS13 = withExtension(wire.SupportedVersionsExtension([]wire.Version{wire.VersionTLS13, wire.VersionTLS12}))

// vectorConnections are those that the hellos of the vectors arrive in.
func vectorConnections() map[string]*vectorConnection {
	connection := func(v wire.Version, s wire.SuiteID, changes ...helloChange) *vectorConnection {
		return &vectorConnection{
			Version: vectorNumber(v), CipherSuite: vectorNumber(s), FirstHello: vectorBytes(vectorFirst(v, changes...).Raw),
			ClientVerifyData: vectorClientData, ServerVerifyData: vectorServerData, SessionID: vectorID,
		}
	}
	ticket := sha256.Sum256(vectorTicket)
	m := map[string]*vectorConnection{
		"tls12":             connection(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256),
		"tls12-ticket":      connection(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, withTicket(nil)),
		"tls12-ems":         connection(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, withExtension(wire.ExtendedMasterSecretExtension())),
		"tls12-extension":   connection(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, withoutSCSV, withInfo(nil)),
		"tls12-unsignalled": connection(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, withoutSCSV),
		"tls12-nothing":     connection(wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256),
		"tls11":             connection(wire.VersionTLS11, wire.TLS_RSA_WITH_AES_128_CBC_SHA),
		"tls10":             connection(wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA),
		"ssl30":             connection(wire.VersionSSL30, wire.TLS_RSA_WITH_AES_128_CBC_SHA),
	}
	m["tls12-ticket"].SessionID, m["tls12-ticket"].TicketSHA256 = nil, ticket[:]
	m["tls12-ems"].ExtendedMasterSecret = true
	m["tls12-nothing"].SessionID = nil
	m["ssl30"].ClientVerifyData, m["ssl30"].ServerVerifyData = vectorPattern(0xa0, 36), vectorPattern(0xd0, 36)
	return m
}

// context gives the connection as Classify takes it.
func (c *vectorConnection) context(t *testing.T) renego.Connection {
	t.Helper()
	in := renego.SessionInUse{ID: c.SessionID, Suite: wire.SuiteID(c.CipherSuite), ExtendedMasterSecret: c.ExtendedMasterSecret}
	if len(c.TicketSHA256) > 0 {
		in.Tickets = [][32]byte{[32]byte(c.TicketSHA256)}
	}
	return renego.Connection{
		Version: wire.Version(c.Version), First: parseHello(t, c.FirstHello),
		ClientVerifyData: c.ClientVerifyData, Session: in,
	}
}

// judge fills in what becomes of a hello by default.
func (h *vectorHello) judge(t *testing.T, c *vectorConnection) {
	t.Helper()
	verdict := renego.Classify(c.context(t), parseHello(t, h.Hello), h.Inside)
	decision := renego.Decide(verdict, renego.Policy{}.Answer(verdict))
	h.Kind, h.Resumes = verdict.Kind.String(), verdict.Resumes
	h.Answer, h.Reason = decision.Answer.String(), decision.Reason
	switch decision.Answer {
	case renego.AnswerAccept:
		h.Terms = decision.Terms.String()
		h.ServerRenegotiated = decision.Terms.Rule().FullReply
	case renego.AnswerRefuse:
		h.Alert = wire.AlertNoRenegotiation.String()
	case renego.AnswerAbort:
		h.Alert = wire.AlertHandshakeFailure.String()
		if verdict.Kind == renego.KindRestart {
			h.Alert = wire.AlertBadRecordMAC.String()
		}
	}
}

// TestVectorsOfHellosHold judges each hello by what the file alone says.
func TestVectorsOfHellosHold(t *testing.T) {
	v := readVectors(t)
	for _, want := range v.SecondHellos {
		c := v.Connections[want.Connection]
		if c == nil {
			t.Fatalf("%s: there is no connection %q", want.Name, want.Connection)
		}
		got := &vectorHello{Name: want.Name, Connection: want.Connection, Inside: want.Inside, Hello: want.Hello}
		got.judge(t, c)
		if !bytes.Equal(got.Hello, want.Hello) || got.Kind != want.Kind || got.Resumes != want.Resumes || got.Answer != want.Answer ||
			got.Terms != want.Terms || got.Alert != want.Alert || got.Reason != want.Reason || got.ServerRenegotiated != want.ServerRenegotiated {
			t.Errorf("%s: %+v, want %+v", want.Name, got, want)
		}
	}
}

// TestVectorsAcceptOnlyWhatIsBound holds the file to the rule itself: what is
// accepted names the connection, by verdict of RFC 5746 or by its session.
func TestVectorsAcceptOnlyWhatIsBound(t *testing.T) {
	v := readVectors(t)
	counts := map[string]int{}
	for _, h := range v.SecondHellos {
		counts[h.Kind+" "+h.Answer]++
		c, hello := v.Connections[h.Connection], parseHello(t, h.Hello)
		info, present, _ := hello.RenegotiationInfo()
		ticket, _ := hello.SessionTicket()
		hash := sha256.Sum256(ticket)
		byInfo := present && bytes.Equal(info, c.ClientVerifyData) && len(info) > 0
		bySession := len(ticket) > 0 && bytes.Equal(hash[:], c.TicketSHA256) ||
			len(ticket) == 0 && len(hello.SessionID) > 0 && bytes.Equal(hello.SessionID, c.SessionID)
		if h.Answer == "accept" && !byInfo && !bySession {
			t.Errorf("%s is accepted and names nothing of the connection", h.Name)
		}
		if h.Answer == "accept" && !h.Inside {
			t.Errorf("%s is accepted and came in clear", h.Name)
		}
	}
	for _, outcome := range []string{"reset accept", "reset abort", "secure accept", "bare refuse", "forged abort", "restart abort"} {
		if counts[outcome] == 0 {
			t.Errorf("no vector is %s", outcome)
		}
	}
}
