package wire

import (
	"bytes"
	"slices"
	"testing"
)

func TestSSL2FormatHello(t *testing.T) {
	b := ssl2Hello()
	h, err := ParseSSL2ClientHello(b)
	if err != nil {
		t.Fatal(err)
	}
	suites := []SuiteID{TLS_RSA_WITH_AES_128_CBC_SHA, TLS_RSA_WITH_3DES_EDE_CBC_SHA, SuiteEmptyRenegotiationInfoSCSV}
	if h.Version != VersionTLS10 || !slices.Equal(h.CipherSuites, suites) || !h.OffersSCSV() {
		t.Errorf("got %v, %v", h.Version, h.CipherSuites)
	}
	if !h.SSL2Format || h.HasExtensions || !bytes.Equal(h.Raw, b) || !bytes.Equal(h.CompressionMethods, []uint8{0}) {
		t.Errorf("got %+v", h)
	}
	if len(h.SSL2CipherSpecs) != 4 || h.SSL2CipherSpecs[1].String() != "SSL_CK_DES_192_EDE3_CBC_WITH_MD5" {
		t.Errorf("got %v", h.SSL2CipherSpecs)
	}
	if !bytes.Equal(h.Random[:], b[len(b)-32:]) {
		t.Errorf("random %x", h.Random)
	}
	if got := h.Clone().Marshal(); !bytes.Equal(got, b) {
		t.Errorf("got %x, want %x", got, b)
	}
}

func TestAShortChallengeStandsAtTheRight(t *testing.T) {
	b := ssl2Hello()
	b = b[:len(b)-16]
	b[8] = 16
	h, err := ParseSSL2ClientHello(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(h.Random[:16], make([]byte, 16)) || !bytes.Equal(h.Random[16:], b[len(b)-16:]) {
		t.Errorf("random %x", h.Random)
	}
	if got := h.Marshal(); !bytes.Equal(got, b) {
		t.Errorf("got %x, want %x", got, b)
	}
}

func TestAnSSL2FormatHelloIsBuiltOfTheFieldsOfTLS(t *testing.T) {
	h := &ClientHello{SSL2Format: true, Version: VersionTLS12, CipherSuites: []SuiteID{TLS_RSA_WITH_RC4_128_SHA}, Random: [32]byte{31: 1}}
	again, err := ParseSSL2ClientHello(h.Marshal())
	if err != nil || again.Random != h.Random || !slices.Equal(again.CipherSuites, h.CipherSuites) {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestEverySSL2PrefixIsRefused(t *testing.T) {
	whole := ssl2Hello()
	for n := range whole {
		_, err := ParseSSL2ClientHello(whole[:n])
		refused(t, err, n)
	}
	_, err := ParseSSL2ClientHello(append(whole, 0))
	refused(t, err, len(whole)+1)
	whole[4] = 11
	_, err = ParseSSL2ClientHello(whole[:len(whole)-1])
	refused(t, err, len(whole)-1)
}
