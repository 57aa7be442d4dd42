package parley_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// A foundingSetting is what distinguishes the conversations of the vectors. RSA
// key exchange leaves the server nothing to draw that a replay could not repeat.
type foundingSetting struct {
	name    string
	version wire.Version
	suite   wire.SuiteID
	ticket  bool
}

var foundingSettings = []foundingSetting{
	{"TLS 1.0, CBC, session id", wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA, false},
	{"TLS 1.2, GCM, ticket", wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, true},
}

// A foundingServer is an engine that answers its own questions and echoes.
type foundingServer struct {
	*engine.Conn
	setting foundingSetting
	chain   [][]byte
	public  crypto.PublicKey
	decrypt func([]byte) []byte
	chance  uint64
	now     time.Duration
	kinds   []renego.Kind // of second hellos
}

func (f foundingSetting) server(chain [][]byte, public crypto.PublicKey, decrypt func([]byte) []byte) *foundingServer {
	s := &foundingServer{setting: f, chain: chain, public: public, decrypt: decrypt}
	s.Conn = engine.New(engine.Options{Rand: s, HandshakeTimeout: time.Minute, RenegotiateTimeout: time.Minute})
	return s
}

// Read gives the server its chance, the same in every run.
func (s *foundingServer) Read(b []byte) (int, error) {
	for i := range b {
		s.chance++
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("parley vectors "+s.setting.name), s.chance))
		b[i] = sum[0]
	}
	return len(b), nil
}

// Seal gives a ticket that nobody will open: the session in use is looked up nowhere.
func (s *foundingServer) Seal(session []byte) []byte {
	sum := sha256.Sum256(session)
	return append([]byte("ticket of a vector: "), sum[:]...)
}

// take gives the server one record of the client's and returns what it sends.
func (s *foundingServer) take(rec []byte) ([]byte, error) {
	_, data, err := s.Receive(s.now, rec)
	for q := s.Question(); q != nil && err == nil; q = s.Question() {
		err = s.Reply(s.now, s.reply(q))
	}
	if len(data) > 0 && err == nil {
		_, err = s.Send(data) // a few bytes: all of them at once
	}
	return s.Output(), err
}

func (s *foundingServer) reply(q engine.Question) engine.Reply {
	switch q := q.(type) {
	case handshake.ConfigQuestion:
		settings := &handshake.Settings{
			MinVersion: s.setting.version, MaxVersion: s.setting.version, HighestServed: s.setting.version,
			Suites: []wire.SuiteID{s.setting.suite},
		}
		if s.setting.ticket {
			settings.Sealer = s
		}
		return handshake.ConfigReply{Settings: settings}
	case handshake.CertificateQuestion:
		return handshake.CertificateReply{Chain: s.chain, Public: s.public}
	case handshake.PrivateKeyQuestion:
		return handshake.PrivateKeyReply{Result: s.decrypt(q.Decrypt)}
	case engine.AnswerQuestion:
		s.kinds = append(s.kinds, q.Verdict.Kind)
		return engine.AnswerReply{Answer: q.Default}
	case handshake.VerifyQuestion:
		return handshake.VerifyReply{}
	}
	return handshake.SessionReply{}
}

// serve carries the conversation between the server and conn, one record at a time.
func (s *foundingServer) serve(conn net.Conn) error {
	defer conn.Close()
	var buf []byte
	for {
		_, rec, whole, err := record.Next(buf)
		if err != nil {
			return err
		}
		if !whole {
			room := make([]byte, 4096)
			n, err := conn.Read(room)
			if buf = append(buf, room[:n]...); err != nil {
				return err
			}
			continue
		}
		out, err := s.take(slices.Clone(rec))
		buf = buf[len(rec):]
		if len(out) > 0 {
			if _, err := conn.Write(out); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

// A tap writes down the records that pass a client's connection.
type tap struct {
	net.Conn
	records []vectorRecord
	partial map[string][]byte
}

func (t *tap) note(from string, b []byte) {
	t.partial[from] = append(t.partial[from], b...)
	for {
		_, rec, whole, err := record.Next(t.partial[from])
		if err != nil || !whole {
			return
		}
		t.records = append(t.records, vectorRecord{From: from, Bytes: slices.Clone(rec)})
		t.partial[from] = t.partial[from][len(rec):]
	}
}

func (t *tap) Write(b []byte) (int, error) {
	t.note("client", b)
	return t.Conn.Write(b)
}

func (t *tap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	t.note("server", b[:n])
	return n, err
}

// foundingConversations plays them: a first handshake, data, a reset hello that
// is accepted, data, the end.
func foundingConversations(t *testing.T) []*vectorConversation {
	t.Helper()
	key := rsaKey()
	chain := ca().issue("legacy.example", key).Certificate
	var list []*vectorConversation
	for _, f := range foundingSettings {
		server := f.server(chain, key.Public(), decryptWith(t, key))
		ours, theirs := net.Pipe()
		ended := make(chan error, 1)
		go func() { ended <- server.serve(theirs) }()
		wire := &tap{Conn: ours, partial: map[string][]byte{}}
		premaster := playFounding(t, f, wire)
		if err := <-ended; err != io.EOF {
			t.Fatalf("%s: the server's end: %v", f.name, err)
		}
		list = append(list, &vectorConversation{Name: f.name, Records: wire.records, Handshakes: explainConversation(t, wire.records, premaster)})
	}
	return list
}

func decryptWith(t *testing.T, key crypto.Signer) func([]byte) []byte {
	return func(b []byte) []byte {
		//lint:ignore SA1019 TLS before 1.3 encrypts the premaster secret so.
		secret, err := rsa.DecryptPKCS1v15(nil, key.(*rsa.PrivateKey), b)
		if err != nil {
			t.Error(err)
		}
		return secret
	}
}

func playFounding(t *testing.T, f foundingSetting, conn net.Conn) (premaster []byte) {
	t.Helper()
	c := legacyclient.New(conn, legacyclient.Options{
		Version: f.version, Suites: []wire.SuiteID{f.suite}, SessionTickets: f.ticket, ServerName: "legacy.example",
		Premaster: func(secret []byte) { premaster = bytes.Clone(secret) },
	})
	for _, step := range []func() error{
		c.Handshake,
		func() error { return c.Echo([]byte("before")) },
		func() error { return c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloReset}) },
		func() error { return c.Echo([]byte("after")) },
		c.Close,
	} {
		if err := step(); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
	}
	return premaster
}

// TestVectorsOfConversationsHold works every value out from the records and the
// premaster secret, and holds the file and the rule to it.
func TestVectorsOfConversationsHold(t *testing.T) {
	for _, c := range readVectors(t).Conversations {
		first, second := c.Handshakes[0], c.Handshakes[1]
		got, err := json.Marshal(explainConversation(t, c.Records, first.PremasterSecret))
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(c.Handshakes)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: the records give\n%s\nand the file has\n%s", c.Name, got, want)
		}
		if both := slices.Concat(first.ClientVerifyData, first.ServerVerifyData); second.RenegotiationInfo == nil || !bytes.Equal(*second.RenegotiationInfo, both) {
			t.Errorf("%s: renegotiation_info is not both verify_data of the first handshake", c.Name)
		}
		if first.RenegotiationInfo == nil || len(*first.RenegotiationInfo) != 0 {
			t.Errorf("%s: the first renegotiation_info is not empty", c.Name)
		}
	}
}

// TestVectorsReplay gives the client's records to a server with the same chance:
// what it sends is the same, byte for byte.
func TestVectorsReplay(t *testing.T) {
	conversations := readVectors(t).Conversations
	for i, f := range foundingSettings {
		c := conversations[i]
		server := replayServer(t, f, c)
		var sent, want []byte
		for _, r := range c.Records {
			if r.From == "server" {
				want = append(want, r.Bytes...)
				continue
			}
			out, err := server.take(slices.Clone(r.Bytes))
			if err != nil && err != io.EOF {
				t.Fatalf("%s: %v (if the server is meant to send something else now, -update)", f.name, err)
			}
			sent = append(sent, out...)
		}
		if !bytes.Equal(sent, want) {
			t.Errorf("%s: the server sends %x, and the file has %x", f.name, sent, want)
		}
		if !slices.Equal(server.kinds, []renego.Kind{renego.KindReset}) {
			t.Errorf("%s: the second hello is taken for %v", f.name, server.kinds)
		}
	}
}

// replayServer takes the certificate from the conversation, and the premaster
// secret in place of the key.
func replayServer(t *testing.T, f foundingSetting, c *vectorConversation) *foundingServer {
	t.Helper()
	first := c.Handshakes[0]
	shown, err := wire.ParseCertificate(wire.Message(first.Messages[2].Bytes))
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(shown.Chain[0])
	if err != nil {
		t.Fatal(err)
	}
	return f.server(shown.Chain, leaf.PublicKey, func([]byte) []byte { return bytes.Clone(first.PremasterSecret) })
}
