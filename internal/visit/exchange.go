package visit

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

// An exchange is the data of a visit, before and after what the client does.
type exchange struct {
	request []byte        // nil: lines of our own
	bytes   int           // of these
	echo    bool          // what is sent is expected back
	settle  time.Duration // without an echo: how long the server may be silent before its answer counts as whole
}

// line is what is sent, over and over, where nothing else is asked for.
const line = "parley client: the stream goes on\n"

// firstWait is how long a server that does not echo may take for the first byte
// of its answer, in settles.
const firstWait = 6

// run sends and receives. Where something else than an echo comes back it goes on
// without one.
func (e *exchange) run(c *legacyclient.Client) (echoed bool, err error) {
	sent := e.request
	if sent == nil {
		sent = bytes.Repeat([]byte(line), e.bytes/len(line)+1)[:e.bytes]
	}
	if !e.echo {
		return true, e.listen(c, sent)
	}
	err = e.await(c, sent)
	if errors.Is(err, errNoEcho) {
		e.echo = false
		return false, e.listen(c, nil)
	}
	return true, err
}

var errNoEcho = errors.New("something else came back than was sent")

// await sends, and receives as much. What was sent amid a handshake may come back
// before it.
func (e *exchange) await(c *legacyclient.Client, sent []byte) error {
	done := make(chan error, 1)
	go func() {
		_, err := c.Write(sent)
		done <- err
	}()
	err := receive(c, sent)
	if err != nil {
		_ = c.SetWriteDeadline(time.Now())
		<-done
		_ = c.SetWriteDeadline(time.Time{})
		return err
	}
	return <-done
}

func receive(c *legacyclient.Client, wanted []byte) error {
	in := echoReader{Reader: c}
	b := make([]byte, 32<<10)
	for len(wanted) > 0 {
		n, err := in.Read(b[:min(len(b), len(wanted))])
		if !bytes.HasPrefix(wanted, b[:n]) {
			return errNoEcho
		}
		wanted = wanted[n:]
		if err != nil && len(wanted) > 0 {
			return err
		}
	}
	return nil
}

// An echoReader passes over what the client sent amid a handshake.
type echoReader struct {
	io.Reader
	ahead []byte
	begun bool
}

func (r *echoReader) Read(b []byte) (int, error) {
	crossing := []byte(legacyclient.CrossingData)
	for !r.begun {
		room := make([]byte, len(crossing))
		n, err := r.Reader.Read(room)
		r.ahead = append(r.ahead, room[:n]...)
		if err != nil {
			return 0, err
		}
		r.ahead = bytes.TrimPrefix(r.ahead, crossing)
		for bytes.HasPrefix(r.ahead, crossing) {
			r.ahead = bytes.TrimPrefix(r.ahead, crossing)
		}
		r.begun = len(r.ahead) > 0 && !bytes.HasPrefix(crossing, r.ahead)
	}
	if len(r.ahead) > 0 {
		n := copy(b, r.ahead)
		r.ahead = r.ahead[n:]
		return n, nil
	}
	return r.Reader.Read(b)
}

// listen sends, and reads until the server is silent.
func (e *exchange) listen(c *legacyclient.Client, sent []byte) error {
	if len(sent) > 0 {
		if _, err := c.Write(sent); err != nil {
			return err
		}
	}
	wait := firstWait * e.settle
	for came := true; came; wait = e.settle {
		came = false
		err := quiet(c, time.Now().Add(wait), func([]byte) { came = true })
		if err != nil {
			return err
		}
	}
	return nil
}
