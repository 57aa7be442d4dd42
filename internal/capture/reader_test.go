package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
)

func TestFilesOfAllFormatsGiveTheSamePackets(t *testing.T) {
	frames := greet(t, client, server)
	for i := range frames {
		frames[i].Time = noon.Add(time.Duration(i)*time.Second + 123456*time.Microsecond)
	}
	for name, file := range map[string][]byte{
		"pcap":                           frames.Pcap(binary.LittleEndian, false),
		"pcap, nanoseconds":              frames.Pcap(binary.LittleEndian, true),
		"pcap, big-endian":               frames.Pcap(binary.BigEndian, false),
		"pcap, big-endian, nanoseconds":  frames.Pcap(binary.BigEndian, true),
		"pcapng":                         frames.Pcapng(t, capture.WriterOptions{}),
		"pcapng, big-endian":             bigEndian(frames),
		"pcapng, obsolete packet blocks": obsolete(frames),
	} {
		format, _, _ := strings.Cut(name, ",")
		for _, zipped := range []bool{false, true} {
			if zipped {
				file = capturetest.Gzip(t, file)
				format += ", gzip"
			}
			got, r, err := read(iotest.HalfReader(bytes.NewReader(file)), capture.Options{})
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if r.Format() != format || r.Sanitized() {
				t.Errorf("%s: format %q, sanitized %t", name, r.Format(), r.Sanitized())
			}
			if len(got) != len(frames) {
				t.Fatalf("%s: %d packets", name, len(got))
			}
			for i, p := range got {
				want := frames[i]
				if p.Frame != i+1 || !p.Time.Equal(want.Time) || p.Link != want.Link || p.Length != want.Length || !bytes.Equal(p.Data, want.Data) {
					t.Errorf("%s: packet %d is %+v", name, i+1, p)
				}
			}
		}
	}
}

// A pcapngBuilder writes blocks as they are asked for, wrong ones too.
type pcapngBuilder struct {
	order capturetest.Order
	file  []byte
}

func (b *pcapngBuilder) block(kind uint32, body ...[]byte) {
	all := bytes.Join(body, nil)
	for len(all)%4 != 0 {
		all = append(all, 0)
	}
	b.file = b.order.AppendUint32(b.file, kind)
	b.file = b.order.AppendUint32(b.file, uint32(len(all)+12))
	b.file = append(b.file, all...)
	b.file = b.order.AppendUint32(b.file, uint32(len(all)+12))
}

func (b *pcapngBuilder) u16(v uint16) []byte { return b.order.AppendUint16(nil, v) }
func (b *pcapngBuilder) u32(v uint32) []byte { return b.order.AppendUint32(nil, v) }

func (b *pcapngBuilder) option(code uint16, value []byte) []byte {
	option := bytes.Join([][]byte{b.u16(code), b.u16(uint16(len(value))), value}, nil)
	for len(option)%4 != 0 {
		option = append(option, 0)
	}
	return option
}

func (b *pcapngBuilder) section(options ...[]byte) {
	b.block(0x0a0d0d0a, b.u32(0x1a2b3c4d), b.u16(1), b.u16(0), b.u32(0xffffffff), b.u32(0xffffffff), bytes.Join(options, nil))
}

func (b *pcapngBuilder) describe(link layers.LinkType, snaplen uint32, options ...[]byte) {
	b.block(1, b.u16(uint16(link)), b.u16(0), b.u32(snaplen), bytes.Join(options, nil))
}

func (b *pcapngBuilder) packet(i uint32, time uint64, p capture.Packet) {
	b.block(6, b.u32(i), b.u32(uint32(time>>32)), b.u32(uint32(time)), b.u32(uint32(len(p.Data))), b.u32(uint32(p.Length)), p.Data)
}

func bigEndian(frames capturetest.Frames) []byte {
	b := &pcapngBuilder{order: binary.BigEndian}
	b.section()
	b.describe(layers.LinkTypeEthernet, 0)
	for _, p := range frames {
		b.packet(0, uint64(p.Time.UnixMicro()), p)
	}
	return b.file
}

func obsolete(frames capturetest.Frames) []byte {
	b := &pcapngBuilder{order: binary.LittleEndian}
	b.section()
	b.describe(layers.LinkTypeEthernet, 0)
	for _, p := range frames {
		at := uint64(p.Time.UnixMicro())
		b.block(2, b.u16(0), b.u16(3), b.u32(uint32(at>>32)), b.u32(uint32(at)), b.u32(uint32(len(p.Data))), b.u32(uint32(p.Length)), p.Data)
	}
	return b.file
}

func TestSectionsAndInterfacesHaveTheirOwnLinksAndTimes(t *testing.T) {
	p := greet(t, client, server)[0]
	seconds := uint64(noon.Unix())
	b := &pcapngBuilder{order: binary.LittleEndian}
	b.section()
	b.describe(layers.LinkTypeEthernet, 0)
	b.describe(layers.LinkTypeRaw, 0, b.option(9, []byte{9}))
	b.describe(layers.LinkTypeLinuxSLL, 0, b.option(9, []byte{0x80 | 10}), b.option(14, binary.LittleEndian.AppendUint64(nil, 3600)))
	b.packet(1, seconds*1e9+7, p)
	b.block(5, make([]byte, 12)) // statistics
	b.block(9, []byte("MESSAGE=x"))
	b.packet(2, seconds<<10+512, p)
	b.block(0x0bad, make([]byte, 4000))
	b.block(0x7777, make([]byte, 400))
	b.packet(0, seconds*1e6+1, p)
	b.order = binary.BigEndian
	b.section()
	b.describe(layers.LinkTypePPP, 0, b.option(9, []byte{0}))
	b.packet(0, seconds, p)
	frames, _, err := read(bytes.NewReader(b.file), capture.Options{})
	if err != nil || len(frames) != 4 {
		t.Fatalf("%d packets, %v", len(frames), err)
	}
	for i, want := range []struct {
		frame int // as Wireshark counts, for which a journal entry and a custom block are frames
		link  layers.LinkType
		time  time.Time
	}{
		{1, layers.LinkTypeRaw, noon.Add(7)},
		{3, layers.LinkTypeLinuxSLL, noon.Add(time.Hour + time.Second/2)},
		{5, layers.LinkTypeEthernet, noon.Add(time.Microsecond)},
		{6, layers.LinkTypePPP, noon},
	} {
		if frames[i].Link != want.link || !frames[i].Time.Equal(want.time) || frames[i].Frame != want.frame {
			t.Errorf("%+v, want %v", frames[i], want)
		}
	}
}

func TestSimplePacketsAreCutAtTheFirstInterfacesSnapLength(t *testing.T) {
	p := greet(t, client, server)[3]
	b := &pcapngBuilder{order: binary.LittleEndian}
	b.section()
	b.describe(layers.LinkTypeEthernet, 60)
	b.block(3, b.u32(uint32(p.Length)), p.Data[:60])
	b.block(3, b.u32(20), p.Data[:20])
	frames, _, err := read(bytes.NewReader(b.file), capture.Options{})
	if err != nil || len(frames) != 2 {
		t.Fatalf("%d packets, %v", len(frames), err)
	}
	if len(frames[0].Data) != 60 || frames[0].Length != p.Length || !frames[0].Time.IsZero() || len(frames[1].Data) != 20 {
		t.Errorf("%+v", frames)
	}
}

// gopacket keeps these to itself.
func TestSecretsAreGivenAsTheyAreMet(t *testing.T) {
	frames := greet(t, client, server)
	log := capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: []byte("CLIENT_RANDOM 00 11\n")}
	file := frames.Pcapng(t, capture.WriterOptions{}, log, log)
	var met []string
	_, _, err := read(bytes.NewReader(file), capture.Options{Secrets: func(s capture.SecretsBlock) {
		met = append(met, fmt.Sprintf("%x %q", s.Type, s.Data))
	}})
	if want := `544c534b "CLIENT_RANDOM 00 11\n"`; err != nil || len(met) != 2 || met[0] != want || met[1] != want {
		t.Errorf("%q, %v", met, err)
	}
	if _, _, err := read(bytes.NewReader(file), capture.Options{}); err != nil {
		t.Errorf("where nobody wants them: %v", err)
	}
}

func TestAFileIsSanitizedIfAllItsSectionsSaySo(t *testing.T) {
	frames := greet(t, client, server)
	plain := frames.Pcapng(t, capture.WriterOptions{Comment: "from the lab", Application: "tcpdump"})
	comment := frames.Pcapng(t, capture.WriterOptions{Comment: capture.Sanitized})
	application := frames.Pcapng(t, capture.WriterOptions{Application: capture.Sanitized})
	for name, one := range map[string]struct {
		file []byte
		want bool
	}{
		"a usual file":         {plain, false},
		"by comment":           {comment, true},
		"by application":       {application, true},
		"both":                 {append(comment[:len(comment):len(comment)], application...), true},
		"one and a usual file": {append(comment[:len(comment):len(comment)], plain...), false},
		"pcap":                 {frames.Pcap(binary.LittleEndian, false), false},
	} {
		_, r, err := read(bytes.NewReader(one.file), capture.Options{})
		if err != nil || r.Sanitized() != one.want {
			t.Errorf("%s: %t, %v", name, !one.want, err)
		}
	}
}

// Whatever a file is cut to, it gives the packets that are whole, and then says where it broke.
func TestACutFileGivesItsPacketsAndSaysWhereItEnds(t *testing.T) {
	frames := greet(t, client, server)
	for name, file := range map[string][]byte{
		"pcap":   frames.Pcap(binary.BigEndian, false),
		"pcapng": frames.Pcapng(t, capture.WriterOptions{Comment: "cut"}),
	} {
		var ends []int // where packets end
		last := 0
		for n := 1; n < len(file); n++ {
			got, _, err := read(bytes.NewReader(file[:n]), capture.Options{})
			if len(got) > last {
				last = len(got)
				ends = append(ends, n)
			}
			for i, p := range got {
				if !bytes.Equal(p.Data, frames[i].Data) {
					t.Fatalf("%s cut to %d: packet %d is another", name, n, i+1)
				}
			}
			whole := len(ends) > 0 && n == ends[len(ends)-1]
			var damage *capture.DamageError
			switch {
			case err == nil && (whole || len(got) == 0): // between two blocks
			case !errors.As(err, &damage):
				t.Fatalf("%s cut to %d: %v", name, n, err)
			case damage.Frame != len(got) || damage.Offset > int64(n) || last > 0 && damage.Offset < int64(ends[last-1]):
				t.Fatalf("%s cut to %d: %v", name, n, damage)
			}
		}
		if len(ends) != len(frames)-1 {
			t.Errorf("%s: packets end at %v", name, ends)
		}
	}
}

func TestACutGzipFileGivesWhatWasInIt(t *testing.T) {
	frames := capturetest.Record(t, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		for i := range 2000 {
			r.Send(A, noon, unlike(100, byte(i)))
		}
	})
	file := capturetest.Gzip(t, frames.Pcapng(t, capture.WriterOptions{}))
	got, _, err := read(bytes.NewReader(file[:len(file)/2]), capture.Options{})
	var damage *capture.DamageError
	if !errors.As(err, &damage) || len(got) < 500 || damage.Frame != len(got) {
		t.Errorf("%d packets, %v", len(got), err)
	}
	file[len(file)-6] ^= 1 // the checksum
	got, _, err = read(bytes.NewReader(file), capture.Options{})
	if !errors.As(err, &damage) || len(got) != len(frames) {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

func TestDamageIsNamedWithItsPlace(t *testing.T) {
	p := greet(t, client, server)[0]
	type builder = pcapngBuilder
	for name, spoil := range map[string]func(b *builder){
		"a packet of an interface that the file does not describe": func(b *builder) { b.packet(1, 0, p) },
		"longer than its block": func(b *builder) {
			b.block(6, make([]byte, 12), b.u32(1000), b.u32(1000), make([]byte, 40))
		},
		"a packet block that is too short": func(b *builder) { b.block(6, make([]byte, 16)) },
		"impossible length":                func(b *builder) { b.file = append(b.file, 6, 0, 0, 0, 13, 0, 0, 0) },
		"two lengths differ": func(b *builder) {
			b.packet(0, 0, p)
			b.file[len(b.file)-4] ^= 4
		},
		"secrets are longer than itself":                       func(b *builder) { b.block(10, b.u32(0x544c534b), b.u32(100)) },
		"a decryption secrets block without its head":          func(b *builder) { b.block(10, b.u32(0)) },
		"a section header without byte-order magic":            func(b *builder) { b.block(0x0a0d0d0a, make([]byte, 16)) },
		"a section header that is too short":                   func(b *builder) { b.block(0x0a0d0d0a, b.u32(0x1a2b3c4d)) },
		"a section of pcapng version 2":                        func(b *builder) { b.block(0x0a0d0d0a, b.u32(0x1a2b3c4d), b.u16(2), make([]byte, 10)) },
		"an interface with a time resolution that is too fine": func(b *builder) { b.describe(1, 0, b.option(9, []byte{20})) },
		"an interface description that is too short":           func(b *builder) { b.block(1, b.u32(1)) },
		"more than such a block can have":                      func(b *builder) { b.file = append(b.file, 6, 0, 0, 0, 0, 0, 0, 0x7f) },
		"the file ends inside a block":                         func(b *builder) { b.file = append(b.file, 99, 0, 0, 0, 0, 1, 0, 0) },
	} {
		b := &builder{order: binary.LittleEndian}
		b.section()
		b.describe(layers.LinkTypeEthernet, 0)
		b.packet(0, 0, p)
		place := len(b.file)
		spoil(b)
		got, _, err := read(bytes.NewReader(b.file), capture.Options{})
		var damage *capture.DamageError
		if !errors.As(err, &damage) || damage.Frame != 1 || damage.Offset != int64(place) || !strings.Contains(damage.What, name) || len(got) != 1 {
			t.Errorf("%s: %d packets, %v (at %d)", name, len(got), err, place)
		}
	}
}

func TestAnImpossiblePcapRecordIsDamage(t *testing.T) {
	frames := greet(t, client, server)[:2]
	file := frames.Pcap(binary.LittleEndian, false)
	record := 24 + 16 + len(frames[0].Data)
	binary.LittleEndian.PutUint32(file[record+8:], 1<<30)
	got, _, err := read(bytes.NewReader(file), capture.Options{})
	var damage *capture.DamageError
	if !errors.As(err, &damage) || len(got) != 1 || damage.Frame != 1 || damage.Offset != int64(record) {
		t.Errorf("%d packets, %v", len(got), err)
	}
}

func TestWhatIsNoCaptureIsNamed(t *testing.T) {
	for file, what := range map[string]string{
		"":                                     "empty",
		"\x28\xb5\x2f\xfd and so on":           "zstd",
		"snoop\x00\x00\x00\x00\x00":            "snoop",
		"-----BEGIN RSA PRIVATE KEY-----\n":    "PEM",
		"CLIENT_RANDOM 00 11\n":                "key log",
		`{"schema":"parley.flight/1","id":""}`: "parley diagnose reads",
		"12:00:00.1 IP 192.0.2.1 > 192.0.2.":   "text",
		"\x00\x01\x02\x03\x04\x05\x06\x07":     "neither",
		"\xd4\xc3\xb2\xa1\x09\x00\x09\x00" + strings.Repeat("\x00", 16): "version",
	} {
		_, err := capture.NewReader(strings.NewReader(file), capture.Options{})
		var format *capture.FormatError
		if !errors.As(err, &format) || !strings.Contains(format.What, what) {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestAReaderThatFailsIsDamageWithItsReason(t *testing.T) {
	broken := errors.New("the disk is on fire")
	file := greet(t, client, server).Pcapng(t, capture.WriterOptions{})
	got, r, err := read(io.MultiReader(bytes.NewReader(file[:len(file)-10]), iotest.ErrReader(broken)), capture.Options{})
	if !errors.Is(err, broken) || len(got) != 6 {
		t.Errorf("%d packets, %v", len(got), err)
	}
	for _, word := range []string{"frame 6", "byte 660", broken.Error()} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v, without %q", err, word)
		}
	}
	if _, again := r.Next(); again != err {
		t.Errorf("then %v", again)
	}
	if _, err := capture.NewReader(iotest.ErrReader(broken), capture.Options{}); !errors.Is(err, broken) {
		t.Error(err)
	}
}
