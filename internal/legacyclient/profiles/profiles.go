// Package profiles has the first hellos of real clients, to the byte, for the
// legacy client to become one of them.
package profiles

import (
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// hellos has a file for each client: what it is, where its hello was seen, and
// the record that it sent. The server name in it is host.example.
//
//go:embed hellos
var hellos embed.FS

// A Profile is one client, as it shows itself.
type Profile struct {
	Name string
	Is   string // which client it is, in words
	Seen string // where its hello was captured, or what the literature says of it
	// Literature: nobody here captured it. What it offers is as written of it, and
	// the rest of its bytes are likely ones.
	Literature bool
	// Habit is the misbehaviour that the client is known for; empty: none.
	Habit string

	// Hello is its first hello. Nobody changes it.
	Hello *wire.ClientHello
	// Header is the version in the header of the record that brings it.
	Header wire.Version
}

// founding is the client that Parley was built for: an OpenSSL, and what the
// application did with it.
const (
	founding        = "founding"
	foundingLibrary = "openssl-1.0.1j"
	foundingIs      = "The client that Parley was built for: openssl-1.0.1j under an application that resets its SSL object in mid-connection"
)

// All lists every profile, the founding client first, then by name.
func All() []Profile { return slices.Clone(all()) }

// Named finds a profile by its name.
func Named(name string) (Profile, bool) {
	i := slices.IndexFunc(all(), func(p Profile) bool { return p.Name == name })
	if i < 0 {
		return Profile{}, false
	}
	return all()[i], true
}

// all reads the files once. They are part of the program: what is wrong in one
// its tests find.
var all = sync.OnceValue(func() []Profile {
	entries, err := hellos.ReadDir("hellos")
	if err != nil {
		panic(err)
	}
	var list []Profile
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), ".hello")
		if !ok {
			continue
		}
		text, err := hellos.ReadFile("hellos/" + e.Name())
		if err != nil {
			panic(err)
		}
		p, err := parse(name, string(text))
		if err != nil {
			panic(err)
		}
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b Profile) int { return strings.Compare(a.Name, b.Name) })
	first := list[slices.IndexFunc(list, func(p Profile) bool { return p.Name == foundingLibrary })]
	first.Name, first.Is, first.Habit = founding, foundingIs, "reset"
	return slices.Insert(list, 0, first)
})

// parse reads a file: lines of words, an empty line, and the record in
// hexadecimal.
func parse(name, text string) (Profile, error) {
	p := Profile{Name: name}
	head, body, _ := strings.Cut(text, "\n\n")
	for line := range strings.SplitSeq(head, "\n") {
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "is":
			p.Is = value
		case "seen":
			p.Seen = value
		case "literature":
			p.Seen, p.Literature = value, true
		default:
			return p, fmt.Errorf("%s: a line that says nothing known: %q", name, line)
		}
	}
	record, err := hex.DecodeString(strings.Join(strings.Fields(body), ""))
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	p.Hello, p.Header, err = ReadRecord(record)
	if err != nil {
		return p, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// ReadRecord reads the first record that a client sends: one whole hello, in the
// format of TLS or in that of SSL 2.0.
func ReadRecord(record []byte) (*wire.ClientHello, wire.Version, error) {
	if len(record) > 2 && record[0]&0x80 != 0 {
		hello, err := wire.ParseSSL2ClientHello(record[2:])
		return hello, 0, err
	}
	h, ok := wire.ParseRecordHeader(record)
	if !ok || h.Type != wire.TypeHandshake || h.Length != len(record)-wire.RecordHeaderLen {
		return nil, 0, fmt.Errorf("this is not one record with a hello")
	}
	hello, err := wire.ParseClientHello(record[wire.RecordHeaderLen:])
	return hello, h.Version, err
}

// Options is o for a client of this profile.
func (p Profile) Options(o legacyclient.Options) legacyclient.Options {
	o.Template, o.HelloRecordVersion = p.Hello, p.Header
	return o
}
