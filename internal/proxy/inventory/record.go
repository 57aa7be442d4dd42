package inventory

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"

	"github.com/parley-tls/parley/internal/renego"
)

// maxRecord bounds a client in the file. What we write has at most a tenth of it.
const maxRecord = 64 << 10

// key is where a file has a client.
func (w Who) key() []byte {
	text, _ := json.Marshal(w) // texts and an address always can be
	sum := sha256.Sum256(text)
	return sum[:16]
}

func (c Client) encode() []byte {
	text, _ := json.Marshal(c) // likewise
	return text
}

// decode reads a client as encode writes it.
func decode(key, text []byte) (Client, error) {
	var c Client
	if len(text) > maxRecord {
		return c, fmt.Errorf("a client of %d bytes", len(text))
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, err
	}
	if !bytes.Equal(c.key(), key) {
		return c, errors.New("a client under another's key")
	}
	return c, c.check()
}

// check holds a client to what sightings can make.
func (c Client) check() error {
	switch {
	case max(len(c.SNI), len(c.Name), len(c.Listener)) > 3*maxText:
		return errors.New("a name that is too long")
	case c.Weakest != "" && rank(c.Weakest) < 0:
		return fmt.Errorf("an unknown weakness %q", c.Weakest)
	case len(c.Needs.Suites) > maxSuites, len(c.Permissions) > maxPermissions, len(c.Trials) > maxTrials:
		return errors.New("a list that is too long")
	case c.Last.Before(c.First):
		return errors.New("a client that was seen last before it was seen first")
	}
	for _, name := range c.Needs.Suites {
		if !slices.Contains(suiteNames, name) {
			return fmt.Errorf("an unknown suite %q", name)
		}
	}
	if v := c.Needs.MinVersion; v != "" && !slices.Contains([]string{"1.0", "1.1", "1.2", "1.3"}, v) {
		return fmt.Errorf("an unknown version %q", v)
	}
	for _, k := range kinds {
		if word := *c.Needs.answer(k); word != "" {
			if _, err := renego.ParseAnswer(k, word); err != nil {
				return err
			}
		}
	}
	return nil
}

// clients gives all clients of a file.
func (s *shelf) clients(db *bbolt.DB) (all []Client, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if b == nil {
			return s.foreign(tx)
		}
		return b.ForEach(func(key, text []byte) error {
			c, err := decode(key, text)
			if err != nil {
				return &errDamaged{s.name, err.Error()}
			}
			all = append(all, c)
			return nil
		})
	})
	return all, err
}

// foreign refuses a file without our bucket that has others.
func (s *shelf) foreign(tx *bbolt.Tx) error {
	return tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		return &errDamaged{s.name, fmt.Sprintf("it has a bucket %.40q", name)}
	})
}

// A change is what one writing does to a file.
type change struct {
	news   map[Who]Client
	gone   map[Who]bool
	keep   map[string]bool // keys that may stay; nil: all
	merged map[Who]Client  // the clients as they are in the file afterwards
}

func (s *shelf) write(db *bbolt.DB, c *change) error {
	return db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucket)
		if err != nil {
			return err
		}
		if err := c.clear(b); err != nil {
			return err
		}
		c.merged = map[Who]Client{}
		for who, client := range c.news {
			key := who.key()
			if text := b.Get(key); text != nil {
				before, err := decode(key, text)
				if err != nil {
					return &errDamaged{s.name, err.Error()}
				}
				client = before.with(client)
			}
			if err := b.Put(key, client.encode()); err != nil {
				return err
			}
			c.merged[who] = client
		}
		return nil
	})
}

// renew puts a new file with these clients in the place of the old one.
func (s *shelf) renew(all []Client) error {
	f, err := os.CreateTemp(filepath.Dir(s.name), ".parley-inventory-*") // for its owner alone
	if err != nil {
		return err
	}
	made := newShelf(f.Name())
	c := &change{news: map[Who]Client{}}
	for _, client := range all {
		c.news[client.Who] = client
	}
	err = errors.Join(f.Close(), made.with(false, openPatience, func(db *bbolt.DB) error { return made.write(db, c) }))
	if err == nil {
		err = os.Rename(made.name, s.name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(made.name))
	}
	return nil
}

// clear takes away who left.
func (c *change) clear(b *bbolt.Bucket) error {
	for who := range c.gone {
		if err := b.Delete(who.key()); err != nil {
			return err
		}
	}
	if c.keep == nil {
		return nil
	}
	var out [][]byte // a bucket is not changed while it is walked through
	err := b.ForEach(func(key, _ []byte) error {
		if !c.keep[string(key)] {
			out = append(out, key)
		}
		return nil
	})
	for _, key := range out {
		err = errors.Join(err, b.Delete(key))
	}
	return err
}
