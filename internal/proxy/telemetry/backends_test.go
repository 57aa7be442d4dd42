package telemetry

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

func TestStatusTellsWhichServersAreUp(t *testing.T) {
	p := NewProcess("1")
	since := time.Date(2026, 11, 27, 4, 12, 9, 0, time.UTC)
	p.AddBackends(func() []upstream.Status {
		return []upstream.Status{
			{Backend: "10.0.0.1:80", Server: "10.0.0.1:80", Up: true},
			{Backend: "app", Server: "10.0.0.2:80", Up: true, Since: since},
			{Backend: "app", Server: "10.0.0.3:80", Since: since, Why: "refused\x1b[31m"},
		}
	})
	var text strings.Builder
	if err := p.Status(since, errors.New("stopping")).WriteText(&text); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"backends", "  up    10.0.0.1:80", "  up    app  10.0.0.2:80, since 2026-11-27T04:12:09Z", "  down  app  10.0.0.3:80, since 2026-11-27T04:12:09Z: refused"} {
		if !strings.Contains(text.String(), "\n"+line) {
			t.Errorf("there is no %q in\n%s", line, &text)
		}
	}
	if strings.Contains(text.String(), "\x1b") {
		t.Error("what a server says moves the screen")
	}
}
