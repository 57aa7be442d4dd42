package passage

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/wire"
)

// helloOf is the first flight of crypto/tls for a name.
func helloOf(t testing.TB, name string) []byte {
	t.Helper()
	client, server := net.Pipe()
	defer server.Close()
	go func() {
		_ = tls.Client(client, &tls.Config{ServerName: name, InsecureSkipVerify: true}).Handshake() // it ends with the pipe
	}()
	defer client.Close()
	if err := server.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, MaxFirst)
	n, err := server.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// inRecords puts a message into records of so many bytes.
func inRecords(m []byte, size int) []byte {
	var out []byte
	for part := range slices.Chunk(m, size) {
		out = append(wire.RecordHeader{Type: wire.TypeHandshake, Version: wire.VersionTLS10, Length: len(part)}.Append(out), part...)
	}
	return out
}

func TestHelloIsKnownOnceItIsWholeAndNotBefore(t *testing.T) {
	hello := helloOf(t, "pay.example")
	for size, b := range map[string][]byte{"in one record": hello, "in records of a byte": inRecords(hello[5:], 1), "of seven": inRecords(hello[5:], 7)} {
		for n := range len(b) {
			if f, more := Look(b[:n]); !more || f != (First{}) {
				t.Fatalf("%s: %d bytes of %d are said to be %+v", size, n, len(b), f)
			}
		}
		f, more := Look(append(b, "what follows"...))
		if more || f.Kind != TLS || f.ServerName() != "pay.example" {
			t.Errorf("%s: it is %+v", size, f)
		}
	}
}

func TestEveryKnownClientBeginsAsTLSOrSSL2(t *testing.T) {
	for _, p := range profiles.All() {
		b := append(wire.RecordHeader{Type: wire.TypeHandshake, Version: p.Header, Length: len(p.Hello.Raw)}.Append(nil), p.Hello.Raw...)
		want := TLS
		if p.Hello.SSL2Format {
			n := len(p.Hello.Raw)
			b, want = append([]byte{0x80 | byte(n>>8), byte(n)}, p.Hello.Raw...), SSL2
		}
		if f, more := Look(b); more || f.Kind != want || f.Hello == nil {
			t.Errorf("%s: it is %+v", p.Name, f)
		}
	}
}

func TestWhatIsNoHello(t *testing.T) {
	hello := helloOf(t, "pay.example")
	for name, b := range map[string][]byte{
		"HTTP": []byte("GET / HTTP/1.1\r\n"), "an alert": {21, 3, 1, 0, 2, 2, 40}, "SSH": []byte("SSH-2.0-OpenSSH"),
		"an empty record": {22, 3, 1, 0, 0}, "another message": {22, 3, 1, 0, 4, 14, 0, 0, 0}, "another version": {22, 9},
		"a server's hello of SSL 2.0": {0x80, 11, 4}, "an alert amid a hello": append(inRecords(hello[5:], 100)[:105], 21, 3, 1, 0, 2),
	} {
		if f, more := Look(b); more || f.Kind != Foreign || f.Hello != nil {
			t.Errorf("%s: it is %+v, %v", name, f, more)
		}
	}
	tooLong := []byte{22, 3, 1, 0x3f, 0, 1, 0xff, 0xff, 0xff}
	if f, more := Look(tooLong); more || f.Kind != TLS || f.Hello != nil {
		t.Errorf("a hello of 16 MiB is %+v, %v", f, more)
	}
}

// What is kept of a hello is a copy: the buffer goes to somebody else.
func TestHelloIsACopy(t *testing.T) {
	b := helloOf(t, "pay.example")
	f, _ := Look(b)
	clear(b)
	if f.ServerName() != "pay.example" {
		t.Errorf("the name became %q", f.ServerName())
	}
}

func FuzzLook(f *testing.F) {
	hello := helloOf(f, "pay.example")
	f.Add(hello)
	f.Add(inRecords(hello[5:], 3))
	f.Add([]byte("GET / HTTP/1.1\r\n"))
	f.Add([]byte{0x80, 0x2e, 1, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:min(len(b), MaxFirst)]
		first, more := Look(b)
		if more && first != (First{}) {
			t.Errorf("more is needed, and it is %+v", first)
		}
		if more {
			return
		}
		// What is known does not change with what follows.
		after, again := Look(append(bytes.Clone(b), "more"...))
		if again || after.Kind != first.Kind || after.ServerName() != first.ServerName() {
			t.Errorf("%+v becomes %+v", first, after)
		}
	})
}

// However a hello is cut into records, its name is the same.
func TestRecordsDoNotChangeTheName(t *testing.T) {
	hello := helloOf(t, "pay.example")
	rapid.Check(t, func(t *rapid.T) {
		b := inRecords(hello[5:], rapid.IntRange(1, 600).Draw(t, "size"))
		if f, more := Look(b); more || f.ServerName() != "pay.example" {
			t.Fatalf("it is %+v", f)
		}
	})
}
