package prove_test

import (
	"net/netip"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func addr(d *disguise.Disguise, s string) { d.Addr(netip.MustParseAddr(s)) }
