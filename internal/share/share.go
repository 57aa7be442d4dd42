// Package share is what parley sanitize does: a capture is made fit for a stranger beside
// its name, searched for what must not be in it, and only then given its name.
package share

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/save"
)

// Options say what is made of what.
type Options struct {
	In    string    // a capture, or "-"
	Stdin io.Reader // what "-" is
	Out   string
	Keys  *dissect.Keyring // that open the capture; nil: none
	Read  []string         // files that Keys were read from, which Out must not be
	// NormaliseLengths makes records of application data as long as one of a few sizes.
	NormaliseLengths bool
	disguise.Options
}

// A LeakError says that the new capture was not written, since something is left in it.
type LeakError struct{ Proof *sanitize.Proof }

// Error says how much was found, and the first of it.
func (e *LeakError) Error() string {
	text := fmt.Sprintf("nothing was written: %d of the values that were to be replaced are left in it", e.Proof.Found)
	const few = 5
	for i, leak := range e.Proof.Leaks {
		if i == few {
			return text + "\nand more"
		}
		text += "\n" + leak.String()
	}
	return text
}

// Sanitize makes a capture fit for a stranger. The new one has its name when all of it is
// written and proved; until then, and if anything fails, there is none.
func Sanitize(ctx context.Context, o Options) (*sanitize.Account, *sanitize.Proof, error) {
	out, regular, err := save.Target(o.Out, append(slices.Clone(o.Read), o.In))
	switch {
	case err != nil:
		return nil, nil, err
	case !regular, o.Out == "-":
		return nil, nil, fmt.Errorf("%s is no file: the new capture is proved before it has its name, and needs the name of a file", o.Out)
	}
	in, err := open(o)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	made, err := os.CreateTemp(filepath.Dir(out), ".parley-*")
	if err != nil {
		return nil, nil, err
	}
	defer os.Remove(made.Name()) // of no effect once it has its name
	defer made.Close()
	d, err := disguise.New(rand.Reader, o.Options)
	if err != nil {
		return nil, nil, err
	}
	account, err := write(ctx, in, made, d, o)
	if err != nil {
		return nil, nil, err
	}
	proof, err := prove(ctx, made, d)
	switch {
	case err != nil:
		return account, nil, err
	case proof.Found > 0:
		return account, proof, &LeakError{proof}
	}
	if err := made.Close(); err != nil {
		return account, proof, err
	}
	return account, proof, os.Rename(made.Name(), out)
}

// open opens the capture. Standard input is kept in a file, since it is read twice.
func open(o Options) (io.ReadSeekCloser, error) {
	if o.In == "-" {
		f, err := newHidden()
		if err != nil {
			return nil, err
		}
		if _, err = io.Copy(f, o.Stdin); err == nil {
			_, err = f.Seek(0, io.SeekStart)
		}
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	}
	return os.Open(o.In)
}

// A hidden file is one that only its user can read, and that is gone when it is closed.
type hidden struct{ *os.File }

// newHidden makes one. Where the system allows it, it has no name from the beginning, so
// that it is gone with the program, however that ends.
func newHidden() (hidden, error) {
	f, err := os.CreateTemp("", "parley-*")
	if err != nil {
		return hidden{}, err
	}
	_ = os.Remove(f.Name()) // where that cannot be, Close does it
	return hidden{f}, nil
}

// Close removes the file.
func (h hidden) Close() error {
	err := h.File.Close()
	_ = os.Remove(h.Name()) // it may be gone already
	return err
}

func write(ctx context.Context, in io.ReadSeeker, out io.Writer, d *disguise.Disguise, o Options) (*sanitize.Account, error) {
	spool, err := newHidden()
	if err != nil {
		return nil, err
	}
	defer spool.Close()
	made := sanitize.Options{Keys: o.Keys, Random: rand.Reader, Spool: spool, Disguise: d}
	if o.NormaliseLengths {
		growths, err := newHidden()
		if err != nil {
			return nil, err
		}
		defer growths.Close()
		made.Growths = growths
	}
	buffered := bufio.NewWriterSize(out, 64<<10)
	account, err := sanitize.Sanitize(ctx, in, buffered, made)
	if err != nil {
		return nil, err
	}
	return account, buffered.Flush()
}

// prove reads the new capture from its beginning.
func prove(ctx context.Context, made *os.File, d *disguise.Disguise) (*sanitize.Proof, error) {
	size, err := made.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if _, err := made.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return sanitize.Prove(ctx, made, size, d)
}
