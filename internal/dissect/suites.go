package dissect

import (
	"crypto"
	"strings"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// suiteOf gives the suite by which records are opened: one of the server's, or
// one of another key exchange whose name says that its ciphers are the same (DHE
// and its kin), which a key log opens. Nil: it cannot be opened.
func suiteOf(id wire.SuiteID) *suite.Suite {
	if s := suite.ByID(id); s != nil {
		return s
	}
	exchange, protection, ok := strings.Cut(id.String(), "_WITH_")
	if !ok {
		return nil
	}
	for _, like := range suite.All() {
		if _, same, _ := strings.Cut(like.ID.String(), "_WITH_"); same != protection {
			continue
		}
		s := *like
		s.ID, s.KeyExchange, s.Authentication = id, 0, 0
		if s.MAC == suite.MACSHA1 {
			s.Hash, s.MinVersion = crypto.SHA256, wire.VersionSSL30
		}
		if exchange == "TLS_RSA" {
			s.KeyExchange = suite.KeyExchangeRSA
		}
		return &s
	}
	return nil
}
