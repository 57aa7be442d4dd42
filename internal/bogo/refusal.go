package bogo

import (
	"fmt"
	"sync"

	"github.com/parley-tls/parley"
)

// A listener hears of the connections' events, and remembers one: that a
// renegotiation was refused. Parley's connection lives on then, as RFC 5746
// wishes; to the runner it is a failure.
type listener struct {
	mu      sync.Mutex
	refused error // nil: none was
}

func (l *listener) hear(e parley.Event) {
	d, ok := e.Detail.(parley.AnsweredDetail)
	if !ok || d.Answer != parley.AnswerRefuse {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused = fmt.Errorf("answered by no_renegotiation: %s [%s]", d.Reason, d.Kind.Finding())
}

func (l *listener) refusal() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}
