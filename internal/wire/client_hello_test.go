package wire

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"testing"
)

func parseHello(t testing.TB, name string) *ClientHello {
	t.Helper()
	h, err := ParseClientHello(readHex(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// fingerprints were computed by tshark (JA3) and by a program of a few lines
// over tshark's fields (JA4, signature_algorithms_cert left out), not by this
// package.
var fingerprints = []struct{ name, ja3, ja4 string }{
	{"curl-7.88", "0149f47eabf9a20d0893e2a44e5a6323", "t13d3112h2_e8f1e7e78f70_b26ce05bbdd6"},
	{"founding-first", "fd4e34bf5a7c654b961014f7fc1920cd", "t12i740400_c43983326036_c70a3c84db07"},
	{"founding-reset", "fd4e34bf5a7c654b961014f7fc1920cd", "t12i740400_c43983326036_c70a3c84db07"},
	{"gnutls-3.7-bare", "b02be259814e870a469a20ce9b2a7900", "t10i010000_ba72b8082249_000000000000"},
	{"gnutls-3.7", "f35ce21b44ac0b87d3266294bb1b0e20", "t13d291300_723694b0fccc_2cc26d266019"},
	{"java-17", "795a08fe385896aee616d3b7236502da", "t13i371100_db35923f8641_7c76daad20ec"},
	{"openssl-1.0.1j-asked", "535974b4c993562f38b33103244ad749", "t12i730500_c25bac5a01d5_cc0280bff2e4"},
	{"openssl-1.0.1j-secure", "535974b4c993562f38b33103244ad749", "t12i730500_c25bac5a01d5_cc0280bff2e4"},
	{"openssl-3.0-tls10", "f969abe9c9672188c1c4f850d20c48bd", "t10i020300_a5878986a7c9_23f7d3b00788"},
	{"openssl-3.0-tls12", "871a754af286dfb70c1b53c6887c62e0", "t12d280700_d943125447b4_e7e480e5a997"},
	{"openssl-3.0", "5a1edc7f170af1014fc65c994878e63c", "t13d3111h2_e8f1e7e78f70_1f22a2ca17c4"},
}

func TestRealHellosHaveTheirFingerprints(t *testing.T) {
	if n := len(names(t, "hellos")); n != len(fingerprints) {
		t.Errorf("%d hellos, %d fingerprints", n, len(fingerprints))
	}
	for _, want := range fingerprints {
		h := parseHello(t, "hellos/"+want.name)
		if text, ja3 := h.JA3(); ja3 != want.ja3 {
			t.Errorf("%s: JA3 %s of %s", want.name, ja3, text)
		}
		if ja4 := h.JA4(); ja4 != want.ja4 {
			t.Errorf("%s: JA4 %s", want.name, ja4)
		}
	}
}

func TestGREASEIsLeftOutOfFingerprints(t *testing.T) {
	plain := parseHello(t, "hellos/openssl-3.0")
	greased := plain.Clone()
	greased.CipherSuites = slices.Insert(greased.CipherSuites, 0, 0x0A0A)
	greased.Extensions = append(greased.Extensions, Extension{0xFAFA, nil})
	for i, e := range greased.Extensions {
		switch e.Type {
		case ExtensionSupportedGroups:
			list, _ := plain.Groups()
			greased.Extensions[i] = GroupsExtension(slices.Insert(list, 0, 0x1A1A))
		case ExtensionSupportedVersions:
			list, _ := plain.Versions()
			greased.Extensions[i] = SupportedVersionsExtension(slices.Insert(list, 0, 0x7A7A))
		case ExtensionSignatureAlgorithms:
			list, _ := plain.SignatureSchemes()
			greased.Extensions[i] = SignatureAlgorithmsExtension(slices.Insert(list, 0, 0x2A2A))
		}
	}
	text, _ := greased.JA3()
	if want, _ := plain.JA3(); text != want {
		t.Errorf("JA3 %s, want %s", text, want)
	}
	if greased.JA4() != plain.JA4() {
		t.Errorf("JA4 %s, want %s", greased.JA4(), plain.JA4())
	}
}

// The digests are those of the worked example in FoxIO's description of JA4.
func TestJA4FollowsItsDescription(t *testing.T) {
	h := &ClientHello{Version: VersionTLS12, HasExtensions: true, CipherSuites: []SuiteID{
		0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35}}
	for _, e := range []ExtensionType{0x1b, 0, 0x33, 0x10, 0x4469, 0x17, 0x0d, 0x2d, 5, 0x23, 0x12, 0x2b, 0xff01, 0x0b, 0x0a, 0x15} {
		h.Extensions = append(h.Extensions, Extension{Type: e})
	}
	for i, e := range h.Extensions {
		switch e.Type {
		case ExtensionALPN:
			h.Extensions[i] = ALPNExtension([]string{"h2", "http/1.1"})
		case ExtensionSupportedVersions:
			h.Extensions[i] = SupportedVersionsExtension([]Version{VersionTLS13, VersionTLS12})
		case ExtensionSignatureAlgorithms:
			h.Extensions[i] = SignatureAlgorithmsExtension([]SignatureScheme{
				0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601})
		}
	}
	if got := h.JA4(); got != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Error(got)
	}
}

func TestJA4SpellsOddProtocolsInHexadecimal(t *testing.T) {
	for name, want := range map[string]string{
		"h": "hh", "http/1.1": "h1", "\xab": "ab", "\xab\xcd": "ad", "0\xab": "3b", "01\xab\xcd": "3d", "0\xab\xcd1": "01",
	} {
		h := &ClientHello{Extensions: []Extension{ALPNExtension([]string{name})}}
		if got := h.ja4ALPN(); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestTheFoundingClientsResetHello(t *testing.T) {
	first, reset := parseHello(t, "hellos/founding-first"), parseHello(t, "hellos/founding-reset")
	for _, h := range []*ClientHello{first, reset} {
		if _, present, _ := h.RenegotiationInfo(); present || !h.OffersSCSV() {
			t.Error("want the SCSV and no renegotiation_info")
		}
	}
	if ticket, present := first.SessionTicket(); !present || len(ticket) != 0 {
		t.Error("the first hello has an empty session_ticket")
	}
	if ticket, present := reset.SessionTicket(); !present || len(ticket) != 160 {
		t.Errorf("the reset hello offers its ticket, got %d bytes", len(ticket))
	}
	if len(reset.SessionID) != 32 {
		t.Errorf("session_id has %d bytes", len(reset.SessionID))
	}
}

func TestASecureHelloCarriesVerifyData(t *testing.T) {
	h := parseHello(t, "hellos/openssl-1.0.1j-secure")
	data, present, err := h.RenegotiationInfo()
	if len(data) != 12 || !present || err != nil || h.OffersSCSV() {
		t.Errorf("got %x, %v, %v; SCSV %v", data, present, err, h.OffersSCSV())
	}
}

func TestAHelloMayHaveNoExtensions(t *testing.T) {
	h := parseHello(t, "hellos/gnutls-3.7-bare")
	if h.HasExtensions || h.Extensions != nil {
		t.Errorf("got %v, %v", h.HasExtensions, h.Extensions)
	}
	h.HasExtensions = true
	again, err := ParseClientHello(h.Marshal())
	if err != nil || !again.HasExtensions || len(again.Extensions) != 0 {
		t.Errorf("an empty block: %v, %v", again, err)
	}
}

func TestAbsentIsNotEmpty(t *testing.T) {
	h := &ClientHello{}
	if _, present := h.SessionTicket(); present {
		t.Error("a ticket that is not there")
	}
	if _, present, err := h.RenegotiationInfo(); present || err != nil {
		t.Error("a renegotiation_info that is not there")
	}
	if list, err := h.Groups(); list != nil || err != nil {
		t.Error("groups that are not there")
	}
	h.Extensions = []Extension{RenegotiationInfoExtension(nil), SessionTicketExtension(nil)}
	if ticket, present := h.SessionTicket(); !present || len(ticket) != 0 {
		t.Error("an empty ticket is one")
	}
	if data, present, err := h.RenegotiationInfo(); !present || len(data) != 0 || err != nil {
		t.Error("an empty renegotiated_connection is one")
	}
	h.Extensions = []Extension{{Type: ExtensionRenegotiationInfo}}
	if _, present, err := h.RenegotiationInfo(); !present || err == nil {
		t.Error("an extension without even a length does not parse")
	}
}

func TestExtensionsReadAsTheyWereBuilt(t *testing.T) {
	groups := []Group{GroupX25519, GroupSecp256r1}
	schemes := []SignatureScheme{SchemeRSAPSSRSAESHA256, SchemeRSAPKCS1SHA1}
	versions := []Version{VersionTLS12, VersionTLS11}
	h := &ClientHello{HasExtensions: true, Extensions: []Extension{
		ServerNameExtension("old.example"), ALPNExtension([]string{"a", "bc"}), GroupsExtension(groups),
		PointFormatsExtension(nil), SignatureAlgorithmsExtension(schemes), SupportedVersionsExtension(versions),
		RenegotiationInfoExtension([]byte("verify data!")), SessionTicketExtension([]byte{7}), ExtendedMasterSecretExtension(),
	}}
	equal := func(got any, err error, want any) {
		t.Helper()
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
	}
	name, err := h.ServerName()
	equal(name, err, "old.example")
	protocols, err := h.ALPN()
	equal(protocols, err, []string{"a", "bc"})
	gotGroups, err := h.Groups()
	equal(gotGroups, err, groups)
	formats, err := h.PointFormats()
	equal(formats, err, []uint8{0})
	gotSchemes, err := h.SignatureSchemes()
	equal(gotSchemes, err, schemes)
	gotVersions, err := h.Versions()
	equal(gotVersions, err, versions)
	data, _, err := h.RenegotiationInfo()
	equal(data, err, []byte("verify data!"))
	ticket, present := h.SessionTicket()
	equal(ticket, nil, []byte{7})
	equal(present && h.ExtendedMasterSecret(), nil, true)
}

func TestAParseErrorSaysWhere(t *testing.T) {
	h := parseHello(t, "hellos/openssl-3.0-tls12")
	m := h.Raw
	at := bytes.Index(m, []byte("old.example"))
	m[at-2]++ // HostName's length
	var e *ParseError
	if _, err := h.ServerName(); !errors.As(err, &e) {
		t.Fatal(err)
	}
	want := ParseError{Message: "ClientHello server_name", Field: "HostName", Offset: at, Need: 256 + 11, Have: 11}
	if *e != want {
		t.Errorf("got %+v, want %+v", *e, want)
	}
}

func TestWhatWasReadComesWithTheError(t *testing.T) {
	m := readHex(t, "hellos/founding-first")
	cut := NewMessage(MessageClientHello, m.Body()[:len(m)-MessageHeaderLen-1])
	h, err := ParseClientHello(cut)
	if err == nil || len(h.CipherSuites) != 74 {
		t.Errorf("got %v and %d suites", err, len(h.CipherSuites))
	}
}

func TestTwoHostNamesAreOneTooMany(t *testing.T) {
	e := ServerNameExtension("a")
	e.Data = append([]byte{0, 8}, append(e.Data[2:], e.Data[2:]...)...)
	h := &ClientHello{Extensions: []Extension{e}}
	if name, err := h.ServerName(); err == nil {
		t.Errorf("got %q", name)
	}
}

func TestDuplicateExtensionIsFound(t *testing.T) {
	h := &ClientHello{}
	for i := range 16000 {
		h.Extensions = append(h.Extensions, Extension{Type: ExtensionType(i)})
	}
	if d, ok := h.DuplicateExtension(); ok {
		t.Errorf("found %v", d)
	}
	h.Extensions = append(h.Extensions, Extension{Type: ExtensionALPN})
	if d, ok := h.DuplicateExtension(); !ok || d != ExtensionALPN {
		t.Errorf("got %v, %v", d, ok)
	}
}

func TestOffersVersion(t *testing.T) {
	old := &ClientHello{Version: 0x0304}
	if old.OffersVersion(VersionTLS13) || !old.OffersVersion(VersionTLS12) || !old.OffersVersion(VersionTLS10) {
		t.Error("client_version alone offers TLS 1.2 at most")
	}
	h := &ClientHello{Version: VersionTLS12, Extensions: []Extension{SupportedVersionsExtension([]Version{VersionTLS13, VersionTLS11})}}
	if !h.OffersVersion(VersionTLS13) || h.OffersVersion(VersionTLS12) || !h.OffersVersion(VersionTLS11) {
		t.Error("supported_versions alone decides")
	}
}

func TestCloneSharesNothing(t *testing.T) {
	m := readHex(t, "hellos/founding-reset")
	h, err := ParseClientHello(m)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Clone(m)
	c := h.Clone()
	clear(m)
	if !bytes.Equal(c.Raw, want) || !bytes.Equal(c.Marshal(), want) {
		t.Error("the clone changed with the bytes it was parsed from")
	}
}
