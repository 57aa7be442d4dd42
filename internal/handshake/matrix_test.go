package handshake

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// A stop is a state that a handshake reaches, and all that may come there.
type stop struct {
	state    string
	reach    func(*ladder) error
	settings func() *Settings
	hello    []change
	messages []wire.MessageType
	hears    bool // a ClientHello by Hello
	changes  bool // a ChangeCipherSpec
	asks     bool
}

// chain climbs by several steps.
func chain(steps ...func(*ladder) error) func(*ladder) error {
	return func(l *ladder) error {
		for _, step := range steps {
			if err := step(l); err != nil {
				return err
			}
		}
		return nil
	}
}

// until takes the server as far as the question that want names, unanswered.
func until(want func(Question) bool) func(*ladder) error {
	return func(l *ladder) error {
		err := l.server.Hello(l.hello)
		l.transcript.Write(l.hello.Raw)
		for err == nil {
			for _, item := range l.server.Flight() {
				l.take(item)
			}
			q := l.server.Question()
			if q == nil || want(q) {
				return nil
			}
			err = l.server.Reply(l.answer(q))
		}
		return err
	}
}

func is[Q Question](q Question) bool { _, ok := q.(Q); return ok }

// unanswered sends what leads to a question and leaves it open.
func unanswered(m func(*ladder) wire.Message) func(*ladder) error {
	return func(l *ladder) error { return l.server.Message(m(l)) }
}

var (
	keyExchange = func(l *ladder) wire.Message { m, _ := l.clientKeyExchange(); return m }
	finished    = func(l *ladder) wire.Message {
		if err := l.server.ChangeCipherSpec(); err != nil {
			l.t.Fatal(err)
		}
		return (&wire.Finished{VerifyData: l.transcript.ClientVerifyData(l.master)}).Marshal()
	}
	authenticated = func() *Settings { return asks(ClientAuthRequest) }
	plainRSA      = []change{suites(wire.TLS_RSA_WITH_AES_128_CBC_SHA)}
	ephemeral     = []change{suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)}
	resumption    = []change{suites(wire.TLS_RSA_WITH_AES_128_CBC_SHA), offering([]byte{1}), ems}
)

// stops is every state of the machine.
var stops = []stop{
	{state: "ClientHello", reach: chain(), hears: true},
	{state: "the settings for this client", settings: func() *Settings { return nil }, reach: until(is[ConfigQuestion]), asks: true},
	{state: "the session offered", hello: resumption, reach: until(is[SessionQuestion]), asks: true},
	{state: "the certificate to show", reach: until(is[CertificateQuestion]), asks: true},
	{state: "the signature of ServerKeyExchange", hello: ephemeral, reach: until(is[PrivateKeyQuestion]), asks: true},
	{state: "Certificate", settings: authenticated, reach: (*ladder).begin, messages: []wire.MessageType{wire.MessageCertificate}},
	{state: "ClientKeyExchange", hello: plainRSA, reach: (*ladder).begin, messages: []wire.MessageType{wire.MessageClientKeyExchange}},
	{state: "ClientKeyExchange", hello: ephemeral, reach: (*ladder).begin, messages: []wire.MessageType{wire.MessageClientKeyExchange}},
	{state: "ClientKeyExchange", settings: authenticated, reach: chain((*ladder).begin, (*ladder).certificate), messages: []wire.MessageType{wire.MessageClientKeyExchange}},
	{state: "the decryption of the premaster secret", hello: plainRSA, reach: chain((*ladder).begin, unanswered(keyExchange)), asks: true},
	{state: "CertificateVerify", settings: authenticated, reach: chain(func(l *ladder) error {
		l.client = client(l.t, rsaKey(), wire.SchemeRSAPKCS1SHA256)
		return l.begin()
	}, (*ladder).certificate, (*ladder).keyExchange), messages: []wire.MessageType{wire.MessageCertificateVerify}},
	{state: "change_cipher_spec", hello: plainRSA, reach: chain((*ladder).begin, (*ladder).keyExchange), changes: true},
	{state: "change_cipher_spec", hello: resumption, reach: (*ladder).begin, changes: true},
	{state: "Finished", hello: plainRSA, reach: chain((*ladder).begin, (*ladder).keyExchange, func(l *ladder) error { return l.server.ChangeCipherSpec() }), messages: []wire.MessageType{wire.MessageFinished}},
	{state: "Finished", hello: resumption, reach: chain((*ladder).begin, func(l *ladder) error { return l.server.ChangeCipherSpec() }), messages: []wire.MessageType{wire.MessageFinished}},
	{state: "the word that the client may go on", hello: plainRSA, reach: chain((*ladder).begin, (*ladder).keyExchange, unanswered(finished)), asks: true},
	{state: "the word that the client may go on", hello: resumption, reach: chain((*ladder).begin, unanswered(finished)), asks: true},
	{state: "nothing more", reach: (*ladder).run},
	{state: "nothing more", hello: resumption, reach: (*ladder).run},
}

// reached is a server at the stop.
func (s stop) reached(t *testing.T) *Server {
	t.Helper()
	settings := everything()
	if s.settings != nil {
		settings = s.settings()
	}
	session := aSession()
	session.ServerName = ""
	l := resuming(t, settings, session, clientHello(s.hello...))
	if err := s.reach(l); err != nil {
		t.Fatalf("%s is not reached: %v", s.state, err)
	}
	if l.server.String() != s.state {
		t.Fatalf("it waits for %s, not for %s", l.server, s.state)
	}
	return l.server
}

// Every state with every message that there can be, a ClientHello and a
// ChangeCipherSpec: a listed transition or unexpected_message.
func TestEveryStateWithEveryMessage(t *testing.T) {
	for _, s := range stops {
		t.Run(s.state, func(t *testing.T) {
			server := s.reached(t)
			if got := server.Question() != nil; got != s.asks {
				t.Errorf("asks a question: %v", got)
			}
			if server.AwaitsHello() != s.hears || server.AwaitsFinished() != slices.Contains(s.messages, wire.MessageFinished) {
				t.Errorf("awaits a hello %v, Finished %v", server.AwaitsHello(), server.AwaitsFinished())
			}
			for id := range 256 {
				m := wire.NewMessage(wire.MessageType(id), nil)
				if slices.Contains(s.messages, m.Type()) {
					continue
				}
				refused(t, server.Message(m), wire.AlertUnexpectedMessage, "")
			}
			if !s.changes {
				refused(t, server.ChangeCipherSpec(), wire.AlertUnexpectedMessage, "")
			}
			if !s.hears {
				refused(t, server.Hello(clientHello()), wire.AlertUnexpectedMessage, "")
			}
			if !s.asks && server.Reply(VerifyReply{}) == nil {
				t.Error("an answer that nobody asked for is taken")
			}
			if server.String() != s.state {
				t.Errorf("it went on to %s", server)
			}
			if flight := server.Flight(); len(flight) > 0 {
				t.Errorf("it sends %v", flight)
			}
		})
	}
}

// What a state does await it takes only whole and well-formed.
func TestEveryAwaitedMessageCutShortIsRefused(t *testing.T) {
	for _, s := range stops {
		for _, id := range s.messages {
			for _, body := range [][]byte{nil, {0}, {0, 0, 9}, make([]byte, 300)} {
				server := s.reached(t)
				err := server.Message(wire.NewMessage(id, body))
				if err == nil && server.Question() == nil {
					t.Errorf("%s takes a %s of %d bytes", s.state, id, len(body))
				}
			}
		}
	}
}

// The table above has every state that the machine can be in: each type of this
// package that says what it awaits.
func TestTheMatrixIsWhole(t *testing.T) {
	states := map[string]state{}
	for _, st := range []state{
		expectClientHello{}, awaitConfig{}, awaitSession{}, awaitCertificate{}, awaitSignature{}, expectCertificate{}, expectClientKeyExchange{},
		awaitPremaster{}, expectCertificateVerify{}, expectChangeCipherSpec{}, expectFinished{}, awaitVerify{}, done{},
	} {
		states[reflect.TypeOf(st).Name()] = st
		if !slices.ContainsFunc(stops, func(s stop) bool { return s.state == st.String() }) {
			t.Errorf("no line for %T", st)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source := must(parser.ParseFile(token.NewFileSet(), file, nil, 0))
		for _, d := range source.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "String" {
				continue
			}
			if name, plain := f.Recv.List[0].Type.(*ast.Ident); plain && states[name.Name] == nil {
				t.Errorf("%s: the state %s has no line", file, name.Name)
			}
		}
	}
}
