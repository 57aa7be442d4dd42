//go:build interop

package interop

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/wire"
)

// hellos is where `make hellos` wants the profiles' hellos; empty: nowhere.
var hellos = flag.String("hellos", "", "write the first hellos of real clients to this `DIR`")

// What a profile sends is what the real client sends, to the byte but for what
// changes from one hello to the next.
func TestProfilesAreWhatRealClientsSend(t *testing.T) {
	for _, g := range Greeters() {
		t.Run(g.Name, func(t *testing.T) {
			record, err := peers(t).Greets(minute(t), g)
			if err != nil {
				t.Fatal(err)
			}
			hello, header, err := profiles.ReadRecord(record)
			if err != nil {
				t.Fatal(err)
			}
			if *hellos != "" {
				write(t, filepath.Join(*hellos, g.Name+".hello"), helloFile(g, record))
				return
			}
			p, ok := profiles.Named(g.Name)
			if !ok {
				t.Fatal("there is no such profile")
			}
			if p.Is != g.Is || p.Seen != "captured on loopback from "+g.Seen || p.Literature {
				t.Errorf("it is said to be %q, seen %q", p.Is, p.Seen)
			}
			if header != p.Header {
				t.Errorf("the record's header says %s, the profile's %s", header, p.Header)
			}
			if got, want := unchanging(p.Hello), unchanging(hello); !bytes.Equal(got, want) {
				t.Errorf("the profile sends %x, the client %x", got, want)
			}
			_, is := p.Hello.JA3()
			if _, real := hello.JA3(); is != real {
				t.Errorf("JA3 %s, of the client %s", is, real)
			}
		})
	}
}

// Of an OpenSSL that may go no higher than an earlier version the profile sends
// what it does.
func TestProfilesOfEarlierVersionsAreWhatRealClientsSend(t *testing.T) {
	for _, version := range Versions() {
		for word, v := range map[string]wire.Version{"tls1": wire.VersionTLS10, "tls1_1": wire.VersionTLS11, "tls1_2": wire.VersionTLS12} {
			g := Greeter{Name: string(version), run: rigGreets(version, "version="+word)}
			record, err := peers(t).Greets(minute(t), g)
			if err != nil {
				t.Fatal(err)
			}
			hello, _, err := profiles.ReadRecord(record)
			if err != nil {
				t.Fatal(err)
			}
			p, _ := profiles.Named("openssl-" + string(version))
			is, _ := p.At(v).Hello.JA3()
			is = strings.Replace(is, ",0-11-10", ",11-10", 1) // the rig names no server here
			if real, _ := hello.JA3(); is != real {
				t.Errorf("%s, %s: %s, of the client %s", version, v, is, real)
			}
		}
	}
}

// unchanging is a hello without what differs each time.
func unchanging(hello *wire.ClientHello) []byte {
	hello = hello.Clone()
	hello.Raw, hello.Random = nil, [32]byte{}
	clear(hello.SSL2Challenge)
	clear(hello.SessionID)
	return hello.Marshal()
}

func helloFile(g Greeter, record []byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "is: %s\nseen: captured on loopback from %s\n\n", g.Is, g.Seen)
	for len(record) > 0 {
		n := min(32, len(record))
		var words []string
		for _, one := range record[:n] {
			words = append(words, hex.EncodeToString([]byte{one}))
		}
		fmt.Fprintln(&b, strings.Join(words, " "))
		record = record[n:]
	}
	return b.Bytes()
}
