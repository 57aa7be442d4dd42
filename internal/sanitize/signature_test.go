package sanitize_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A notary reads a capture and holds each signature of a handshake against the certificate
// of its side and what was said before it.
type notary struct {
	t      *testing.T
	said   []byte // the handshake's messages
	random [2][]byte
	keys   [2]crypto.PublicKey

	keyExchanges, verifies int // whose signatures are right
	wrong                  int
	short                  bool // one is shorter than 255 in 256 are
}

func (n *notary) Keys(*dissect.TapKeys)                                                {}
func (n *notary) Header(capture.Direction, int64, wire.RecordHeader, *dissect.TapKeys) {}
func (n *notary) Record(dissect.TapRecord)                                             {}

func (n *notary) Handshake(hello *wire.ClientHello) dissect.Follower {
	n.said, n.random, n.keys = nil, [2][]byte{}, [2]crypto.PublicKey{}
	if hello != nil {
		n.said = bytes.Clone(hello.Raw)
		n.random[0] = bytes.Clone(hello.Random[:])
	}
	return n
}

func (n *notary) Wrote(m wire.Message) {
	if hello, err := wire.ParseServerHello(m); err == nil {
		n.random[1] = bytes.Clone(hello.Random[:])
		if hello.Random == retryRandom {
			h := crypto.SHA256.New()
			h.Write(n.said)
			n.said = append([]byte{254, 0, 0, 32}, h.Sum(nil)...)
		}
	}
	n.said = append(n.said, m...)
}

func (n *notary) Message(m dissect.TapMessage) {
	body := m.Message[4:]
	modern := m.Version == wire.VersionTLS13
	switch m.Message.Type() {
	case wire.MessageCertificate:
		if modern {
			body = body[1+body[0]:]
		}
		if len(body) < 6 {
			return
		}
		der := body[6:][:int(body[3])<<16|int(body[4])<<8|int(body[5])]
		c, err := x509.ParseCertificate(der)
		if err != nil {
			n.t.Log(err)
			return
		}
		n.keys[m.Direction] = c.PublicKey
	case wire.MessageServerKeyExchange:
		at := 4 + int(body[3])
		if strings.Contains(m.SuiteID.String(), "_DHE_") {
			at = 0
			for range 3 {
				at += 2 + (int(body[at])<<8 | int(body[at+1]))
			}
		}
		n.count(&n.keyExchanges, n.verify(m, body[at:], bytes.Join([][]byte{n.random[0], n.random[1], body[:at]}, nil)))
	case wire.MessageCertificateVerify:
		over := n.said
		if modern {
			h := crypto.SHA256.New()
			if m.SuiteID == wire.TLS_AES_256_GCM_SHA384 {
				h = crypto.SHA384.New()
			}
			h.Write(over)
			over = h.Sum([]byte(strings.Repeat(" ", 64) + "TLS 1.3, " + map[trace.Side]string{trace.Client: "client", trace.Server: "server"}[m.Side] + " CertificateVerify\x00"))
		}
		n.count(&n.verifies, n.verify(m, body, over))
	}
}

func (n *notary) count(right *int, err error) {
	if err != nil {
		n.t.Log(err)
		right = &n.wrong
	}
	*right++
}

var errSignature = errors.New("a wrong signature")

// verify holds a signature, with its scheme, against what it is over.
func (n *notary) verify(m dissect.TapMessage, signed, over []byte) error {
	scheme := tls.SignatureScheme(0)
	if m.Version >= wire.VersionTLS12 {
		scheme, signed = tls.SignatureScheme(signed[0])<<8|tls.SignatureScheme(signed[1]), signed[2:]
	}
	signed = signed[2:]
	hash := map[tls.SignatureScheme]crypto.Hash{
		tls.PKCS1WithSHA1: crypto.SHA1, tls.PKCS1WithSHA256: crypto.SHA256, tls.PKCS1WithSHA384: crypto.SHA384, tls.PKCS1WithSHA512: crypto.SHA512,
		tls.PSSWithSHA256: crypto.SHA256, tls.PSSWithSHA384: crypto.SHA384, tls.PSSWithSHA512: crypto.SHA512,
		tls.ECDSAWithP256AndSHA256: crypto.SHA256, tls.ECDSAWithP384AndSHA384: crypto.SHA384, tls.ECDSAWithP521AndSHA512: crypto.SHA512, tls.ECDSAWithSHA1: crypto.SHA1,
	}[scheme]
	sum := func(hash crypto.Hash) []byte {
		h := hash.New()
		h.Write(over)
		return h.Sum(nil)
	}
	switch k := n.keys[m.Direction].(type) {
	case ed25519.PublicKey:
		if !ed25519.Verify(k, over, signed) {
			return errSignature
		}
		return nil
	case *ecdsa.PublicKey:
		if scheme == 0 {
			hash = crypto.SHA1
		}
		longest := 8 + 2*(k.Params().BitSize/8+1)
		n.short = n.short || len(signed) < longest-2
		if !ecdsa.VerifyASN1(k, sum(hash), signed) {
			return errSignature
		}
		return nil
	case *rsa.PublicKey:
		switch {
		case scheme == 0:
			a, b := md5.Sum(over), sha1.Sum(over)
			return rsa.VerifyPKCS1v15(k, crypto.MD5SHA1, append(a[:], b[:]...), signed)
		case scheme>>8 == 8:
			return rsa.VerifyPSS(k, hash, sum(hash), signed, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		}
		return rsa.VerifyPKCS1v15(k, hash, sum(hash), signed)
	}
	return errors.New("no key to verify with")
}

// retryRandom says that a ServerHello is a HelloRetryRequest (RFC 8446, section 4.1.3).
var retryRandom = func() [32]byte {
	h := crypto.SHA256.New()
	_, _ = io.WriteString(h, "HelloRetryRequest")
	return [32]byte(h.Sum(nil))
}()

// notarized reads a capture that has its secrets in it.
func notarized(t *testing.T, file []byte, keys *dissect.Keyring) *notary {
	t.Helper()
	n := &notary{t: t}
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(b capture.SecretsBlock) { _ = keys.AddSecrets(b) }})
	if err != nil {
		t.Fatal(err)
	}
	streams := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: keys, Tap: n})
	}, capture.Limits{})
	for p, err := r.Next(); err == nil; p, err = r.Next() {
		streams.Add(p)
	}
	streams.Finish()
	return n
}

// keyed gives a certificate for a key that is signed by another's.
func keyed(t *testing.T, key crypto.Signer, issuer *tls.Certificate) tls.Certificate {
	t.Helper()
	made := issued(t, "shop.initech.com", issuer)
	template := *made.Leaf
	der, err := x509.CreateCertificate(rand.Reader, &template, issuer.Leaf, key.Public(), issuer.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der, issuer.Certificate[0]}, PrivateKey: key}
}

func TestSignaturesOfHandshakesVerify(t *testing.T) {
	root := issued(t, "Initech Root", nil)
	must := func(k crypto.Signer, err error) crypto.Signer {
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	ec := func(c elliptic.Curve) crypto.Signer {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		return must(k, err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for keyName, key := range map[string]crypto.Signer{"RSA": large, "P-256": ec(elliptic.P256()), "P-384": ec(elliptic.P384()), "Ed25519": edwards} {
		certificates := []tls.Certificate{keyed(t, key, &root)}
		for versionName, version := range map[string]uint16{"1.0": tls.VersionTLS10, "1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13} {
			if keyName == "Ed25519" && version < tls.VersionTLS12 {
				continue // which has no such signatures
			}
			t.Run(keyName+", "+versionName, func(t *testing.T) {
				var file []byte
				for short := true; short; short = notarized(t, file, dissect.NewKeyring()).short {
					frames, secrets := spoken(t,
						&tls.Config{Certificates: certificates, MinVersion: version, MaxVersion: version, CurvePreferences: []tls.CurveID{tls.X25519, tls.CurveP256}},
						&tls.Config{Certificates: certificates, MinVersion: version, ClientAuth: tls.RequireAnyClientCert, CurvePreferences: []tls.CurveID{tls.CurveP256}}, 1)
					file = frames.Pcapng(t, capture.WriterOptions{}, secrets)
				}
				keyExchanges, verifies := 1, 1
				if version == tls.VersionTLS13 {
					keyExchanges, verifies = 0, 2
				}
				for what, f := range map[string][]byte{"old": file, "new": sanitized(t, file, sanitize.Options{})} {
					n := notarized(t, f, dissect.NewKeyring())
					if n.wrong != 0 || n.keyExchanges != keyExchanges || n.verifies != verifies {
						t.Errorf("in the %s file %d and %d are right, %d wrong", what, n.keyExchanges, n.verifies, n.wrong)
					}
				}
			})
		}
	}
}

func TestSignaturesOfCapturesVerify(t *testing.T) {
	total := 0
	for _, name := range all(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			file := read(t, name)
			was := notarized(t, file, ring(t, true))
			is := notarized(t, sanitized(t, file, sanitize.Options{Keys: ring(t, true)}), dissect.NewKeyring())
			if was.keyExchanges != is.keyExchanges || was.verifies != is.verifies || was.wrong != is.wrong {
				t.Errorf("%d and %d were right, %d and %d are", was.keyExchanges, was.verifies, is.keyExchanges, is.verifies)
			}
			total += is.keyExchanges
		})
	}
	if total == 0 {
		t.Error("no capture has a signature")
	}
}
