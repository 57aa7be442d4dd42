package disguise_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// A failer is a test, or a property of one.
type failer interface {
	Helper()
	Fatal(...any)
}

// invent makes a Disguise whose key is always the same.
func invent(t failer, o disguise.Options) *disguise.Disguise {
	t.Helper()
	d, err := disguise.New(bytes.NewReader(bytes.Repeat([]byte{1, 2}, 16)), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// An authority issues certificates for tests.
type authority struct {
	key         crypto.Signer
	certificate *x509.Certificate
	count       int64
}

// template is a certificate with all that a public one has.
func template(name string, count int64) *x509.Certificate {
	place, err := url.Parse("https://id.initech.com/" + name)
	if err != nil {
		panic(err)
	}
	return &x509.Certificate{
		SerialNumber: new(big.Int).Lsh(big.NewInt(0x5ead+count), 64),
		Subject: pkix.Name{Country: []string{"DE"}, Organization: []string{"Initech GmbH"}, OrganizationalUnit: []string{"Bürohaus"}, Locality: []string{"Wolfenbüttel"},
			CommonName: name, ExtraNames: []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "milton@initech.com"}}},
		NotBefore:             time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC),
		NotAfter:              time.Date(2051, 1, 2, 3, 4, 5, 0, time.UTC), // a GeneralizedTime
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		UnknownExtKeyUsage:    []asn1.ObjectIdentifier{{1, 3, 6, 1, 4, 1, 99999, 7, 300}},
		BasicConstraintsValid: true,
		DNSNames:              []string{name, "*.initech.com", "api.Initech.com"},
		EmailAddresses:        []string{"milton@initech.com"},
		IPAddresses:           []net.IP{net.IPv4(172, 16, 200, 31).To4(), net.ParseIP("2a00:1450:77:88::31")},
		URIs:                  []*url.URL{place},
		OCSPServer:            []string{"http://ocsp.initech.com/ocsp"},
		IssuingCertificateURL: []string{"http://pki.initech.com/ca.cer"},
		CRLDistributionPoints: []string{"http://pki.initech.com/ca.crl"},
		SubjectKeyId:          []byte("the key of " + name),
		Policies:              policies("2.23.140.1.2.1", "1.3.6.1.4.1.99999.2.1"),
		ExtraExtensions: []pkix.Extension{
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11129, 2, 4, 2}, Value: timestamps(2)},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Value: []byte("\x0c\x19Initech's very own secret")},
			{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 24}, Value: []byte{0x30, 3, 2, 1, 5}},
		},
	}
}

func policies(ids ...string) []x509.OID {
	var out []x509.OID
	for _, id := range ids {
		oid, err := x509.ParseOID(id)
		if err != nil {
			panic(err)
		}
		out = append(out, oid)
	}
	return out
}

// timestamps is a list of signed certificate timestamps.
func timestamps(n int) []byte {
	var list []byte
	for range n {
		one := slices.Concat([]byte{0}, bytes.Repeat([]byte("log!"), 8), []byte{0, 0, 1, 0x8f, 1, 2, 3, 4}, []byte{0, 0, 4, 3, 0, 8, 0x30, 6, 2, 1, 7, 2, 1, 9})
		list = append(list, 0, byte(len(one)))
		list = append(list, one...)
	}
	list = append([]byte{0, byte(len(list))}, list...)
	value, err := asn1.Marshal(list)
	if err != nil {
		panic(err)
	}
	return value
}

func newAuthority(t testing.TB, key crypto.Signer) *authority {
	t.Helper()
	a := &authority{key: key}
	own := template("Initech Root", 0)
	own.IsCA, own.MaxPathLen, own.KeyUsage, own.DNSNames = true, 2, x509.KeyUsageCertSign|x509.KeyUsageCRLSign, nil
	own.PermittedDNSDomains, own.PermittedIPRanges = []string{".initech.com"}, []*net.IPNet{{IP: net.IPv4(172, 16, 0, 0).To4(), Mask: net.CIDRMask(12, 32)}}
	own.PermittedDNSDomainsCritical = true
	a.certificate = parse(t, a.sign(t, own, own, key.Public()))
	return a
}

func (a *authority) sign(t testing.TB, c, parent *x509.Certificate, key crypto.PublicKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// issue gives a certificate for a name.
func (a *authority) issue(t testing.TB, name string, key crypto.PublicKey, algorithm x509.SignatureAlgorithm) []byte {
	t.Helper()
	a.count++
	c := template(name, a.count)
	c.SignatureAlgorithm = algorithm
	return a.sign(t, c, a.certificate, key)
}

func parse(t testing.TB, der []byte) *x509.Certificate {
	t.Helper()
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// newRSA gives a key of a size, the same for all tests: to make one takes long.
func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.keys[bits] == nil {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		made.keys[bits] = k
	}
	return made.keys[bits]
}

var made = struct {
	sync.Mutex
	keys map[int]*rsa.PrivateKey
}{keys: map[int]*rsa.PrivateKey{}}

func newEC(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newEd(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// facts are what findings are made of.
func facts(c *x509.Certificate) string {
	key := fmt.Sprintf("%T", c.PublicKey)
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		key += fmt.Sprint(k.N.BitLen(), k.E)
	case *ecdsa.PublicKey:
		key += k.Curve.Params().Name
	}
	var attributes []string
	for _, name := range slices.Concat(c.Subject.Names, c.Issuer.Names) {
		attributes = append(attributes, fmt.Sprintf("%s of %d", name.Type, len(fmt.Sprint(name.Value))))
	}
	return fmt.Sprintln(c.Version, c.NotBefore, c.NotAfter, c.SignatureAlgorithm, key, c.IsCA, c.MaxPathLen, c.BasicConstraintsValid, c.KeyUsage, c.ExtKeyUsage, len(c.UnknownExtKeyUsage),
		len(c.DNSNames), len(c.EmailAddresses), len(c.IPAddresses), len(c.URIs), len(c.OCSPServer), len(c.IssuingCertificateURL), len(c.CRLDistributionPoints), len(c.Policies), len(c.Extensions),
		c.Subject.Country, bytes.Equal(c.RawSubject, c.RawIssuer), len(c.SubjectKeyId), len(c.AuthorityKeyId), c.PermittedDNSDomainsCritical, len(c.PermittedDNSDomains), c.SerialNumber.BitLen() > 64, attributes)
}

// identifying are texts of template's, of which none may be left.
var identifying = []string{"initech", "INITECH", "milton", "haus", "Wolfen", "the key of", "log!", "secret"}

func TestAnImitationHasTheShapeOfItsOriginalAndNothingElse(t *testing.T) {
	root := newAuthority(t, newRSA(t, 2048))
	rootEC := newAuthority(t, newEC(t, elliptic.P256()))
	d := invent(t, disguise.Options{})
	for name, c := range map[string]struct {
		by        *authority
		key       crypto.PublicKey
		algorithm x509.SignatureAlgorithm
	}{
		"RSA 1024, SHA-1": {root, newRSA(t, 1024).Public(), x509.SHA256WithRSA},
		"RSA 2048":        {root, newRSA(t, 2048).Public(), x509.SHA384WithRSA},
		"RSA 2048, PSS":   {root, newRSA(t, 2048).Public(), x509.SHA256WithRSAPSS},
		"RSA, PSS 512":    {root, newRSA(t, 2048).Public(), x509.SHA512WithRSAPSS},
		"P-224":           {rootEC, newEC(t, elliptic.P224()).Public(), x509.ECDSAWithSHA256},
		"P-256":           {rootEC, newEC(t, elliptic.P256()).Public(), x509.ECDSAWithSHA384},
		"P-384":           {rootEC, newEC(t, elliptic.P384()).Public(), x509.ECDSAWithSHA512},
		"P-521":           {root, newEC(t, elliptic.P521()).Public(), x509.SHA512WithRSA},
		"Ed25519":         {rootEC, newEd(t).Public(), x509.ECDSAWithSHA256},
	} {
		old := c.by.issue(t, "www.initech.com", c.key, c.algorithm)
		chain, errs := d.Chain([][]byte{old, c.by.certificate.Raw})
		if errs[0] != nil || errs[1] != nil {
			t.Fatalf("%s: %v", name, errs)
		}
		imitates(t, name, old, chain[0])
		imitates(t, name+", root", c.by.certificate.Raw, chain[1])
		leaf, issuer := parse(t, chain[0].DER), parse(t, chain[1].DER)
		if err := leaf.CheckSignatureFrom(issuer); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := issuer.CheckSignatureFrom(issuer); err != nil {
			t.Errorf("%s, root: %v", name, err)
		}
		if !bytes.Equal(leaf.AuthorityKeyId, issuer.SubjectKeyId) || !bytes.Equal(leaf.RawIssuer, issuer.RawSubject) {
			t.Errorf("%s: the leaf does not name its issuer", name)
		}
		for _, host := range []string{"www.initech.com", "other.initech.com", "172.16.200.31"} {
			if err := leaf.VerifyHostname(d.Host(host)); err != nil && host != "172.16.200.31" {
				t.Errorf("%s: %v", name, err)
			}
		}
		if leaf.VerifyHostname(d.Host("www.other.com")) == nil {
			t.Errorf("%s: it is good for others", name)
		}
	}
}

// imitates checks one imitation.
func imitates(t *testing.T, name string, old []byte, made *disguise.Certificate) {
	t.Helper()
	was, is := parse(t, old), parse(t, made.DER)
	if len(made.DER) != len(old) {
		t.Errorf("%s: %d bytes, had %d", name, len(made.DER), len(old))
	}
	if facts(was) != facts(is) {
		t.Errorf("%s: was %s\nis %s", name, facts(was), facts(is))
	}
	if len(made.Noise) != 0 || made.Key == nil {
		t.Errorf("%s: noise %v", name, made.Noise)
	}
	if same, ok := made.Key.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !same.Equal(is.PublicKey) {
		t.Errorf("%s: the private key is another", name)
	}
	for _, text := range identifying {
		if bytes.Contains(made.DER, []byte(text)) {
			t.Errorf("%s: %q is left", name, text)
		}
	}
	if was.SerialNumber.Cmp(is.SerialNumber) == 0 || bytes.Contains(made.DER, was.IPAddresses[0].To4()) || bytes.Contains(made.DER, was.Signature[8:24]) {
		t.Errorf("%s: more is left", name)
	}
}

func TestTheSameCertificateIsImitatedAlike(t *testing.T) {
	root := newAuthority(t, newEC(t, elliptic.P256()))
	old := root.issue(t, "www.initech.com", newEC(t, elliptic.P256()).Public(), 0)
	d, other := invent(t, disguise.Options{}), invent(t, disguise.Options{})
	var all [][]byte
	for _, by := range []*disguise.Disguise{d, d, other} {
		c, err := by.Certificate(old)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, c.DER)
	}
	if !bytes.Equal(all[0], all[1]) || !bytes.Equal(all[0], all[2]) {
		t.Error("they differ")
	}
}

func TestSignaturesFitTheirLength(t *testing.T) {
	d := invent(t, disguise.Options{})
	c, err := d.Certificate(newAuthority(t, newEC(t, elliptic.P256())).certificate.Raw)
	if err != nil {
		t.Fatal(err)
	}
	public := c.Key.Public().(*ecdsa.PublicKey)
	digest := make([]byte, 32)
	for length := 69; length <= 72; length++ {
		digest[0]++
		out, ok := d.Sign(c.Key, digest, crypto.SHA256, length)
		if !ok || len(out) != length || !ecdsa.VerifyASN1(public, digest, out) {
			t.Errorf("%d: %t, %d", length, ok, len(out))
		}
	}
	if _, ok := d.Sign(c.Key, digest, crypto.SHA256, 73); ok {
		t.Error("a signature that is too long")
	}
}

func TestCertificatesOfTheCapturesAreImitated(t *testing.T) {
	file, err := os.ReadFile("../../../testdata/captures/server.crt")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(file)
	d := invent(t, disguise.Options{})
	c, err := d.Certificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if was, is := facts(parse(t, block.Bytes)), facts(parse(t, c.DER)); was != is || len(c.Noise) != 0 {
		t.Errorf("was %s\nis %s", was, is)
	}
}

// oldCertificate patches the hash and the key of a certificate of RSA 2048 and SHA-256, since
// the standard library makes none that is older.
func oldCertificate(t testing.TB, algorithm byte) []byte {
	t.Helper()
	der := slices.Clone(newAuthority(t, newRSA(t, 2048)).certificate.Raw)
	sha256 := []byte{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11}
	for i := range der {
		if bytes.HasPrefix(der[i:], sha256) {
			der[i+8] = algorithm
		}
	}
	return der
}

func TestOldSignatureAlgorithmsAreSignedByHand(t *testing.T) {
	const md2, md5, sha1 = 2, 4, 5
	for algorithm, hash := range map[byte]crypto.Hash{md5: crypto.MD5, sha1: crypto.SHA1} {
		c, err := invent(t, disguise.Options{}).Certificate(oldCertificate(t, algorithm))
		if err != nil || len(c.Noise) != 0 {
			t.Fatalf("%d: %v", algorithm, err)
		}
		made := parse(t, c.DER)
		h := hash.New()
		h.Write(made.RawTBSCertificate)
		if err := rsa.VerifyPKCS1v15(made.PublicKey.(*rsa.PublicKey), hash, h.Sum(nil), made.Signature); err != nil {
			t.Errorf("%d: %v", algorithm, err)
		}
	}
	c, err := invent(t, disguise.Options{}).Certificate(oldCertificate(t, md2))
	if err != nil || !slices.Equal(c.Noise, []string{"signature"}) {
		t.Errorf("MD2: %v", err)
	}
}

func TestWhatIsNoCertificateCannotBeImitated(t *testing.T) {
	d := invent(t, disguise.Options{})
	good := newAuthority(t, newEC(t, elliptic.P256())).certificate.Raw
	for n := range good {
		if _, err := d.Certificate(good[:n]); err == nil {
			t.Fatalf("%d of %d bytes were imitated", n, len(good))
		}
	}
	if _, err := d.Certificate(append(slices.Clone(good), 0)); err == nil || !strings.Contains(err.Error(), "cannot be imitated") {
		t.Error(err)
	}
}
