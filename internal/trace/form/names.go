package form

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A number is one that has a name, or is written in hexadecimal.
type number interface {
	~uint8 | ~uint16
	fmt.Stringer
}

// numbers gives the numbers that have names, by them.
func numbers[T number](most int) func() map[string]T {
	return sync.OnceValue(func() map[string]T {
		named := map[string]T{}
		for n := range most + 1 {
			if name := T(n).String(); !strings.HasPrefix(name, "0x") {
				named[name] = T(n)
			}
		}
		return named
	})
}

var (
	versions = numbers[wire.Version](int(wire.VersionTLS13))
	messages = numbers[wire.MessageType](0xff)
	levels   = numbers[wire.AlertLevel](0xff)
	groups   = numbers[wire.Group](0xffff)
	kinds    = numbers[renego.Kind](int(renego.KindRestart))
	answers  = numbers[renego.Answer](int(renego.AnswerTrust))
	terms    = numbers[renego.Terms](int(renego.TermsTrusted))
)

// numbered is the number behind a name; of an empty one, zero.
func numbered[T number](named func() map[string]T, what, name string) (T, error) {
	if name == "" {
		return 0, nil
	}
	if n, ok := named()[name]; ok {
		return n, nil
	}
	if n, err := strconv.ParseUint(name, 0, 16); err == nil && T(n).String() == name {
		return T(n), nil
	}
	return 0, fmt.Errorf("%.40q is no %s", name, what)
}

// suiteNamed is the suite of a name or number, and its description, which every
// suite that a live server chose has.
func suiteNamed(name string) (*suite.Suite, wire.SuiteID, error) {
	if name == "" {
		return nil, 0, nil
	}
	id, ok := wire.SuiteByName(name)
	if n, err := strconv.ParseUint(name, 0, 16); err == nil {
		id, ok = wire.SuiteID(n), true
	}
	if !ok || id.String() != name {
		return nil, 0, fmt.Errorf("%.40q is no cipher suite", name)
	}
	if known := suite.ByID(id); known != nil {
		return known, id, nil
	}
	return &suite.Suite{ID: id}, id, nil
}

func sideNamed(name string) (trace.Side, error) {
	for side := trace.Nobody; side <= trace.Server; side++ {
		if side.String() == name {
			return side, nil
		}
	}
	return 0, fmt.Errorf("%.40q is no side", name)
}
