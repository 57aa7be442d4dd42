package handshake

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// A badPremaster is one way in which what the client encrypts can be wrong.
type badPremaster struct {
	name    string
	encrypt func(*ladder, []byte) []byte
	private func(*ladder, PrivateKeyQuestion) PrivateKeyReply
}

var badPremasters = []badPremaster{
	{name: "padding", encrypt: func(l *ladder, _ []byte) []byte {
		return bytes.Repeat([]byte{3}, l.key.(interface{ Size() int }).Size())
	}},
	{name: "one byte less", encrypt: func(l *ladder, p []byte) []byte { return l.encryptRSA(p[:47]) }},
	{name: "one byte more", encrypt: func(l *ladder, p []byte) []byte { return l.encryptRSA(append(slices.Clone(p), 0)) }},
	{name: "nothing inside", encrypt: func(l *ladder, p []byte) []byte { return l.encryptRSA(nil) }},
	{name: "the negotiated version", encrypt: func(l *ladder, p []byte) []byte {
		v := l.serverHello.Version
		return l.encryptRSA(slices.Concat([]byte{byte(v >> 8), byte(v)}, p[2:]))
	}},
	{name: "a version with the right low byte", encrypt: func(l *ladder, p []byte) []byte { return l.encryptRSA(slices.Concat([]byte{2}, p[1:])) }},
	{name: "a short ciphertext", encrypt: func(*ladder, []byte) []byte { return []byte{1} }},
	{name: "a long ciphertext", encrypt: func(*ladder, []byte) []byte { return make([]byte, 1000) }},
	{name: "a decrypter that errs", private: func(*ladder, PrivateKeyQuestion) PrivateKeyReply {
		return PrivateKeyReply{Err: errors.New("the token is busy")}
	}},
	{name: "a decrypter that errs and gives the secret", private: func(l *ladder, q PrivateKeyQuestion) PrivateKeyReply {
		r := l.useKey(q)
		r.Err = errors.New("the token is busy")
		return r
	}},
	{name: "a decrypter that gives too much", private: func(l *ladder, q PrivateKeyQuestion) PrivateKeyReply {
		r := l.useKey(q)
		r.Result = append(r.Result, 0)
		return r
	}},
	{name: "a decrypter that gives nothing", private: func(*ladder, PrivateKeyQuestion) PrivateKeyReply { return PrivateKeyReply{} }},
}

// A path is all that can be seen of how the server went on.
type path struct {
	states, questions []string
	sent, drawn       int
	alert             wire.Alert
	finding, reason   string
	told              bool // that the negotiated version was inside
}

// walk goes through a handshake of RSA key exchange and notes the path.
func walk(t *testing.T, bad badPremaster, changes ...change) path {
	return walkWith(t, bad, func(*ladder) {}, changes...)
}

func walkWith(t *testing.T, bad badPremaster, prepare func(*ladder), changes ...change) path {
	settings := everything()
	settings.MaxVersion = wire.VersionTLS11 // so that offered and negotiated differ
	chance := &deck{}
	l := climb(t, settings, rsaKey(), clientHello(append([]change{suites(wire.TLS_RSA_WITH_AES_128_CBC_SHA)}, changes...)...))
	l.server.context.Rand = chance
	prepare(l)
	if bad.encrypt != nil {
		l.encrypt = func(p []byte) []byte { return bad.encrypt(l, p) }
	}
	if bad.private != nil {
		l.private = func(q PrivateKeyQuestion) PrivateKeyReply { return bad.private(l, q) }
	}
	var p path
	for _, step := range []func() error{l.begin, l.keyExchange, l.finish} {
		err := step()
		p.states = append(p.states, l.server.String())
		if err != nil {
			f := asFault(err)
			p.alert, p.finding, p.reason = f.Alert, f.Finding, f.Reason
		}
	}
	for _, q := range l.asked {
		switch q.(type) {
		case PrivateKeyQuestion:
			p.questions = append(p.questions, "decrypt")
		case VerifyQuestion:
			p.questions = append(p.questions, "verify")
		}
	}
	p.sent, p.drawn = len(l.received), chance.drawn
	p.told = p.alert == 0 && l.server.outcome.LenientPremaster
	return p
}

func (p path) equal(other path) bool {
	return slices.Equal(p.states, other.states) && slices.Equal(p.questions, other.questions) &&
		p.sent == other.sent && p.drawn == other.drawn && p.alert == other.alert && p.finding == other.finding && p.reason == other.reason
}

// RFC 5246, section 7.4.7.1: whatever is wrong with a premaster secret, the
// server goes one way, and it shows as a Finished that does not verify.
func TestEveryBadPremasterTakesOnePath(t *testing.T) {
	for _, c := range []struct {
		name   string
		change change
	}{{"without Extended Master Secret", func(*wire.ClientHello) {}}, {"with it", ems}} {
		t.Run(c.name, func(t *testing.T) {
			want := walk(t, badPremasters[0], c.change)
			if want.alert != wire.AlertDecryptError || want.finding != "" || len(want.states) != 3 {
				t.Fatalf("bad padding goes %+v", want)
			}
			for _, bad := range badPremasters[1:] {
				if got := walk(t, bad, c.change); !got.equal(want) {
					t.Errorf("%s goes %+v, bad padding %+v", bad.name, got, want)
				}
			}
		})
	}
}

// The good one draws as much and asks the same, up to the client's Finished.
func TestGoodPremasterIsNotToldFromABadOneBeforeFinished(t *testing.T) {
	good, bad := walk(t, badPremaster{}), walk(t, badPremasters[0])
	if good.alert != 0 {
		t.Fatalf("a good premaster fails: %+v", good)
	}
	if !slices.Equal(good.states[:2], bad.states[:2]) || good.drawn != bad.drawn || good.questions[0] != bad.questions[0] {
		t.Errorf("good goes %+v\nbad goes %+v", good, bad)
	}
}

func TestPremasterIsTheClientsOnlyIfAllOfItIsRight(t *testing.T) {
	secret, instead := make([]byte, 48), make([]byte, 48)
	must(rand.Read(secret))
	must(rand.Read(instead))
	secret[0], secret[1] = 3, 3
	altered := func(i int, b byte) []byte {
		s := slices.Clone(secret)
		s[i] = b
		return s
	}
	for _, c := range []struct {
		name   string
		answer PrivateKeyReply
		want   []byte
	}{
		{"right", PrivateKeyReply{Result: secret}, secret},
		{"any other byte is the client's business", PrivateKeyReply{Result: altered(47, 0)}, altered(47, 0)},
		{"major version", PrivateKeyReply{Result: altered(0, 2)}, instead},
		{"minor version", PrivateKeyReply{Result: altered(1, 1)}, instead},
		{"47 bytes", PrivateKeyReply{Result: secret[:47]}, instead},
		{"49 bytes", PrivateKeyReply{Result: append(slices.Clone(secret), 0)}, instead},
		{"none", PrivateKeyReply{}, instead},
		{"error", PrivateKeyReply{Result: secret, Err: errors.New("no")}, instead},
	} {
		if got, other := premaster(c.answer, wire.VersionTLS12, wire.VersionTLS12, instead); !bytes.Equal(got, c.want) || other != 0 {
			t.Errorf("%s: %x, %d", c.name, got, other)
		}
		// Where another version is accepted, too, that mends this fault alone.
		want, others := c.want, 0
		if c.name == "minor version" {
			want, others = c.answer.Result, 1 // it has TLS 1.0's
		}
		if got, other := premaster(c.answer, wire.VersionTLS12, wire.VersionTLS10, instead); !bytes.Equal(got, want) || other != others {
			t.Errorf("%s, where TLS 1.0 is accepted too: %x, %d", c.name, got, other)
		}
	}
}

// adapting is a client that writes the negotiated version into its premaster, and
// goes on with that.
var adapting = badPremaster{encrypt: func(l *ladder, p []byte) []byte {
	v := l.serverHello.Version
	p[0], p[1] = byte(v>>8), byte(v)
	return l.encryptRSA(p)
}}

// With the setting, the negotiated version inside ends well and is told, and all
// other faults go the one way that they went before.
func TestNegotiatedVersionInAPremasterIsAcceptedWhereThatIsSet(t *testing.T) {
	lenient := func(l *ladder) { l.server.settings.LenientPremaster = true }
	want := walkWith(t, badPremasters[0], lenient)
	if got := walkWith(t, adapting, lenient); got.alert != 0 || !got.told {
		t.Errorf("it goes %+v", got)
	}
	if got := walkWith(t, adapting, func(*ladder) {}); !got.equal(want) || got.alert != wire.AlertDecryptError {
		t.Errorf("without the setting it goes %+v, bad padding %+v", got, want)
	}
	for _, bad := range badPremasters {
		if got := walkWith(t, bad, lenient); !got.equal(want) || got.told {
			t.Errorf("%s goes %+v, bad padding %+v", bad.name, got, want)
		}
	}
	if good := walkWith(t, badPremaster{}, lenient); good.alert != 0 || good.told {
		t.Errorf("a good premaster goes %+v", good)
	}
}

func TestAPointThatGivesNoSecretIsRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		group wire.Group
		point []byte
	}{
		{"not on P-256", wire.GroupSecp256r1, append([]byte{4}, bytes.Repeat([]byte{1}, 64)...)},
		{"compressed", wire.GroupSecp256r1, append([]byte{2}, bytes.Repeat([]byte{1}, 32)...)},
		{"infinity", wire.GroupSecp256r1, []byte{0}},
		{"zeros on X25519", wire.GroupX25519, make([]byte, 32)},
		{"too short for X25519", wire.GroupX25519, make([]byte, 31)},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			settings.Groups = []wire.Group{c.group}
			l := climb(t, settings, rsaKey(), clientHello(suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA), with(wire.GroupsExtension([]wire.Group{c.group}))))
			if err := l.begin(); err != nil {
				t.Fatal(err)
			}
			refused(t, l.say(wire.MarshalECDHEClientKeyExchange(c.point)), wire.AlertIllegalParameter, "")
		})
	}
}
