package proxy

import (
	"context"
	"net"
	"net/http"
	"time"
)

// A side is an address where a server answers to its operator, off the way of
// the clients' bytes.
type side struct {
	at       Address // where it can be reached
	named    Address // as the settings have it
	listener net.Listener
	http     *http.Server
	served   chan struct{} // closed when it is over
}

// openSide serves on l until it is closed.
func openSide(l net.Listener, h http.Handler) *side {
	at := Address{l.Addr().Network(), l.Addr().String()}
	x := &side{at: at, listener: l, served: make(chan struct{}), http: &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: answerPatience, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}}
	go func() {
		defer close(x.served)
		_ = x.http.Serve(l) // it ends when it is closed
	}()
	return x
}

// answerPatience bounds an answer, until it is read: an upgrade takes a minute, and who
// asks for metrics and does not read them would hold a descriptor for ever.
const answerPatience = 2 * doTimeout

// retire ends what was asked for, and hears no more on the same connections.
func (x *side) retire() { x.http.SetKeepAlivesEnabled(false) }

// close ends it, and what it is answering.
func (x *side) close() {
	_ = x.http.Close() // its listener was closed by nobody else
	<-x.served
}

// finish ends it when what it is answering is answered.
func (x *side) finish() {
	patience, end := context.WithTimeout(context.Background(), sideFinish)
	defer end()
	_ = x.http.Shutdown(patience) // what takes longer is cut
	x.close()
}

// sideFinish bounds that: a profile of 30 seconds may be under way.
const sideFinish = time.Minute

func (o Options) checkMetrics(s *Settings) (err error) {
	if o.Metrics == "" {
		return nil
	}
	if s.Metrics, err = parseListen("metrics", o.Metrics); err != nil {
		return err
	}
	if s.Metrics.Network == "unix" {
		return &SettingError{Name: "metrics", Value: o.Metrics, Problem: "Prometheus asks by TCP", Advice: "write HOST:PORT, such as 127.0.0.1:9469"}
	}
	return nil
}
