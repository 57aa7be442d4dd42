package dissect_test

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"crypto/rsa"
	"encoding/binary"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A script is a conversation with full handshakes by RSA, written by hand: for
// versions and hellos that no peer of the tests speaks.
type script struct {
	t                testing.TB
	version          wire.Version
	suite            *suite.Suite
	said             []heard
	seals            [2]*record.Sealer
	transcript       *keys.Transcript
	master           keys.Secret
	randoms          [2][32]byte
	verifyC, verifyS []byte
	cuts, compresses bool
	deflates         [2]*deflater // by direction; nil: not compressed yet
}

// A deflater compresses one direction's records as OpenSSL does, each flushed.
type deflater struct {
	*flate.Writer
	out   bytes.Buffer
	begun bool
}

func newDeflater(t testing.TB) *deflater {
	t.Helper()
	d := &deflater{}
	w, err := flate.NewWriter(&d.out, flate.DefaultCompression)
	if err != nil {
		t.Fatal(err)
	}
	d.Writer = w
	return d
}

func (d *deflater) deflate(t testing.TB, b []byte) []byte {
	t.Helper()
	d.out.Reset()
	if !d.begun {
		d.out.Write([]byte{0x78, 0x9c})
		d.begun = true
	}
	if _, err := d.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := d.Flush(); err != nil {
		t.Fatal(err)
	}
	return bytes.Clone(d.out.Bytes())
}

func newScript(t testing.TB, v wire.Version, id wire.SuiteID) *script {
	s := &script{t: t, version: v, suite: suite.ByID(id)}
	for i := range s.seals {
		s.seals[i] = record.PlainSealer(v)
	}
	return s
}

func (s *script) say(d capture.Direction, t wire.ContentType, payload []byte) {
	if s.deflates[d] != nil {
		payload = s.deflates[d].deflate(s.t, payload)
	}
	s.said = append(s.said, heard{d, s.seals[d].Seal(nil, t, payload)})
}

func (s *script) message(d capture.Direction, m wire.Message) {
	s.transcript.Write(m)
	if s.cuts {
		s.say(d, wire.TypeHandshake, m[:3])
		m = m[3:]
	}
	s.say(d, wire.TypeHandshake, m)
}

// handshake runs a full one. A hello of SSL 2.0's format goes out as it is.
func (s *script) handshake(hello *wire.ClientHello, reply []byte) {
	s.t.Helper()
	s.transcript = keys.NewTranscript()
	m := hello.Marshal()
	if hello.SSL2Format {
		s.transcript.Write(m)
		head := binary.BigEndian.AppendUint16(nil, uint16(len(m))|0x8000)
		s.said = append(s.said, heard{capture.AtoB, append(head, m...)})
	} else {
		s.message(capture.AtoB, m)
	}
	s.randoms = [2][32]byte{hello.Random, {9: byte(len(s.said))}}
	server := &wire.ServerHello{Version: s.version, Random: s.randoms[1], SessionID: bytes.Repeat([]byte{7}, 32), CipherSuite: s.suite.ID}
	if s.compresses {
		server.CompressionMethod = 1
	}
	if reply != nil {
		server.HasExtensions, server.Extensions = true, []wire.Extension{wire.RenegotiationInfoExtension(reply)}
	}
	s.message(capture.BtoA, server.Marshal())
	s.transcript.Choose(s.version, s.suite)
	s.message(capture.BtoA, (&wire.Certificate{Chain: identities().rsa.Certificate}).Marshal())
	s.message(capture.BtoA, wire.ServerHelloDone())
	premaster := bytes.Repeat([]byte{3}, keys.MasterLen)
	//lint:ignore SA1019 it is what the versions of TLS here do
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, &identities().rsa.PrivateKey.(*rsa.PrivateKey).PublicKey, premaster)
	if err != nil {
		s.t.Fatal(err)
	}
	s.message(capture.AtoB, wire.MarshalRSAClientKeyExchange(encrypted, s.version))
	s.master = keys.MasterSecret(s.version, s.suite, premaster, &s.randoms[0], &s.randoms[1])
	block := keys.KeyBlock(s.version, s.suite, s.master, &s.randoms[0], &s.randoms[1])
	s.verifyC = s.transcript.ClientVerifyData(s.master)
	s.change(capture.AtoB, block.ClientMAC, block.ClientKey, block.ClientIV)
	s.message(capture.AtoB, (&wire.Finished{VerifyData: s.verifyC}).Marshal())
	s.verifyS = s.transcript.ServerVerifyData(s.master)
	s.change(capture.BtoA, block.ServerMAC, block.ServerKey, block.ServerIV)
	s.message(capture.BtoA, (&wire.Finished{VerifyData: s.verifyS}).Marshal())
}

func (s *script) change(d capture.Direction, mac, key, iv []byte) {
	s.t.Helper()
	s.say(d, wire.TypeChangeCipherSpec, []byte{1})
	sealer, err := record.NewSealer(s.version, s.suite, mac, key, iv)
	if err != nil {
		s.t.Fatal(err)
	}
	sealer.SetRandom(rand.Reader)
	s.seals[d] = sealer
	if s.compresses {
		s.deflates[d] = newDeflater(s.t)
	}
}

func (s *script) talk() {
	s.say(capture.AtoB, wire.TypeApplicationData, []byte(talk))
	s.say(capture.BtoA, wire.TypeApplicationData, []byte(talk))
}

func (s *script) hello(extensions ...wire.Extension) *wire.ClientHello {
	return &wire.ClientHello{
		Version: s.version, Random: [32]byte{byte(len(s.said)), 1}, CipherSuites: []wire.SuiteID{s.suite.ID, wire.SuiteEmptyRenegotiationInfoSCSV},
		CompressionMethods: []uint8{0}, HasExtensions: len(extensions) > 0, Extensions: extensions,
	}
}

// SSL 3.0 is opened and its Finished verified, through a renegotiation, which
// compares 36 and 36 bytes.
func TestSSL30IsOpened(t *testing.T) {
	for _, id := range []wire.SuiteID{wire.TLS_RSA_WITH_RC4_128_SHA, wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA} {
		s := newScript(t, wire.VersionSSL30, id)
		s.handshake(s.hello(), []byte{})
		s.talk()
		second := s.hello(wire.RenegotiationInfoExtension(s.verifyC))
		second.CipherSuites = second.CipherSuites[:1]
		s.handshake(second, append(bytes.Clone(s.verifyC), s.verifyS...))
		s.talk()
		c := told(withKey(t), s.said)
		opened(t, c, 2, 2)
		hellos := find[trace.SecondHelloDetail](c, trace.SecondHello)
		answers := find[trace.AnsweredDetail](c, trace.Answered)
		if len(hellos) != 1 || hellos[0].Kind.String() != "secure" || len(answers) != 1 || answers[0].Bound != "RFC 5746" {
			t.Errorf("%s: %+v %+v", id, hellos, answers)
		}
	}
}

// A first hello in the format of SSL 2.0 leads to TLS as any other.
func TestSSL2HelloLeadsToTLS(t *testing.T) {
	for _, v := range []wire.Version{wire.VersionSSL30, wire.VersionTLS10} {
		s := newScript(t, v, wire.TLS_RSA_WITH_AES_128_CBC_SHA)
		hello := s.hello()
		hello.SSL2Format = true
		hello.SSL2Challenge = hello.Random[:]
		s.handshake(hello, []byte{})
		s.talk()
		c := told(withKey(t), s.said)
		opened(t, c, 1, 1)
		first := find[trace.MessageDetail](c, trace.Message)[0]
		if first.Hello == nil || !first.Hello.SSL2Format || c.Protocol != trace.ProtocolTLS {
			t.Errorf("%s: %s", v, words(c))
		}
	}
	// A server that speaks nothing newer is not followed, and that is said.
	said := []heard{
		{capture.AtoB, append([]byte{0x80, 0x1c}, (&wire.ClientHello{SSL2Format: true, Version: wire.VersionSSL20, SSL2CipherSpecs: []wire.SSL2CipherSpec{0x010080}, SSL2Challenge: make([]byte, 16)}).Marshal()...)},
		{capture.BtoA, []byte{0x80, 0x0b, 4, 0, 1, 0, 2, 0, 0, 0, 0, 0, 0}},
	}
	c := told(dissect.NewKeyring(), said)
	if r := find[trace.RecordDetail](c, trace.Record); len(r) != 1 || r[0].Header != wire.VersionSSL20 {
		t.Errorf("a server of SSL 2.0: %s", words(c))
	}
}

// TLS compression, as OpenSSL before 1.0.1f had it, is undone; where a record is
// missing, what follows may refer to it and stays closed.
func TestCompressionIsUndone(t *testing.T) {
	s := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	s.compresses = true
	s.handshake(s.hello(), []byte{})
	s.talk()
	second := s.hello(wire.RenegotiationInfoExtension(s.verifyC))
	second.CipherSuites = second.CipherSuites[:1]
	s.handshake(second, append(bytes.Clone(s.verifyC), s.verifyS...))
	s.talk()
	s.talk()
	opened(t, told(withKey(t), s.said), 3, 2)
	c := without(withKey(t), s.said, len(s.said)-4)
	sealed := 0
	for _, d := range find[trace.DataDetail](c, trace.Data) {
		if d.Sealed {
			sealed++
		}
	}
	if count(c, trace.HandshakeDone) != 2 || sealed != 1 {
		t.Errorf("with data missing: %s", words(c))
	}
}

// Data of either side that crosses a second hello, or comes amid the handshake
// that it begins, is told as what it is, with whose it was.
func TestDataThatCrossesIsTold(t *testing.T) {
	s := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	s.handshake(s.hello(), []byte{})
	s.talk()
	s.say(capture.AtoB, wire.TypeHandshake, s.hello().Marshal())
	s.talk()
	s.say(capture.BtoA, wire.TypeAlert, []byte{byte(wire.LevelWarning), byte(wire.AlertNoRenegotiation)})
	s.talk()
	for how, ring := range map[string]*dissect.Keyring{"opened": withKey(t), "sealed": dissect.NewKeyring()} {
		c := told(ring, s.said)
		crossed := find[trace.DataDetail](c, trace.Crossed)
		if len(crossed) != 2 || crossed[0].FromClient == 0 || crossed[1].ToClient == 0 || count(c, trace.Data) != 4 {
			t.Errorf("%s: %s", how, words(c))
		}
	}
	answers := find[trace.AnsweredDetail](told(withKey(t), s.said), trace.Answered)
	if len(answers) != 1 || answers[0].Answer.String() != "refuse" || answers[0].Kind.String() != "reset" {
		t.Errorf("answered %+v", answers)
	}
}

// A restart that a server serves is a second hello, and the stream goes on under
// new keys.
func TestARestartThatIsServed(t *testing.T) {
	s := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA256)
	s.handshake(s.hello(), []byte{})
	s.talk()
	for i := range s.seals {
		s.seals[i] = record.PlainSealer(s.version)
	}
	s.handshake(s.hello(), []byte{})
	s.talk()
	c := told(withKey(t), s.said)
	opened(t, c, 2, 2)
	hellos := find[trace.SecondHelloDetail](c, trace.SecondHello)
	if len(hellos) != 1 || hellos[0].Kind.String() != "restart" {
		t.Errorf("%+v", hellos)
	}
	for _, e := range c.Events {
		if d, ok := e.Detail.(trace.HandshakeDetail); ok && (e.Epoch != e.Handshake || d.Resumed) {
			t.Errorf("handshake %d made epoch %d: %+v", e.Handshake, e.Epoch, d)
		}
	}
	sealed := told(dissect.NewKeyring(), s.said)
	if count(sealed, trace.SecondHello) != 1 || count(sealed, trace.HandshakeDone) != 2 {
		t.Errorf("without a key: %s", words(sealed))
	}
}
