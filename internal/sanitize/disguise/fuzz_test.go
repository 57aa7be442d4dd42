package disguise

import (
	"bytes"
	"encoding/pem"
	"os"
	"strings"
	"testing"
)

func fixed(t testing.TB, o Options) *Disguise {
	t.Helper()
	d, err := New(bytes.NewReader(make([]byte, 32)), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// leaves calls visit for each primitive element, with where its content begins; for those in
// octets, too, where these hold such.
func leaves(b []byte, at, depth int, visit func(n node, at int)) {
	for len(b) > 0 {
		n, rest, err := readNode(b)
		if err != nil {
			return
		}
		begin := at + len(n.whole) - len(n.content)
		inner, err := readNodes(n.content)
		holds := n.tag&constructed != 0 || n.tag == tagOctets && err == nil && len(inner) > 0
		if holds && depth < maxDepth {
			leaves(n.content, begin, depth+1, visit)
		} else {
			visit(n, begin)
		}
		at += len(n.whole)
		b = rest
	}
}

// mayStay says whether an element's content tells nothing of anybody.
func mayStay(n node) bool {
	switch n.tag {
	case tagOID:
		return common(n.content)
	case tagUTCTime, tagGeneral:
		return true
	}
	return len(n.content) < 6 || len(bytes.Trim(n.content, "\x00")) == 0 || !strings.ContainsFunc(string(n.content), func(c rune) bool {
		return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x7f
	})
}

func FuzzCertificatesLoseWhatIdentifies(f *testing.F) {
	file, err := os.ReadFile("../../../testdata/captures/server.crt")
	if err != nil {
		f.Fatal(err)
	}
	d := fixed(f, Options{})
	for _, seed := range append(seeds, string(file)) {
		block, _ := pem.Decode([]byte(seed))
		f.Add(block.Bytes)
		if _, err := d.Certificate(block.Bytes); err != nil { // its keys are made now
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		d.certificates = map[[32]byte]*Certificate{}
		d.keys.owners = map[string][]byte{}
		before := bytes.Clone(der)
		c, err := d.Certificate(der)
		if !bytes.Equal(before, der) {
			t.Fatal("the original was written to")
		}
		if err != nil {
			return
		}
		if len(c.DER) != len(der) {
			t.Fatalf("%d of %d bytes", len(c.DER), len(der))
		}
		leaves(der, 0, 0, func(n node, at int) {
			if made := c.DER[at : at+len(n.content)]; bytes.Equal(made, n.content) && !mayStay(n) {
				t.Errorf("at %d, %02x stays: %x", at, n.tag, n.content)
			}
		})
	})
}

func FuzzNamesKeepTheirLength(f *testing.F) {
	f.Add([]byte("\x30\x1e\x31\x0b\x30\x09\x06\x03\x55\x04\x06\x13\x02DE\x31\x0f\x30\x0d\x06\x03\x55\x04\x03\x1e\x06\x00a\x00b\x00c"))
	f.Fuzz(func(t *testing.T, der []byte) {
		made, err := fixed(t, Options{}).Name(der)
		if err == nil && len(made) != len(der) {
			t.Fatalf("%x becomes %x", der, made)
		}
	})
}

func FuzzTextsKeepTheirLength(f *testing.F) {
	for _, s := range []string{"www.initech.com", "https://milton@initech.com:8443/a?b#c", "milton@initech.com", "172.16.200.31", "[2a00::1]:443", "fe80::1%eth0", "a..b", "://", "x@", "[", "[1.2.3.4", "*.COM."} {
		f.Add(s)
	}
	d := fixed(f, Options{})
	f.Fuzz(func(t *testing.T, s string) {
		d.labels, d.tails = newInjection(), newInjection()
		for what, made := range map[string]string{"text": d.Text(KindName, s), "host": d.Host(s), "URL": d.URL(s), "host and port": d.HostPort(s), "word": d.Word(KindName, s)} {
			if len(made) != len(s) {
				t.Errorf("%s: %q becomes %q", what, s, made)
			}
		}
		if made := d.Text(KindName, s); made != d.Text(KindName, s) {
			t.Errorf("%q becomes %q, and then another", s, made)
		}
	})
}

func FuzzDataKeepsItsLength(f *testing.F) {
	f.Add([]byte("POST /a HTTP/1.1\r\nHost: initech.com\r\nCookie: secret\r\nContent-Length: 4\r\n\r\nbody"))
	f.Add([]byte("HTTP/1.0 200 OK\r\nServer: x\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, keep := range []bool{false, true} {
			if made := fixed(t, Options{KeepHTTPShape: keep}).Fill(data); len(made) != len(data) {
				t.Errorf("%q becomes %q", data, made)
			}
		}
	})
}
