package proxy

import (
	"crypto/tls"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// ask gets a page of the server's metrics address.
func (d *daemon) ask(path string) (code int, text string) {
	d.t.Helper()
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get("http://" + d.desk.sides[0].listener.Addr().String() + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer.StatusCode, string(all)
}

// tells waits until the metrics have these lines.
func (d *daemon) tells(lines ...string) {
	d.t.Helper()
	var page string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		_, page = d.ask("/metrics")
		missing := false
		for _, line := range lines {
			missing = missing || !strings.Contains(page, "\n"+line+"\n")
		}
		if !missing {
			return
		}
	}
	d.t.Fatalf("the metrics have not all of %q:\n%s", lines, page)
}

func TestMetricsOfALiveConnection(t *testing.T) {
	eachVersion(t, func(t *testing.T, version uint16) {
		b := newBackend(t)
		d := serve(t, Options{Backend: b.Addr().String(), Metrics: "127.0.0.1:0"})
		c := d.dial(version)
		v := b.next(t)
		writes(t, c, "four")
		reads(t, v, "four")
		name := tls.VersionName(version)
		d.tells(`parley_connections_open{kind="first",version="`+name+`"} 1`, `parley_application_bytes_total{direction="from_client"} 4`, `parley_backend_connects_total{backend="`+b.Addr().String()+`"} 1`)
		writes(t, v, "to you")
		reads(t, c, "to you")
		c.Close()
		ends(t, v)
		v.Close()
		d.tells(`parley_connections_open{kind="first",version="`+name+`"} 0`, `parley_connections_total 1`, `parley_connection_duration_seconds_count 1`,
			`parley_application_bytes_total{direction="from_client"} 4`, `parley_application_bytes_total{direction="to_client"} 6`, `parley_streams_ended_total{ended="clean"} 1`)
	})
}

func TestMetricsOfABackendThatIsNotThere(t *testing.T) {
	b := newBackend(t)
	b.Close()
	d := serve(t, Options{Backend: b.Addr().String(), Metrics: "127.0.0.1:0"})
	d.dial(tls.VersionTLS12)
	d.tells(`parley_backend_connect_failures_total{backend="`+b.Addr().String()+`"} 1`, `parley_backend_up{backend="`+b.Addr().String()+`",server="`+b.Addr().String()+`"} 0`, `parley_streams_ended_total{ended="backend"} 1`, `parley_connections_open{kind="first",version="TLS 1.2"} 0`)
}

func TestWhoWaitsForAPlaceIsCounted(t *testing.T) {
	d := serve(t, Options{MaxConnections: "1", Metrics: "127.0.0.1:0"})
	d.dial(tls.VersionTLS12)
	d.dial(tls.VersionTLS12)
	d.tells(`parley_limited_total{limit="max-connections"} 1`)
}

func TestNotReadyWhileItDrains(t *testing.T) {
	d := serve(t, Options{Metrics: "127.0.0.1:0", Drain: "1h"})
	if code, text := d.ask("/readyz"); code != 200 {
		t.Fatalf("%d %s", code, text)
	}
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
	stopped := make(chan struct{})
	go func() { defer close(stopped); d.stop() }()
	d.log.wait(t, "stopping: waiting for connections to end", 1)
	if code, text := d.ask("/readyz"); code != 503 || text != errStopping.Error()+"\n" {
		t.Errorf("%d %s", code, text)
	}
	if code, _ := d.ask("/healthz"); code != 200 {
		t.Errorf("health: %d", code)
	}
	c.Close()
	<-stopped
}

func TestMetricsAddressThatIsTaken(t *testing.T) {
	b := newBackend(t)
	settings, err := Options{Listen: "127.0.0.1:0", Metrics: b.Addr().String()}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := Run(Source{Load: func() ([]*Settings, error) { return []*Settings{settings}, nil }}, io.Discard); err == nil || !strings.Contains(err.Error(), "metrics: ") {
		t.Errorf("%v", err)
	}
}
