package inspect

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parley-tls/parley/internal/dissect"
)

// maxKeyFile is more than any RSA key in PEM has.
const maxKeyFile = 1 << 20

// LoadKeys makes a keyring of files with RSA private keys and of key logs. An
// error names the file and says what it holds instead. Reports name a file
// without its folder, which is nobody's business.
func LoadKeys(keys, logs []string) (*dissect.Keyring, error) {
	ring := dissect.NewKeyring()
	for _, name := range keys {
		if err := loadKey(ring, name); err != nil {
			return nil, err
		}
	}
	for _, name := range logs {
		if err := loadLog(ring, name); err != nil {
			return nil, err
		}
	}
	return ring, nil
}

func loadKey(ring *dissect.Keyring, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxKeyFile:
		return fmt.Errorf("%s: too large for a private key in PEM", name)
	}
	return ring.AddKey(filepath.Base(name), text)
}

func loadLog(ring *dissect.Keyring, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return ring.AddLog(filepath.Base(name), f)
}
