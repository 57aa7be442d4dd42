package sanitize_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/sanitize"
)

func TestTheKeyOfADelegatedCredentialDoesNotStay(t *testing.T) {
	const key = "\x30\x10SECRETKEYDEVICES"
	credential := "\x00\x00\x00\x07\x08\x04\x00\x00\x12" + key + "\x04\x03\x00\x0aSECRETSIGN"
	extensions := "\x00\x22\x00" + string(rune(len(credential))) + credential
	body := "\x03\x03" + strings.Repeat("0123456789abcdef", 2) + "\x00\xc0\x2f\x00\x00" + string(rune(len(extensions))) + extensions
	message := "\x02\x00\x00" + string(rune(len(body))) + body
	hello := opening(t)[0]
	made := sanitized(t, asCapture(t, []said{hello, s("\x16\x03\x03\x00" + string(rune(len(message))) + message)}, 1460), sanitize.Options{})
	for _, secret := range []string{"SECRETKEY", "DEVICES", "SECRETSIGN"} {
		if bytes.Contains(joined(t, made), []byte(secret)) {
			t.Errorf("%q is left", secret)
		}
	}
}
