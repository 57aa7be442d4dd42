package keys

import (
	"bytes"
	"fmt"
	"log/slog"
)

// A Secret is key material. Whatever prints it, at whatever depth, shows at most
// the address of a function and never the bytes. The zero Secret is empty.
type Secret struct{ reveal func() []byte }

// hidden is what every way of printing a Secret or a Block shows.
const hidden = "[secret]"

// NewSecret makes a Secret of a copy of b.
func NewSecret(b []byte) Secret { return own(bytes.Clone(b)) }

// own makes a Secret of b itself, which the caller gives away.
func own(b []byte) Secret {
	if len(b) == 0 {
		return Secret{}
	}
	return Secret{reveal: func() []byte { return b }}
}

// raw is the secret's own bytes, not to be changed and not to be given away.
func (s Secret) raw() []byte {
	if s.reveal == nil {
		return nil
	}
	return s.reveal()
}

// Bytes is a copy of the secret; nil if it is empty.
func (s Secret) Bytes() []byte { return bytes.Clone(s.raw()) }

// IsZero says whether there is no secret here.
func (s Secret) IsZero() bool { return s.reveal == nil }

// String shows nothing of the secret.
func (s Secret) String() string { return hidden }

// GoString shows nothing of the secret.
func (s Secret) GoString() string { return hidden }

// Format shows nothing of the secret, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(hidden)) }

// LogValue shows nothing of the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText shows nothing of the secret; encoding/json and encoding/xml use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
