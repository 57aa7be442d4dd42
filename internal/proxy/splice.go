package proxy

import (
	"errors"
	"io"
	"net"
	"os"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// splice forwards both ways until both are over. Each side's end is passed on as
// what it was: close_notify as FIN, FIN as close_notify, and anything else as a
// reset, so that nobody can cut a stream and have it look whole. The end of the
// second direction is passed on when both connections are closed.
func (x *session) splice(b upstream.Conn) {
	x.watch.start()
	up := make(chan struct{})
	go func() {
		defer close(up)
		x.toBackend(b)
	}()
	x.toClient(b)
	<-up
}

// toBackend forwards what the client sends.
func (x *session) toBackend(b upstream.Conn) {
	_, err := x.client.WriteTo(b)
	switch {
	case err == nil && x.endsFirst(byClient):
		x.watch.halfClosed()
		err = b.CloseWrite()
	case err == nil:
		return // closing says it
	case isOf(b, err):
		// The backend takes no more, but may have said why: toClient passes that on.
		x.fail(backendError(err))
		_, err = x.client.WriteTo(io.Discard)
	case x.mayClose(err):
		x.fail(err)
		x.watch.halfClosed()
		err = b.CloseWrite()
	default:
		x.fail(err)
		resetBehindData(b)
		return
	}
	switch {
	case err == nil:
	case isOf(b, err):
		x.fail(backendError(err))
	default:
		x.fail(err)
	}
}

// mayClose says whether the operator wants this end of a client's stream to look
// like a whole one's.
func (x *session) mayClose(err error) bool {
	var why *parley.Error
	switch {
	case !errors.As(err, &why) || why.Finding != findingTruncated:
		return false
	case x.settings.CloseTruncated:
		return true
	case x.permits(NoCloseNotify):
		x.forgive(NoCloseNotify)
		return true
	}
	return false
}

// findingTruncated is the id of a stream that ended without close_notify.
const findingTruncated = "truncated"

// toClient forwards what the backend sends.
func (x *session) toClient(b upstream.Conn) {
	_, err := x.client.ReadFrom(b)
	switch {
	case err == nil && x.endsFirst(byBackend):
		x.watch.halfClosed()
		x.finishClient()
	case err == nil:
	case errors.Is(err, parley.ErrIsolated):
		// The TCP connection is another session's now; the client's side says why.
		resetBehindData(b)
	case errors.Is(err, upstream.ErrBareEnd):
		x.fail(x.bareEnd(err))
		resetBehindData(x.client.NetConn()) // what came is the backend's, and perhaps not all
	case isOf(b, err):
		// If toBackend closed it, it knows what is to become of the client.
		if x.fail(backendError(err)) {
			x.cutClient()
		}
	default:
		x.fail(err)
		reset(b)
		x.cutClient()
	}
}

// bareEnd says what a backend's end without close_notify is: after the client's own
// end the discourtesy of many servers, and before it a failure. The client is cut
// off in both cases: somebody may have cut the answer.
func (x *session) bareEnd(err error) error {
	if x.ended.Load() == 0 {
		return backendError(err)
	}
	return &endError{word: findingTruncated, text: "backend, after the client's end: " + err.Error(), cause: err}
}

// endsFirst says of a direction that somebody ended well whether the other goes on.
func (x *session) endsFirst(by string) bool {
	first := x.ended.Add(1) == 1
	if first {
		x.goodbye = by
	}
	return first
}

// finishClient passes the backend's end on: close_notify, and the FIN that old
// clients wait for. A client that is gone by then needs neither; if it did not say
// goodbye, toBackend notices.
func (x *session) finishClient() {
	if x.client.CloseWrite() != nil {
		return
	}
	x.told.Store(true)
	if tcp, ok := x.client.NetConn().(interface{ CloseWrite() error }); ok {
		_ = tcp.CloseWrite()
	}
}

// isOf says whether an error is the backend connection's, not the client's. One
// of the client's may come wrapped in the name of who was to have the bytes; one
// of the backend's may come straight from the system call that read it.
func isOf(b upstream.Conn, err error) bool {
	var clients *parley.Error
	if errors.As(err, &clients) {
		return false
	}
	var secured *upstream.Error
	if errors.As(err, &secured) {
		return true
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Source == b.LocalAddr()
	}
	var call *os.SyscallError
	return errors.As(err, &call)
}

// echo sends back what the client sends.
func (x *session) echo() {
	x.watch.start()
	_, err := x.client.WriteTo(x.client)
	if err == nil {
		x.goodbye = byClient
		err = x.client.CloseWrite()
	}
	if err != nil {
		x.fail(err)
	}
}
