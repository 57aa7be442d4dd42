package disguise

import (
	"bytes"
	"testing"
)

// An extension may make sense up to a byte that does not. What was replaced before that
// is no original, and what frames it is everybody's: neither is left to be looked for.
func TestAnExtensionThatEndsInNonsenseBecomesNoise(t *testing.T) {
	names := []byte("\x30\x20\x82\x10shop.initech.com\xa4\x0c\x30\x0a\x31\x7fbad name")
	extension := append([]byte("\x30\x29\x06\x03\x55\x1d\x11\x04\x22"), names...)
	d := fixed(t, Options{})
	n, err := readOnly(bytes.Clone(extension))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.extension(n); err != nil {
		t.Fatal(err)
	}
	for at := 9; at+8 <= len(extension); at++ {
		if bytes.Contains(n.content, extension[at:at+8]) {
			t.Errorf("%q is left", extension[at:at+8])
		}
	}
	searched := false
	for _, v := range d.Replaced() {
		searched = searched || string(v.Reveal()) == "shop.initech.com"
		if !bytes.Contains(names, v.Reveal()) || bytes.Equal(names, v.Reveal()) {
			t.Errorf("%q is looked for", v.Reveal())
		}
	}
	if !searched {
		t.Error("the name that was replaced is not looked for")
	}
}
