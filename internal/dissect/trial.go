package dissect

import "github.com/parley-tls/parley/internal/record"

// A trial opens records up to TLS 1.2.
type trial struct{ *record.Trial }

func (t trial) ahead(records uint64, bytes int64, tail []byte) opener {
	return trial{t.Ahead(records, bytes, tail)}
}
