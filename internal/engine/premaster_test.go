package engine_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What can be wrong with a premaster secret shows from outside as one thing: the
// record of the client's Finished does not open.
func TestEveryBadPremasterLooksTheSameFromOutside(t *testing.T) {
	encrypt := func(p []byte) []byte {
		//lint:ignore SA1019 what a client of RSA key exchange does
		out, err := rsa.EncryptPKCS1v15(rand.Reader, &rsaKey().PublicKey, p)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	good := append([]byte{3, 3}, make([]byte, 46)...)
	for _, p := range []profile{plainRSA, plainRSA.withEMS(), {version: wire.VersionTLS10, suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA}} {
		var first []byte
		for name, encrypted := range map[string][]byte{
			"padding": bytes.Repeat([]byte{1}, 256), "short": encrypt(good[:47]), "long": encrypt(append(bytes.Clone(good), 0)),
			"version": encrypt(append([]byte{2, 0}, good[2:]...)), "ciphertext": {1, 2, 3}, "decrypter": encrypt(good),
		} {
			c := converse(t, p)
			c.Client(hello())
			flight, before := len(c.output), len(c.told(trace.Message))
			c.peer.keyExchange(c) // for the keys that the client goes on with
			c.manual = name == "decrypter"
			c.Client(sealed(wire.TypeHandshake, wire.MarshalRSAClientKeyExchange(encrypted, p.version)))
			c.answerSo(func(engine.Question) engine.Reply {
				return handshake.PrivateKeyReply{Err: errors.New("the token is busy")}
			})
			if len(c.output) != flight {
				t.Fatalf("%s shows before Finished", name)
			}
			c.Client(changeCipherSpec(), finished())
			c.ended(wire.AlertBadRecordMAC, "record-mac")
			said := c.output[flight:]
			if first == nil {
				first = said
			}
			if !bytes.Equal(said, first) || len(c.told(trace.Message))-before != 1 {
				t.Errorf("%s is answered with %x, another with %x", name, said, first)
			}
		}
	}
}
