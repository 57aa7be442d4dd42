package diagnose_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// measured reads a hello of a real client.
func measured(t *testing.T, name string) *wire.ClientHello {
	t.Helper()
	b, err := os.ReadFile("../wire/testdata/hellos/" + name + ".hex")
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(b)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.TrimSpace(line))
		}
	}
	m, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	h, err := wire.ParseClientHello(m)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestLibrariesAreGuessedByMeasuredHellos(t *testing.T) {
	for name, want := range map[string]string{
		"curl-7.88":         "OpenSSL 1.1.1 or 3",
		"openssl-3.0":       "OpenSSL 1.1.1 or 3",
		"openssl-3.0-tls12": "OpenSSL 1.1.0 or later",
		"founding-first":    "OpenSSL 1.0.1 or 1.0.2",
		"gnutls-3.7":        "GnuTLS 3.6 or later",
		"java-17":           "Java (JSSE) since 2018",
		"gnutls-3.7-bare":   "",
		"openssl-3.0-tls10": "",
	} {
		d := captured().hello(measured(t, name)).diagnosis()
		if d.Facts.Library != want || (want == "") != (d.Facts.LibraryGrounds == "") {
			t.Errorf("%s: %q (%s)", name, d.Facts.Library, d.Facts.LibraryGrounds)
		}
	}
}

// ordered is a hello with these extensions, in this order.
func ordered(suites []wire.SuiteID, formats int, types ...wire.ExtensionType) *wire.ClientHello {
	h := &wire.ClientHello{Version: wire.VersionTLS12, CipherSuites: suites, CompressionMethods: []uint8{0}, HasExtensions: len(types) > 0}
	for _, x := range types {
		e := wire.Extension{Type: x}
		if x == wire.ExtensionECPointFormats {
			e = wire.PointFormatsExtension([]uint8{0, 1, 2}[:formats])
		}
		h.Extensions = append(h.Extensions, e)
	}
	return raw(h)
}

func TestLibrariesAreGuessedByTheOrderOfExtensions(t *testing.T) {
	scsv := []wire.SuiteID{0x002f, wire.SuiteEmptyRenegotiationInfoSCSV}
	for want, h := range map[string]*wire.ClientHello{
		"OpenSSL 1.0.0 to 1.0.2":         ordered(scsv, 3, 0, 11, 10, 35),
		"Java 6 to 8 (JSSE)":             ordered(scsv, 1, 10, 11, 13, 0),
		"Mbed TLS 2 or PolarSSL":         ordered(scsv, 1, 0, 13, 10, 11, 22, 23, 35),
		"Go crypto/tls":                  ordered([]wire.SuiteID{0x002f}, 1, 0, 11, 0xff01, 23, 18, 5, 10, 13),
		"NSS (Firefox and its kin)":      ordered([]wire.SuiteID{0x002f}, 1, 0, 0xff01, 10, 11, 35, 13172, 5, 13),
		"BoringSSL (Chrome and its kin)": ordered([]wire.SuiteID{0x1a1a, 0x002f}, 1, 0, 23, 0xff01, 10, 11, 35),
		"Schannel of Windows XP":         ordered([]wire.SuiteID{0x0004, 0x0005, 0x000a, 0x0009, 0x0064, 0x0062, 0x0003, 0x0006, 0x0013, 0x0012, 0x0063}, 1),
	} {
		if d := captured().hello(h).diagnosis(); d.Facts.Library != want {
			t.Errorf("%q, not %q", d.Facts.Library, want)
		}
	}
}

func TestTheStampDatesTheLibrary(t *testing.T) {
	d := captured().established().data(1, 1).second(renego.KindReset, wire.VersionTLS10).diagnosis()
	if d.Facts.Library != "OpenSSL 1.0.1d to 1.0.2" {
		t.Error(d.Facts.Library)
	}
	d = captured().established().data(1, 1).second(renego.KindReset, wire.VersionTLS12).diagnosis()
	if d.Facts.Library == "OpenSSL 1.0.1d to 1.0.2" {
		t.Error("there is no stamp")
	}
}
