package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A conversation is a handshake between real peers; see testdata/README.md.
type conversation struct {
	Name, How                    string
	Version                      wire.Version
	Suite                        string
	Extended                     bool
	ClientRandom, ServerRandom   hexBytes
	Premaster, Master            hexBytes
	Block                        []hexBytes
	Messages                     []hexBytes
	ClientFinished               hexBytes
	Ticket                       hexBytes
	ServerFinished               hexBytes
	ExportLabel                  string
	Export                       hexBytes
	suite                        *suite.Suite
	clientRandom32, serverRand32 *[32]byte
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

func readJSON(t testing.TB, name string, to any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func conversations(t testing.TB) []*conversation {
	t.Helper()
	var all []*conversation
	readJSON(t, "conversations.json", &all)
	for _, c := range all {
		id, err := suite.Parse(c.Suite)
		if err != nil {
			t.Fatal(err)
		}
		c.suite = suite.ByID(id)
		c.clientRandom32 = (*[32]byte)(c.ClientRandom)
		c.serverRand32 = (*[32]byte)(c.ServerRandom)
	}
	return all
}

// each runs a promise against every conversation.
func each(t *testing.T, promise func(*testing.T, *conversation)) {
	for _, c := range conversations(t) {
		t.Run(c.Name, func(t *testing.T) { promise(t, c) })
	}
}

// transcript is the handshake up to the client's Finished. As in life, version
// and suite are known after the ClientHello.
func (c *conversation) transcript() *Transcript {
	tr := NewTranscript()
	tr.KeepForVerify()
	tr.Write(c.Messages[0])
	tr.Choose(c.Version, c.suite)
	for _, m := range c.Messages[1:] {
		tr.Write(m)
	}
	return tr
}

// until is the handshake up to its first message of a type, with it or without.
func (c *conversation) until(typ wire.MessageType, with bool) *Transcript {
	tr := NewTranscript()
	tr.KeepForVerify()
	tr.Choose(c.Version, c.suite)
	for _, m := range c.Messages {
		if wire.MessageType(m[0]) != typ {
			tr.Write(m)
			continue
		}
		if with {
			tr.Write(m)
		}
		break
	}
	return tr
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if string(got) != string(want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

func TestMasterSecretIsTheOneRealPeersMake(t *testing.T) {
	each(t, func(t *testing.T, c *conversation) {
		var master Secret
		if c.Extended {
			hash := c.until(wire.MessageClientKeyExchange, true).SessionHash()
			master = ExtendedMasterSecret(c.Version, c.suite, c.Premaster, hash)
		} else {
			master = MasterSecret(c.Version, c.suite, c.Premaster, c.clientRandom32, c.serverRand32)
		}
		same(t, "master secret", master.Bytes(), c.Master)
	})
}

func TestKeyBlockOpensWhatRealPeersSealed(t *testing.T) {
	each(t, func(t *testing.T, c *conversation) {
		b := KeyBlock(c.Version, c.suite, NewSecret(c.Master), c.clientRandom32, c.serverRand32)
		got := [][]byte{b.ClientMAC, b.ServerMAC, b.ClientKey, b.ServerKey, b.ClientIV, b.ServerIV}
		for i, what := range []string{"client MAC", "server MAC", "client key", "server key", "client IV", "server IV"} {
			same(t, what, got[i], c.Block[i])
		}
	})
}

func TestVerifyDataIsWhatRealPeersSent(t *testing.T) {
	each(t, func(t *testing.T, c *conversation) {
		master := NewSecret(c.Master)
		tr := c.transcript()
		same(t, "client's", tr.ClientVerifyData(master), c.ClientFinished[wire.MessageHeaderLen:])
		tr.Write(c.ClientFinished)
		tr.DropVerify()
		tr.Write(c.Ticket)
		same(t, "server's", tr.ServerVerifyData(master), c.ServerFinished[wire.MessageHeaderLen:])
	})
}

func TestExportedKeysAreWhatOpenSSLPrinted(t *testing.T) {
	each(t, func(t *testing.T, c *conversation) {
		if c.ExportLabel == "" {
			return
		}
		got, err := ExportKeyingMaterial(c.Version, c.suite, NewSecret(c.Master), c.clientRandom32, c.serverRand32, c.ExportLabel, nil, len(c.Export))
		if err != nil {
			t.Fatal(err)
		}
		same(t, "exported", got, c.Export)
	})
}

// The client's own signature is the judge: the digest is right if it verifies.
func TestDigestIsWhatARealClientSigned(t *testing.T) {
	hashes := map[byte]crypto.Hash{2: crypto.SHA1, 4: crypto.SHA256, 5: crypto.SHA384, 6: crypto.SHA512}
	judged := 0
	each(t, func(t *testing.T, c *conversation) {
		last := c.Messages[len(c.Messages)-1]
		if wire.MessageType(last[0]) != wire.MessageCertificateVerify {
			return
		}
		judged++
		tr := c.until(wire.MessageCertificateVerify, false)
		public := c.clientKey(t)
		signature := last[wire.MessageHeaderLen:]
		var digest []byte
		hash := crypto.MD5SHA1
		switch {
		case c.Version == wire.VersionSSL30:
			digest = tr.SSL3Digest(NewSecret(c.Master))
		case c.Version == wire.VersionTLS12:
			hash, signature = hashes[signature[0]], signature[2:]
			digest = tr.Digest(hash)
		default:
			if _, ok := public.(*ecdsa.PublicKey); ok {
				hash = crypto.SHA1
			}
			digest = tr.Digest(hash)
		}
		signature = signature[2:] // its length
		switch key := public.(type) {
		case *rsa.PublicKey:
			if err := rsa.VerifyPKCS1v15(key, hash, digest, signature); err != nil {
				t.Error(err)
			}
		case *ecdsa.PublicKey:
			if !ecdsa.VerifyASN1(key, digest, signature) {
				t.Error("the signature does not verify")
			}
		}
	})
	if judged < 5 {
		t.Errorf("only %d conversations had a client certificate", judged)
	}
}

// clientKey is the key of the first certificate in the client's Certificate, the
// second message of that type.
func (c *conversation) clientKey(t *testing.T) crypto.PublicKey {
	t.Helper()
	var der []byte
	for _, m := range c.Messages {
		if wire.MessageType(m[0]) == wire.MessageCertificate {
			der = m[wire.MessageHeaderLen+3+3:] // two lengths: of the list, of the first
		}
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate.PublicKey
}
