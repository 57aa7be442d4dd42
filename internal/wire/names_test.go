package wire

import (
	"fmt"
	"strings"
	"testing"
)

func TestNamesAreTheRFCs(t *testing.T) {
	for want, name := range map[string]fmt.Stringer{
		"TLS 1.2": VersionTLS12, "SSL 3.0": VersionSSL30, "0x7f1c": Version(0x7f1c),
		"handshake": TypeHandshake, "0x80": ContentType(0x80),
		"ClientHello": MessageClientHello, "0xff": Message{}.Type(),
		"no_renegotiation": AlertNoRenegotiation, "fatal": LevelFatal,
		"renegotiation_info": ExtensionRenegotiationInfo, "0x0a0a": ExtensionType(0x0a0a),
		"secp256r1": GroupSecp256r1, "rsa_pkcs1_sha256": SchemeRSAPKCS1SHA256, "ecdsa_sign": CertificateTypeECDSASign,
		"TLS_RSA_WITH_AES_128_CBC_SHA":      TLS_RSA_WITH_AES_128_CBC_SHA,
		"TLS_EMPTY_RENEGOTIATION_INFO_SCSV": SuiteEmptyRenegotiationInfoSCSV,
		"TLS_FALLBACK_SCSV":                 SuiteFallbackSCSV,
		"0x1234":                            SuiteID(0x1234),
		"SSL_CK_RC4_128_WITH_MD5":           SSL2CipherSpec(0x010080), "0x0800ff": SSL2CipherSpec(0x0800ff),
		"TLS_NULL_WITH_NULL_NULL": SSL2CipherSpec(0),
	} {
		if got := name.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestSuitesAreFoundByAnyName(t *testing.T) {
	for name, want := range map[string]SuiteID{
		"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		"ecdhe-rsa-aes128-gcm-sha256":           TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		"DES-CBC3-SHA":                          TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		"SSL_RSA_WITH_3DES_EDE_CBC_SHA":         TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		"EDH-RSA-DES-CBC3-SHA":                  0x0016,
		"DHE-RSA-DES-CBC3-SHA":                  0x0016,
		"TLS_DH_anon_WITH_RC4_128_MD5":          0x0018,
		"SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA":    0xFEFF,
	} {
		if got, ok := SuiteByName(name); !ok || got != want {
			t.Errorf("%s: got %v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "TLS_", "SSL_", "#", "0x002f", "AES128"} {
		if got, ok := SuiteByName(name); ok {
			t.Errorf("%q: got %v", name, got)
		}
	}
}

func TestEverySuiteIsFoundByItsNames(t *testing.T) {
	table := suites()
	if len(table.names) < 350 {
		t.Errorf("%d suites", len(table.names))
	}
	seen := map[string]bool{}
	for line := range strings.Lines(suitesText) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, name := range strings.Fields(line)[1:] {
			if seen[name] {
				t.Errorf("%s stands twice", name)
			}
			seen[name] = true
		}
	}
	for id, name := range table.names {
		if got, ok := SuiteByName(name); !ok || got != id {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
		if got, ok := SuiteByName(id.OpenSSLName()); !ok || got != id {
			t.Errorf("%s: %v, %v", id.OpenSSLName(), got, ok)
		}
	}
}

func TestGREASE(t *testing.T) {
	count := 0
	for v := range 1 << 16 {
		if isGREASE(uint16(v)) {
			count++
		}
	}
	if count != 16 || !SuiteID(0xDADA).IsGREASE() || SuiteID(0x0A1A).IsGREASE() || SuiteID(0x0A0B).IsGREASE() {
		t.Errorf("%d values", count)
	}
}

func TestAFaultNamesItsAlert(t *testing.T) {
	f := &Fault{Alert: AlertHandshakeFailure, Reason: "renegotiation_info does not match this connection"}
	if got := f.Error(); got != "renegotiation_info does not match this connection (handshake_failure)" {
		t.Error(got)
	}
}

func TestRecordHeadersCostNothing(t *testing.T) {
	b := []byte{22, 3, 1, 0x40, 0}
	out := make([]byte, 0, RecordHeaderLen)
	allocs := testing.AllocsPerRun(100, func() {
		h, ok := ParseRecordHeader(b)
		if !ok || h.Type != TypeHandshake || h.Version != VersionTLS10 || h.Length != MaxPlaintext {
			t.Fatal(h, ok)
		}
		out = h.Append(out[:0])
	})
	if allocs != 0 || string(out) != string(b) {
		t.Errorf("%v allocations, %x", allocs, out)
	}
}
