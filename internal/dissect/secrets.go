package dissect

import (
	"bytes"

	"github.com/parley-tls/parley/internal/capture"
)

// AddSecrets takes a decryption secrets block of a capture file. Of other types
// than a TLS key log it has no use, and says nothing.
func (k *Keyring) AddSecrets(b capture.SecretsBlock) error {
	if b.Type != capture.SecretsTLSKeyLog {
		return nil
	}
	return k.addLog("the key log inside the capture", "the key log inside the capture", bytes.NewReader(b.Data))
}
