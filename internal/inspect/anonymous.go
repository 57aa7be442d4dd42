package inspect

import (
	"bytes"

	"github.com/parley-tls/parley/internal/trace/form"
)

// Anonymous gives a flight with other addresses and another server name.
func Anonymous(flight []byte) ([]byte, error) {
	f, _, err := form.NewFlightReader(bytes.NewReader(flight)).Next()
	if err != nil {
		return nil, err
	}
	if f, err = f.WithoutNames(); err != nil {
		return nil, err
	}
	b, err := form.Marshal(f)
	return append(b, '\n'), err
}
