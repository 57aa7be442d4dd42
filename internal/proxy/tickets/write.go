package tickets

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const header = `# Ticket keys of parley serve. The first that may seal by now does; all open.
# Whoever reads them reads the sessions. parley ticket-key rotate puts a new one here.
`

// New makes a file with one key, for its owner alone. It writes over none.
func New(name string) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%w; parley ticket-key rotate puts a new key into it", err)
	}
	if err != nil {
		return err // it names the file
	}
	if err := finish(f, header+newKey(time.Time{}).line()); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// line is a key as a file has it.
func (k Key) line() string {
	text := base64.StdEncoding.EncodeToString(k.secret.Bytes())
	if !k.From.IsZero() {
		text += " from " + k.From.UTC().Format(time.RFC3339)
	}
	return text + "\n"
}

// A Rotation is what Rotate did.
type Rotation struct {
	From  time.Time // when the new key begins to seal
	Older int       // keys that are still there
	Gone  int       // keys that were taken away
	Lost  int       // those of them whose sessions were still good
}

// sessionLifetime is how long what a key sealed is good.
const sessionLifetime = 24 * time.Hour

// Rotate puts a new key in front of a file, which begins to seal after a while:
// so long the others have to learn it, for what one node seals by it all must
// open. Of all keys the first few are kept. The file is exchanged whole or not at
// all.
func Rotate(name string, now time.Time, after time.Duration, keep int) (Rotation, error) {
	name, err := filepath.EvalSymlinks(name) // a link stays one
	if err != nil {
		return Rotation{}, err
	}
	all, text, err := readFile(name)
	if err != nil {
		return Rotation{}, err
	}
	if !all[0].seals(now) {
		return Rotation{}, fmt.Errorf("%s: its newest key begins to seal at %s; until then another one would come too early", name, all[0].From.UTC().Format(time.RFC3339))
	}
	next := newKey(now.Add(after).Truncate(time.Second))
	r := Rotation{From: next.From, Older: min(len(all), keep-1)}
	r.Gone = len(all) - r.Older
	for _, newer := range all[r.Older-1 : len(all)-1] {
		if now.Sub(newer.From) < sessionLifetime { // until then the one behind it sealed
			r.Lost++
		}
	}
	return r, replace(name, withKey(string(text), next, r.Older))
}

// withKey puts a key before the first of a file, and takes away all behind some
// others. What else stands there stays.
func withKey(text string, k Key, others int) string {
	var out strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			if n == 0 {
				out.WriteString(k.line())
			}
			if n++; n > others {
				continue
			}
		}
		out.WriteString(line)
	}
	return out.String()
}

// replace puts a file in the place of another one, with its rights and its owner.
func replace(name, text string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(name), filepath.Base(name)+".new-*") // for its owner alone
	if err != nil {
		return err
	}
	err = errors.Join(own(f, info), finish(f, text))
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// finish writes a file and has it reach the disk.
func finish(f *os.File, text string) error {
	_, err := f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}
