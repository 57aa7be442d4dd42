package proxy

import (
	"errors"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley"
)

func TestEndsAreNamed(t *testing.T) {
	refused := os.NewSyscallError("connect", syscall.ECONNREFUSED)
	for _, test := range []struct {
		cause error
		word  string
		level slog.Level
	}{
		{nil, endedClean, slog.LevelInfo},
		{errIdle, endedIdle, slog.LevelInfo},
		{errStopped, endedStopped, slog.LevelInfo},
		{backendError(refused), endedBackend, slog.LevelWarn},
		{backendError(errStopped), endedStopped, slog.LevelInfo},
		{&parley.Error{Finding: "truncated"}, "truncated", slog.LevelInfo},
		{errors.New("something else"), endedError, slog.LevelInfo},
	} {
		if word := ended(test.cause); word != test.word || levelOf(word) != test.level {
			t.Errorf("%v: %s, %v", test.cause, word, levelOf(word))
		}
	}
	if err := backendError(refused); err.Error() != "backend: connect: connection refused" || !errors.Is(err, syscall.ECONNREFUSED) {
		t.Error(err)
	}
}

// A line's duration has the first handshake in it, as the times of its second
// hellos do.
func TestStreamsBeginWhenTheirConnectionDoes(t *testing.T) {
	s := newStories(slog.New(slog.DiscardHandler), &Settings{})
	s.observe(parley.Event{Name: parley.EventOpened, Conn: 1, Detail: parley.OpenedDetail{}})
	accepted := time.Now()
	if begun := s.take(1, 0).begun; begun.IsZero() || begun.After(accepted) {
		t.Errorf("the story begins at %v, the session at %v", begun, accepted)
	}
}
