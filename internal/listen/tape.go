package listen

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/proxy"
)

// A tape records connections and their keys in a capture file. A nil tape
// records nothing.
type tape struct {
	mu     sync.Mutex // guards what follows
	file   *os.File
	writer *capture.Writer
	err    error // the first of writing
}

// newTape makes the file that the plan names. What an earlier run recorded is
// never overwritten.
func (p *Plan) newTape() (*tape, error) {
	if p.write == "" {
		return nil, nil
	}
	// Its keys open the connections: it is for its owner alone.
	f, err := os.OpenFile(p.write, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil, &proxy.SettingError{Name: "write", Value: p.write, Problem: "this file is there already", Advice: "choose another name, or remove it"}
	}
	if err != nil {
		return nil, fmt.Errorf("--write: %w", err)
	}
	w, err := capture.NewWriter(f, capture.WriterOptions{Application: p.tool, Comment: "parley listen: holds the keys to these connections"})
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &tape{file: f, writer: w}, nil
}

// close writes what is left, and says whether all was written.
func (t *tape) close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	err := errors.Join(t.err, t.writer.Flush(), t.file.Close())
	if err != nil {
		return fmt.Errorf("--write: %w", err)
	}
	return nil
}

// keyLog takes lines of a key log; nil: there is no tape.
func (t *tape) keyLog() io.Writer {
	if t == nil {
		return nil
	}
	return keyLines{t}
}

type keyLines struct{ t *tape }

// Write puts lines into a decryption secrets block. The connection they belong
// to does not end if they cannot be written.
func (k keyLines) Write(b []byte) (int, error) {
	k.t.do(func(w *capture.Writer) error {
		return w.Secrets(capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: b})
	})
	return len(b), nil
}

// do writes, unless that has failed before.
func (t *tape) do(write func(*capture.Writer) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = write(t.writer)
	}
}

// record begins to record a connection; nil: there is no tape, or its addresses
// are none of IP.
func (t *tape) record(c net.Conn) tap {
	client, server := addrPort(c.RemoteAddr()), addrPort(c.LocalAddr())
	if t == nil || !client.IsValid() || !server.IsValid() {
		return nil
	}
	k := &track{tape: t}
	k.recorder = capture.NewRecorder(k, client, server, capture.RecorderOptions{})
	k.recorder.Open(time.Now())
	return k
}

// A track is one connection on a tape. What a client sends waits for the server's
// answer: then the keys that open it are known, and stand before it in the file,
// where readers want them.
type track struct {
	tape     *tape
	recorder *capture.Recorder
	waiting  []capture.Packet
	bytes    int
}

// mostWaiting bounds what waits.
const mostWaiting = 256 << 10

// Packet is the recorder's.
func (k *track) Packet(p capture.Packet) error {
	p.Data = bytes.Clone(p.Data)
	k.waiting = append(k.waiting, p)
	if k.bytes += len(p.Data); k.bytes > mostWaiting {
		k.flush()
	}
	return nil
}

func (k *track) flush() {
	k.tape.do(func(w *capture.Writer) error {
		for _, p := range k.waiting {
			if err := w.Packet(p); err != nil {
				return err
			}
		}
		return nil
	})
	k.waiting, k.bytes = nil, 0
}

func (k *track) fromClient(b []byte) { k.recorder.Send(capture.AtoB, time.Now(), b) }

func (k *track) toClient(b []byte) {
	k.recorder.Send(capture.BtoA, time.Now(), b)
	k.flush()
}

// ended also brings the file up to date: somebody may be reading it.
func (k *track) ended(d direction, reset bool) {
	from := capture.AtoB
	if d == down {
		from = capture.BtoA
	}
	if reset {
		k.recorder.Reset(from, time.Now())
	} else {
		k.recorder.Close(from, time.Now())
	}
	k.flush()
	k.tape.do((*capture.Writer).Flush)
}
