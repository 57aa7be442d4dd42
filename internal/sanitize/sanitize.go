// Package sanitize makes a capture fit for a stranger. Both streams of each connection
// are made anew, record by record: what identifies somebody is replaced at its length,
// what could be opened is sealed again under throw-away secrets that the new file brings
// along, and what could not is noise. No byte of what was captured reaches the output but
// those that something here decided to keep.
package sanitize

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/trace"
)

// Options say how a capture is made anew.
type Options struct {
	Keys   *dissect.Keyring // that open the capture; nil: none
	Random io.Reader        // for the throw-away key under which records are sealed again
	Spool  Spool            // keeps the new streams until they are written
	// Growths keeps what comes to records of application data that are made as long as one
	// of a few sizes; nil: they are as long as they were.
	Growths Spool
	// Disguise replaces values. With one for several captures these stay consistent
	// with one another.
	Disguise *disguise.Disguise
}

// A run makes one capture anew.
type run struct {
	options  Options
	disguise *disguise.Disguise
	key      [32]byte
	spool    *spool
	growths  *spool
	grown    int
	moves    map[int]*moves // by the connection's number
	account  Account
	signed   int // signatures of handshakes

	secrets []byte // lines of a key log
	lines   int
	changes map[int][]change // by frame
}

// Sanitize reads a capture twice and writes another. What it says of it is complete when it
// returns. The error is about reading or writing; of a capture that is damaged what comes
// before the damage is written.
func Sanitize(ctx context.Context, in io.ReadSeeker, out io.Writer, o Options) (*Account, error) {
	if o.Keys == nil {
		o.Keys = dissect.NewKeyring()
	}
	r := &run{options: o, disguise: o.Disguise, spool: &spool{under: o.Spool}, growths: &spool{under: o.Growths}, moves: map[int]*moves{}, changes: map[int][]change{}}
	if _, err := io.ReadFull(o.Random, r.key[:]); err != nil {
		return nil, fmt.Errorf("a key to invent with: %w", err)
	}
	if err := r.read(ctx, in); err != nil {
		return nil, err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r.account.Grown = r.grown
	return &r.account, r.write(ctx, in, out)
}

// read is the first pass: the streams are made anew.
func (r *run) read(ctx context.Context, in io.Reader) error {
	reader, err := capture.NewReader(in, capture.Options{Secrets: r.found})
	if err != nil {
		return err
	}
	streams := capture.NewAssembler(r.open, capture.Limits{})
	for ctx.Err() == nil {
		p, err := reader.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				r.account.Damage = err.Error()
			}
			break
		}
		r.account.Frames = p.Frame
		streams.Add(p)
	}
	streams.Finish()
	return errors.Join(ctx.Err(), r.spool.err, r.growths.err)
}

// found takes the secrets that the capture brings along. What is wrong with them is for
// parley diagnose to tell.
func (r *run) found(b capture.SecretsBlock) {
	r.account.Secrets++
	_ = r.options.Keys.AddSecrets(b)
}

// told takes a conversation that ended.
func (r *run) told(*trace.Conversation) { r.account.Connections++ }

// A change is where a packet carries other bytes than one before it did.
type change struct {
	frame, at, n int
}

// maxChanges bounds what is kept of them.
const maxChanges = 1 << 18

func (r *run) changed(c change) {
	if len(r.changes) < maxChanges {
		r.changes[c.frame] = append(r.changes[c.frame], c)
	}
}

// maxLines bounds the secrets that are kept: who reads the capture keeps no more.
const maxLines = 128 << 10

// secret keeps a line of the new key log.
func (r *run) secret(label string, random [32]byte, secret []byte) {
	if r.lines++; r.lines > maxLines {
		r.account.LostSecrets++
		return
	}
	r.secrets = fmt.Appendf(r.secrets, "%s %s %s\n", label, hex.EncodeToString(random[:]), hex.EncodeToString(secret))
}

// derive makes bytes of the throw-away key, a purpose and a value.
func (r *run) derive(purpose string, value []byte) []byte {
	mac := hmac.New(sha512.New, r.key[:])
	mac.Write([]byte(purpose))
	mac.Write([]byte{0})
	mac.Write(value)
	return mac.Sum(nil)
}

// master is what takes the place of a master secret: the same for the same session.
func (r *run) master(old keys.Secret) keys.Secret {
	value := old.Bytes()
	r.disguise.Remember(disguise.KindSecret, value)
	return keys.NewSecret(r.derive("master", value)[:keys.MasterLen])
}

// traffic is what takes the place of a traffic secret of TLS 1.3.
func (r *run) traffic(old keys.Secret) []byte {
	value := old.Bytes()
	r.disguise.Remember(disguise.KindSecret, value)
	return r.derive("traffic", value)[:min(len(value), sha512.Size)]
}

// cipher is one for a connection and a direction of it.
func (r *run) cipher(purpose string, connection, direction uint64) cipher.Block {
	value := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, connection), direction)
	block, err := aes.NewCipher(r.derive(purpose, value)[:32])
	if err != nil {
		panic("sanitize: " + err.Error()) // 32 bytes are a key
	}
	return block
}

// stream is an endless stream of bytes that look random.
func (r *run) stream(purpose string, connection, direction uint64) io.Reader {
	return cipher.StreamReader{
		S: cipher.NewCTR(r.cipher(purpose, connection, direction), make([]byte, aes.BlockSize)),
		R: zeros{},
	}
}

// zeros is a reader of them.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// certificate replaces one by its like, or by noise where it cannot be imitated.
func (r *run) certificate(der []byte) []byte {
	made, err := r.disguise.Certificate(der)
	switch {
	case err != nil:
		r.account.certificate(err.Error())
	case len(made.DER) != len(der):
		r.account.certificate("its length would change")
	default:
		return made.DER
	}
	return r.noise(der)
}

// noise replaces what has parts that everybody has, so that it is not looked for: the same
// by the same.
func (r *run) noise(b []byte) []byte {
	out := make([]byte, len(b))
	block, err := aes.NewCipher(r.derive("noise", b)[:32])
	if err != nil {
		panic("sanitize: " + err.Error()) // 32 bytes are a key
	}
	cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(out, out)
	return out
}

// name replaces a distinguished name, by noise where it is none.
func (r *run) name(der []byte) []byte {
	made, err := r.disguise.Name(der)
	if err != nil || len(made) != len(der) {
		return r.disguise.Bytes(disguise.KindName, der)
	}
	return made
}
