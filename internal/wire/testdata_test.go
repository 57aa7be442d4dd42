package wire

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// readHex returns a message from testdata: lines of hexadecimal digits, and
// comments that say whose message it is.
func readHex(t testing.TB, name string) Message {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	var digits strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "#") {
			digits.WriteString(strings.TrimSpace(line))
		}
	}
	m, err := hex.DecodeString(digits.String())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// names returns the files of a folder of testdata, in readHex's spelling.
func names(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", folder, "*.hex"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no messages in testdata/%s (%v)", folder, err)
	}
	for i, f := range files {
		files[i] = folder + "/" + strings.TrimSuffix(filepath.Base(f), ".hex")
	}
	return files
}

// ssl2Hello is a hello in the form in which OpenSSL 0.9.8 sends it: TLS 1.0 in
// the format of SSL 2.0, suites of both, a challenge of 32 bytes.
func ssl2Hello() []byte {
	b := []byte{1, 3, 1, 0, 12, 0, 0, 0, 32}
	b = append(b, 0, 0, 0x2F, 0x07, 0, 0xC0, 0, 0, 0x0A, 0, 0, 0xFF)
	for i := range 32 {
		b = append(b, byte(i))
	}
	return b
}
