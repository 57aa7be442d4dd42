package trace

import "testing"

func TestSidesHaveNames(t *testing.T) {
	for side, want := range map[Side]string{Nobody: "nobody", Client: "client", Server: "server"} {
		if got := side.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The names are an interface: logs, reports and captures' expectations hold them.
func TestEventNamesStayAsTheyAre(t *testing.T) {
	names := []EventName{
		Opened, Record, Message, Keys, HandshakeBegun, HandshakeDone, HandshakeFailed, SecondHello, Answered, Held,
		Released, Crossed, Isolated, AlertEvent, Data, HelloRequest, Rationed, Gap, Closed,
	}
	want := []EventName{
		"opened", "record", "message", "keys", "handshake-begun", "handshake-done", "handshake-failed", "second-hello", "answered", "held",
		"released", "crossed", "isolated", "alert", "data", "hello-request", "rationed", "gap", "closed",
	}
	for i, name := range names {
		if name != want[i] {
			t.Errorf("%q, want %q", name, want[i])
		}
	}
}
