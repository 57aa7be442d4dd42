package handshake

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A ladder is one handshake at the level of messages, with a client that can be
// told to misbehave. It answers the server's questions.
type ladder struct {
	t        testing.TB
	server   *Server
	hello    *wire.ClientHello
	key      crypto.Signer                              // the server's
	private  func(PrivateKeyQuestion) PrivateKeyReply   // nil: key answers
	session  *Session                                   // what the store gives
	offered  keys.Secret                                // of the session that hello offers
	verify   func(VerifyQuestion) error                 // nil: everybody may go on
	asked    []Question                                 // what the server asked
	received []wire.Message                             // what it sent
	client   clientKey                                  // zero: no certificate
	encrypt  func(premaster []byte) (ciphertext []byte) // nil: as it should be

	transcript  *keys.Transcript
	serverHello *wire.ServerHello
	suite       *suite.Suite
	exchange    *wire.ServerKeyExchange
	request     *wire.CertificateRequest
	ticket      []byte
	done        bool // the server hello was said to be done
	changed     bool // the server's ChangeCipherSpec came
	finished    bool // and its Finished, which verified
	master      keys.Secret
}

// A clientKey is a client's certificate and how it signs.
type clientKey struct {
	key    crypto.Signer
	chain  [][]byte
	scheme wire.SignatureScheme
}

// deck is the chance of the tests; it counts what is drawn.
type deck struct{ drawn int }

func (d *deck) Read(b []byte) (int, error) { d.drawn += len(b); return rand.Read(b) }

var rsaKey = sync.OnceValue(func() *rsa.PrivateKey { return must(rsa.GenerateKey(rand.Reader, 2048)) })

var ecdsaKey = sync.OnceValue(func() *ecdsa.PrivateKey { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// everything is settings under which all is on.
func everything() *Settings {
	s := &Settings{
		MinVersion: wire.VersionTLS10, MaxVersion: wire.VersionTLS12, HighestServed: wire.VersionTLS12,
		Groups: []wire.Group{wire.GroupX25519, wire.GroupSecp256r1, wire.GroupSecp384r1, wire.GroupSecp521r1},
	}
	for _, known := range suite.All() {
		s.Suites = append(s.Suites, known.ID)
	}
	return s
}

type change func(*wire.ClientHello)

// clientHello offers TLS 1.2 with one RSA and two ECDHE suites.
func clientHello(changes ...change) *wire.ClientHello {
	h := &wire.ClientHello{
		Version: wire.VersionTLS12, CompressionMethods: []uint8{0}, HasExtensions: true,
		CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
	}
	must(rand.Read(h.Random[:]))
	for _, c := range changes {
		c(h)
	}
	h.Raw = h.Marshal()
	return h
}

func version(v wire.Version) change { return func(h *wire.ClientHello) { h.Version = v } }

func suites(ids ...wire.SuiteID) change { return func(h *wire.ClientHello) { h.CipherSuites = ids } }

func with(e wire.Extension) change {
	return func(h *wire.ClientHello) { h.Extensions = append(h.Extensions, e) }
}

func offering(id []byte) change { return func(h *wire.ClientHello) { h.SessionID = id } }

var ems = with(wire.ExtendedMasterSecretExtension())

// climb begins a ladder of a stream's first handshake.
func climb(t testing.TB, settings *Settings, key crypto.Signer, hello *wire.ClientHello) *ladder {
	l := &ladder{t: t, key: key, hello: hello, transcript: keys.NewTranscript()}
	l.server = NewServer(Context{Terms: renego.TermsInitial, Rand: &deck{}, Settings: settings})
	return l
}

// again begins the ladder of a later handshake of the same stream.
func (l *ladder) again(terms renego.Terms, inUse *Outcome, hello *wire.ClientHello) *ladder {
	next := &ladder{t: l.t, key: l.key, hello: hello, transcript: keys.NewTranscript(), client: l.client}
	next.server = NewServer(Context{
		Terms: terms, Rand: &deck{}, Settings: l.server.Settings(), Certificate: l.server.Certificate(), InUse: inUse,
		ResumesInUse: renego.Classify(renego.Connection{Version: inUse.Version, First: l.hello, ClientVerifyData: inUse.ClientVerifyData, Session: inUse.Session}, hello, true).Resumes,
	})
	next.offered = inUse.Master
	return next
}

// begin gives the server the hello.
func (l *ladder) begin() error {
	l.transcript.Write(l.hello.Raw)
	return l.after(l.server.Hello(l.hello))
}

// say gives the server a message.
func (l *ladder) say(m wire.Message) error {
	l.transcript.Write(m)
	return l.after(l.server.Message(m))
}

// after takes what the server sends and answers what it asks, until it waits for
// the client.
func (l *ladder) after(err error) error {
	for err == nil {
		for _, item := range l.server.Flight() {
			l.take(item)
		}
		q := l.server.Question()
		if q == nil {
			return nil
		}
		l.asked = append(l.asked, q)
		err = l.server.Reply(l.answer(q))
	}
	return err
}

func (l *ladder) answer(q Question) Reply {
	switch q := q.(type) {
	case ConfigQuestion:
		return ConfigReply{Settings: everything()}
	case SessionQuestion:
		return SessionReply{Session: l.session}
	case CertificateQuestion:
		return CertificateReply{Chain: [][]byte{[]byte("the server's certificate")}, Public: l.key.Public()}
	case PrivateKeyQuestion:
		if l.private != nil {
			return l.private(q)
		}
		return l.useKey(q)
	case VerifyQuestion:
		if l.verify != nil {
			return VerifyReply{Err: l.verify(q)}
		}
	}
	return VerifyReply{}
}

func (l *ladder) useKey(q PrivateKeyQuestion) PrivateKeyReply {
	if q.Decrypt == nil {
		signature, err := l.key.Sign(rand.Reader, q.Digest, q.Opts)
		return PrivateKeyReply{Result: signature, Err: err}
	}
	//lint:ignore SA1019 what TLS's RSA key exchange is made of, in constant time
	secret, err := l.key.(crypto.Decrypter).Decrypt(rand.Reader, q.Decrypt, &rsa.PKCS1v15DecryptOptions{SessionKeyLen: premasterLen})
	return PrivateKeyReply{Result: secret, Err: err}
}

// take is what the client does with what the server sends.
func (l *ladder) take(item Item) {
	l.t.Helper()
	if item.ChangeCipherSpec {
		l.changed = true
		if l.master.IsZero() {
			l.master = l.offered
		}
		return
	}
	m := item.Message
	l.received = append(l.received, m)
	v := wire.VersionTLS12
	if l.serverHello != nil {
		v = l.serverHello.Version
	}
	switch m.Type() {
	case wire.MessageServerHello:
		l.serverHello = must(wire.ParseServerHello(m))
		l.suite = suite.ByID(l.serverHello.CipherSuite)
		l.transcript.KeepForVerify()
		l.transcript.Choose(l.serverHello.Version, l.suite)
	case wire.MessageServerKeyExchange:
		l.exchange = must(wire.ParseServerKeyExchange(m, v))
	case wire.MessageCertificateRequest:
		l.request = must(wire.ParseCertificateRequest(m, v))
	case wire.MessageServerHelloDone:
		l.done = true
	case wire.MessageNewSessionTicket:
		l.ticket = must(wire.ParseNewSessionTicket(m)).Ticket
	case wire.MessageFinished:
		want := l.transcript.ServerVerifyData(l.master)
		if got := must(wire.ParseFinished(m)).VerifyData; !slices.Equal(got, want) {
			l.t.Errorf("the server's Finished does not verify")
		}
		l.finished = true
	}
	l.transcript.Write(m)
}

// certificate sends the client's certificate, perhaps none.
func (l *ladder) certificate() error {
	return l.say((&wire.Certificate{Chain: l.client.chain}).Marshal())
}

// keyExchange sends ClientKeyExchange as the suite has it.
func (l *ladder) keyExchange() error {
	m, premaster := l.clientKeyExchange()
	l.transcript.Write(m)
	if l.serverHello.ExtendedMasterSecret() {
		l.master = keys.ExtendedMasterSecret(l.serverHello.Version, l.suite, premaster, l.transcript.SessionHash())
	} else {
		l.master = keys.MasterSecret(l.serverHello.Version, l.suite, premaster, &l.hello.Random, &l.serverHello.Random)
	}
	return l.after(l.server.Message(m))
}

func (l *ladder) clientKeyExchange() (m wire.Message, premaster []byte) {
	if l.suite.KeyExchange == suite.KeyExchangeECDHE {
		share := must(curveOf(l.exchange.Group).GenerateKey(rand.Reader))
		public := must(share.Curve().NewPublicKey(l.exchange.PublicKey))
		return wire.MarshalECDHEClientKeyExchange(share.PublicKey().Bytes()), must((*ecdh.PrivateKey).ECDH(share, public))
	}
	premaster = make([]byte, premasterLen)
	must(rand.Read(premaster))
	premaster[0], premaster[1] = byte(l.hello.Version>>8), byte(l.hello.Version)
	encrypt := l.encrypt
	if encrypt == nil {
		encrypt = l.encryptRSA
	}
	return wire.MarshalRSAClientKeyExchange(encrypt(premaster), l.serverHello.Version), premaster
}

func (l *ladder) encryptRSA(premaster []byte) []byte {
	//lint:ignore SA1019 what a client of RSA key exchange does
	return must(rsa.EncryptPKCS1v15(rand.Reader, l.key.Public().(*rsa.PublicKey), premaster))
}

// proof is the client's CertificateVerify.
func (l *ladder) proof() wire.Message {
	v := wire.CertificateVerify{Scheme: l.client.scheme}
	hash, opts := crypto.MD5SHA1, crypto.SignerOpts(crypto.MD5SHA1)
	if _, isECDSA := l.client.key.Public().(*ecdsa.PublicKey); isECDSA {
		hash, opts = crypto.SHA1, crypto.SHA1
	}
	if l.serverHello.Version == wire.VersionTLS12 {
		hash, opts = schemes[v.Scheme].hash, schemes[v.Scheme].opts()
	}
	v.Signature = must(l.client.key.Sign(rand.Reader, l.transcript.Digest(hash), opts))
	return v.Marshal(l.serverHello.Version)
}

// finish sends ChangeCipherSpec and Finished.
func (l *ladder) finish() error {
	if err := l.server.ChangeCipherSpec(); err != nil {
		return err
	}
	return l.say((&wire.Finished{VerifyData: l.transcript.ClientVerifyData(l.master)}).Marshal())
}

// run climbs to the end, as an honest client.
func (l *ladder) run() error {
	steps := []func() error{l.begin, l.answerFlight, l.finish}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	if l.server.Done() == nil || !l.finished {
		return errors.New("the handshake is not done")
	}
	return nil
}

// answerFlight sends what a client sends in a full handshake after the server's
// first flight; in an abbreviated one there is nothing to say.
func (l *ladder) answerFlight() error {
	if !l.done {
		return nil
	}
	if l.request != nil {
		if err := l.certificate(); err != nil {
			return err
		}
	}
	if err := l.keyExchange(); err != nil {
		return err
	}
	if l.request != nil && len(l.client.chain) > 0 {
		return l.say(l.proof())
	}
	return nil
}

// complete is run for tests that need what comes after.
func (l *ladder) complete() *Outcome {
	l.t.Helper()
	if err := l.run(); err != nil {
		l.t.Fatalf("the handshake failed: %v", err)
	}
	return l.server.Done()
}

// abbreviated reports how the handshake went.
func (l *ladder) abbreviated() bool { return l.server.Abbreviated() }

// refused wants an error to be the fault with this alert and finding.
func refused(t testing.TB, err error, alert wire.Alert, finding string) {
	t.Helper()
	var f *wire.Fault
	if !errors.As(err, &f) {
		t.Fatalf("no fault but %v", err)
	}
	if f.Alert != alert || f.Finding != finding {
		t.Errorf("%s %q (%s), want %s %q", f.Alert, f.Finding, f.Reason, alert, finding)
	}
}

// selfSigned is a client's certificate for a public key.
func selfSigned(t testing.TB, public crypto.PublicKey) []byte {
	t.Helper()
	return must(x509.CreateCertificate(rand.Reader, template, template, public, ecdsaKey()))
}
