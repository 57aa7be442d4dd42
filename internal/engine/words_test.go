package engine_test

import (
	"time"

	"github.com/parley-tls/parley/internal/renego"
)

// The answers, in short.
const (
	accept     = renego.AnswerAccept
	acceptFull = renego.AnswerAcceptFull
	resumed    = renego.AnswerResumed
	refuse     = renego.AnswerRefuse
	abort      = renego.AnswerAbort
	isolate    = renego.AnswerIsolate
	trust      = renego.AnswerTrust
)

const second = time.Second
