package record

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/wire"
)

// A counter stands where the hash does. It notes every call with the place and
// number of the bytes it touches, and how many blocks are compressed.
type counter struct {
	blockHash
	work work
	held int // bytes of the block that is not full
}

// work is all that a hash was asked to do.
type work struct {
	compressions int
	touched      int
	calls        []call
}

type call struct {
	name  string
	first *byte
	n     int
}

func (w work) equal(v work) bool {
	return w.compressions == v.compressions && w.touched == v.touched && slices.Equal(w.calls, v.calls)
}

func (w work) String() string {
	return fmt.Sprintf("%d compressions, %d bytes, %d calls", w.compressions, w.touched, len(w.calls))
}

func (c *counter) note(name string, b []byte) {
	k := call{name: name, n: len(b)}
	if len(b) > 0 {
		k.first = &b[0]
	}
	c.work.calls = append(c.work.calls, k)
	c.work.touched += len(b)
}

func (c *counter) Write(b []byte) (int, error) {
	c.note("write", b)
	c.held += len(b)
	c.work.compressions += c.held / c.BlockSize()
	c.held %= c.BlockSize()
	return c.blockHash.Write(b)
}

func (c *counter) Sum(b []byte) []byte {
	c.note("sum", nil)
	c.work.compressions++
	if c.held+1+c.BlockSize()/8 > c.BlockSize() {
		c.work.compressions++
	}
	return c.blockHash.Sum(b)
}

func (c *counter) UnmarshalBinary(b []byte) error {
	c.note("load", b)
	c.held = int(b[len(b)-1]) % c.BlockSize() // states end in the number of bytes hashed
	return c.blockHash.UnmarshalBinary(b)
}

func (c *counter) AppendBinary(b []byte) ([]byte, error) {
	c.note("state", nil)
	return c.blockHash.AppendBinary(b)
}

// A trial opens records of one length, always in the same buffer and in a
// first Open's state, and tells what its hash did.
type trial struct {
	p    protection
	room []byte
}

func (r trial) open(t testing.TB, rec []byte) ([]byte, work, error) {
	t.Helper()
	o := r.p.opener(t)
	c := o.protection.(*cbcOpening)
	count := &counter{blockHash: c.mac.hash}
	c.mac.hash = count
	buf := r.room[:copy(r.room, rec)]
	plaintext, err := o.Open(buf)
	// The keyed states and the tail are another opener's each time: what matters
	// is which bytes of the record are touched.
	for i := range count.work.calls {
		if k := &count.work.calls[i]; !within(k.first, buf) {
			k.first = nil
		}
	}
	return plaintext, count.work, err
}

func within(p *byte, buf []byte) bool {
	for i := range buf {
		if p == &buf[i] {
			return true
		}
	}
	return false
}

// A class is a kind of end that a decrypted fragment can have.
type class struct {
	name  string
	opens bool
	spoil func(data []byte, content, macSize int)
}

var classes = []class{
	{"good", true, func([]byte, int, int) {}},
	{"first byte of the MAC wrong", false, func(d []byte, n, _ int) { d[n] ^= 1 }},
	{"last byte of the MAC wrong", false, func(d []byte, n, m int) { d[n+m-1] ^= 0x80 }},
	{"everything wrong", false, func(d []byte, n, _ int) {
		for i := range d[:len(d)-1] {
			d[i] ^= 0x55
		}
	}},
}

// Lucky Thirteen: for one length on the wire, every padding length, good or
// bad, costs the same calls, the same compressions and the same bytes.
func TestOpenDoesTheSameWorkForEveryPadding(t *testing.T) {
	for _, p := range cbcProtections() {
		t.Run(p.String(), func(t *testing.T) {
			t.Parallel()
			for _, n := range publicLengths(p) {
				sameWork(t, p, n)
			}
		})
	}
}

// publicLengths are lengths of decrypted fragments: the least, lengths whose
// front a padding can reach and some beyond. Steps of three blocks meet every
// place in a hash's block.
func publicLengths(p protection) []int {
	block := p.suite.BlockLen()
	least := (p.suite.MACLen() + block) / block * block
	var all []int
	for n := least; n < 480; n += 3 * block {
		all = append(all, n)
	}
	return append(all, 1024, 1024+block)
}

func sameWork(t *testing.T, p protection, n int) {
	t.Helper()
	r := trial{p, make([]byte, wire.MaxCiphertext)}
	var want *work
	for padding := range 256 {
		for _, c := range classes {
			data, content, fits := fragment(p, n, padding)
			c.spoil(data, content, p.suite.MACLen())
			got, did, err := r.open(t, p.enclose(t, wire.TypeHandshake, data))
			if want == nil {
				want = &did
			}
			if !did.equal(*want) {
				t.Fatalf("%d bytes, padding %d, %s: %v, want %v", n, padding, c.name, did, *want)
			}
			if opens := c.opens && fits; !opens {
				wantAlert(t, err, wire.AlertBadRecordMAC)
			} else if err != nil || !bytes.Equal(got, data[:content]) {
				t.Fatalf("%d bytes, padding %d: does not open: %v", n, padding, err)
			}
		}
	}
}

// fragment makes n bytes of content, MAC and padding as the last byte says. If
// they do not fit, or the version does not allow so much, it is the last byte
// alone that says so.
func fragment(p protection, n, padding int) (data []byte, content int, fits bool) {
	data = make([]byte, n)
	for i := range data {
		data[i] = byte(i*7 + 3)
	}
	content = n - p.suite.MACLen() - 1 - padding
	fits = content >= 0 && (p.version != wire.VersionSSL30 || padding < p.suite.BlockLen())
	if content < 0 {
		content = 0
	}
	copy(data[content:], p.plainMAC(0, wire.TypeHandshake, data[:content]))
	if p.version != wire.VersionSSL30 {
		for i := range min(padding+1, n) {
			data[n-1-i] = byte(padding)
		}
	}
	data[n-1] = byte(padding)
	return data, content, fits
}

// The counter would notice: where the length is public, lengths a block apart
// cost differently.
func TestCounterTellsLengthsApart(t *testing.T) {
	for _, p := range cbcProtections() {
		m, err := newMAC(p.version, p.suite, p.mac)
		if err != nil {
			t.Fatal(err)
		}
		cost := func(n int) work {
			count := &counter{blockHash: m.hash}
			counted := *m
			counted.hash = count
			counted.sum(0, wire.TypeAlert, make([]byte, n))
			return count.work
		}
		short, long := cost(100), cost(100+m.hash.BlockSize())
		if short.compressions+1 != long.compressions || short.touched == long.touched {
			t.Errorf("%v: %v for 100 bytes, %v for a block more", p, short, long)
		}
	}
}

// One wrong byte anywhere in the padding is found, at the same cost.
func TestEveryByteOfPaddingCounts(t *testing.T) {
	for _, p := range cbcProtections() {
		if p.version == wire.VersionSSL30 {
			continue // any bytes will do, which the test above shows
		}
		t.Run(p.String(), func(t *testing.T) {
			r := trial{p, make([]byte, wire.MaxCiphertext)}
			n := 384
			for _, padding := range []int{1, p.suite.BlockLen(), 255} {
				data, _, _ := fragment(p, n, padding)
				_, want, _ := r.open(t, p.enclose(t, wire.TypeHandshake, data))
				for i := n - 1 - padding; i < n-1; i++ {
					data[i] ^= 1
					_, did, err := r.open(t, p.enclose(t, wire.TypeHandshake, data))
					wantAlert(t, err, wire.AlertBadRecordMAC)
					if !did.equal(want) {
						t.Fatalf("padding %d wrong at %d: %v, want %v", padding, i, did, want)
					}
					data[i] ^= 1
				}
			}
		})
	}
}

// Where the length is secret the MAC is what it is where the length is public.
func TestSecretMACIsTheMAC(t *testing.T) {
	for _, p := range cbcProtections() {
		m, err := newMAC(p.version, p.suite, p.mac)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(0, 1200).Draw(t, "n")
			behind := m.size + 1 + rapid.IntRange(0, 255).Draw(t, "padding")
			data := rapid.SliceOfN(rapid.Byte(), n+behind, n+behind).Draw(t, "data")
			least := max(0, len(data)-m.size-maxTLSPadding)
			seq := rapid.Uint64().Draw(t, "seq")
			want := p.plainMAC(seq, wire.TypeAlert, data[:n])
			if got := m.sum(seq, wire.TypeAlert, data[:n]); !bytes.Equal(got, want) {
				t.Fatalf("%v: sum is %x, want %x", p, got, want)
			}
			if got := m.sumSecret(seq, wire.TypeAlert, data, n, least); !bytes.Equal(got, want) {
				t.Fatalf("%v: sumSecret is %x, want %x", p, got, want)
			}
		})
	}
}

func TestExtractFindsEveryPlace(t *testing.T) {
	data := letters(0, 400)
	for _, size := range []int{20, 32, 48} {
		dst := make([]byte, size)
		for least := 0; least < 200; least += 7 {
			for n := least; n+size < len(data) && n-least < maxTLSPadding; n++ {
				extract(dst, data, n, least)
				if !bytes.Equal(dst, data[n:n+size]) {
					t.Fatalf("%d bytes at %d, at least %d: %x", size, n, least, dst)
				}
			}
		}
	}
}

func TestMasks(t *testing.T) {
	for a := range 70 {
		for b := range 70 {
			if got := less(a, b) == -1; got != (a < b) || (!got && less(a, b) != 0) {
				t.Fatalf("less(%d, %d) is %d", a, b, less(a, b))
			}
			if got := equal(a, b) == -1; got != (a == b) || (!got && equal(a, b) != 0) {
				t.Fatalf("equal(%d, %d) is %d", a, b, equal(a, b))
			}
		}
	}
}
