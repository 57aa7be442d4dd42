package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"unicode/utf8"
)

var (
	magicGzip   = []byte{0x1f, 0x8b}
	magicPcapng = []byte{0x0a, 0x0d, 0x0d, 0x0a}
)

// The first number of a pcap file, as its writer's machine has it.
const (
	magicMicroseconds = 0xa1b2c3d4
	magicNanoseconds  = 0xa1b23c4d
)

// isPcap says whether a file that begins so is a pcap file.
func isPcap(head []byte) bool {
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if magic := order.Uint32(head); magic == magicMicroseconds || magic == magicNanoseconds {
			return true
		}
	}
	return false
}

// strangers are files that people take for captures, or that contain one.
var strangers = []struct{ head, is string }{
	{"\x28\xb5\x2f\xfd", "it is compressed with zstd; uncompress it first"},
	{"\xfd7zXZ", "it is compressed with xz; uncompress it first"},
	{"\x04\x22\x4d\x18", "it is compressed with lz4; uncompress it first"},
	{"BZh", "it is compressed with bzip2; uncompress it first"},
	{"PK\x03\x04", "it is a zip archive; take the capture out of it first"},
	{"snoop\x00", "it is in snoop's format; convert it with `editcap -F pcapng`"},
	{"GMBU", "it is in Network Monitor's format; convert it with `editcap -F pcapng`"},
	{"RTSS", "it is in Network Monitor's format; convert it with `editcap -F pcapng`"},
	{"\x34\xcd\xb2\xa1", "it is in an old modified pcap format; convert it with `editcap -F pcapng`"},
	{"\xa1\xb2\xcd\x34", "it is in an old modified pcap format; convert it with `editcap -F pcapng`"},
	{"-----BEGIN ", "it is a PEM file, such as a key or a certificate"},
	{`{"schema":"parley.flight/`, "it is a flight, which parley diagnose reads; parley flights --anonymous replaces names and addresses in it"},
	{"CLIENT_RANDOM ", "it is a key log"},
}

// whatElse says what a file is that is no capture.
func whatElse(file *bufio.Reader) string {
	head, _ := file.Peek(256) // a shorter file gives what it has
	for _, s := range strangers {
		if bytes.HasPrefix(head, []byte(s.head)) {
			return s.is
		}
	}
	if isText(head) {
		return "it is text; tcpdump writes a capture with -w"
	}
	return "it is neither pcap nor pcapng"
}

// isText says whether bytes are text, a last rune cut in two aside.
func isText(b []byte) bool {
	for len(b) >= utf8.UTFMax {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError || r < ' ' && r != '\t' && r != '\r' && r != '\n' {
			return false
		}
		b = b[n:]
	}
	return true
}
