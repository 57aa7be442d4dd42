package rehearse

import (
	"crypto/tls"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/wire"
)

func TestHellosOfOneClientHaveOneShape(t *testing.T) {
	one, two := helloOf(t, &tls.Config{}), helloOf(t, &tls.Config{})
	if one.Random == two.Random || Shape(one) != Shape(two) {
		t.Error("its shape is another each time")
	}
	other := one.Clone()
	slices.Reverse(other.Extensions)
	other.CipherSuites = append([]wire.SuiteID{0x4a4a}, other.CipherSuites...)
	other.Extensions = append(other.Extensions, wire.Extension{Type: 0xdada, Data: []byte{1}})
	other.SessionID = []byte("another")
	if Shape(one) != Shape(other) {
		t.Error("what is drawn anew changes it")
	}
}

func TestWhatAServerReadsChangesTheShape(t *testing.T) {
	founding, _ := profiles.Named("founding")
	for name, change := range map[string]func(*wire.ClientHello){
		"version":     func(h *wire.ClientHello) { h.Version-- },
		"suites":      func(h *wire.ClientHello) { h.CipherSuites = h.CipherSuites[1:] },
		"their order": func(h *wire.ClientHello) { slices.Reverse(h.CipherSuites) },
		"compression": func(h *wire.ClientHello) { h.CompressionMethods = []byte{1} },
		"curves":      func(h *wire.ClientHello) { set(h, wire.GroupsExtension([]wire.Group{wire.GroupX25519})) },
		"extensions":  func(h *wire.ClientHello) { h.Extensions = h.Extensions[1:] },
	} {
		h := founding.Hello.Clone()
		change(h)
		if Shape(h) == Shape(founding.Hello) {
			t.Errorf("%s: it is the same", name)
		}
	}
}

func set(h *wire.ClientHello, e wire.Extension) {
	for i := range h.Extensions {
		if h.Extensions[i].Type == e.Type {
			h.Extensions[i] = e
		}
	}
}
