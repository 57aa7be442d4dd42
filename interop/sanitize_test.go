//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// seenBy is what tshark sees of a capture's records, and how much application data it
// opens, a line for each piece.
func seenBy(t *testing.T, file string, keys ...string) string {
	t.Helper()
	fields := append(keys, "-Y", "tls", "-T", "fields")
	for _, f := range []string{"frame.number", "tls.record.content_type", "tls.record.version", "tls.record.length", "tls.handshake.type", "tls.handshake.length", "tls.alert_message.desc"} {
		fields = append(fields, "-e", f)
	}
	seen := tshark(t, file, fields...)
	for line := range strings.Lines(tshark(t, file, append(keys, "-q", "-z", "follow,tls,raw,0")...)) {
		if hex := strings.TrimSpace(line); strings.Trim(hex, "0123456789abcdef") == "" {
			seen += fmt.Sprintf("%v %d\n", strings.HasPrefix(line, "\t"), len(hex)/2)
		}
	}
	return seen
}

// Given nothing but the new file, tshark opens what it opens of the old one with its keys.
func TestTsharkOpensOfASanitizedCaptureWhatItOpensOfTheOriginal(t *testing.T) {
	binary := parleyBinary(t)
	key, err := filepath.Abs("../testdata/captures/server.key")
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, pattern := range []string{"*.pcap", "rig/*.pcapng"} {
		files, err := filepath.Glob(filepath.Join("../testdata/captures", pattern))
		if err != nil || len(files) == 0 {
			t.Fatal("no captures", err)
		}
		for _, file := range files {
			made := filepath.Join(t.TempDir(), "shared.pcapng")
			if out, err := exec.CommandContext(minute(t), binary, "sanitize", file, "--key", key, "-o", made).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", file, err, out)
			}
			was, is := seenBy(t, file, "-o", fmt.Sprintf(`uat:rsa_keys:"%s",""`, key)), seenBy(t, made)
			if was != is {
				t.Errorf("%s: tshark saw\n%sand sees\n%s", file, was, is)
			}
			if strings.Contains(was, "true ") {
				opened++
			}
		}
	}
	if opened < 10 {
		t.Errorf("tshark opens only %d captures: this proves little", opened)
	}
}
