// Package valkeytest has a server for tests that speaks as much of Valkey as the
// session store needs.
package valkeytest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A Fake is such a server, by RESP2.
type Fake struct {
	t        *testing.T
	listener net.Listener
	password string // empty: nobody needs one
	serving  sync.WaitGroup

	mu      sync.Mutex // guards what follows
	entries map[string]string
	open    map[net.Conn]bool
	asked   []string // what came, by its first word
	silent  bool     // it reads and does not answer
}

// New begins a server, which ends with the test. Without a password nobody needs
// one.
func New(t *testing.T, password string) *Fake {
	f := &Fake{t: t, password: password, entries: map[string]string{}, open: map[net.Conn]bool{}}
	f.Listen("127.0.0.1:0")
	t.Cleanup(f.Stop)
	return f
}

// Addr is where it listens.
func (f *Fake) Addr() string { return f.listener.Addr().String() }

// Put puts an entry there.
func (f *Fake) Put(key, value string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries[key] = value
}

// Entries counts them.
func (f *Fake) Entries() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.entries)
}

// Silence has it take everything and say nothing any more.
func (f *Fake) Silence() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.silent = true
}

// Asked counts how often it was given a command.
func (f *Fake) Asked(command string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, word := range f.asked {
		if word == command {
			n++
		}
	}
	return n
}

// Listen has a server that was stopped begin again.
func (f *Fake) Listen(address string) {
	f.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		f.t.Fatal(err)
	}
	f.listener = l
	f.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.open[c] = true
			f.mu.Unlock()
			f.serving.Go(func() { f.serve(c) })
		}
	})
}

// Stop ends it and all its connections.
func (f *Fake) Stop() {
	f.listener.Close()
	f.mu.Lock()
	for c := range f.open {
		c.Close()
	}
	f.mu.Unlock()
	f.serving.Wait()
}

func (f *Fake) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	allowed := f.password == ""
	for {
		words, err := readCommand(r)
		if err != nil {
			return
		}
		f.mu.Lock()
		f.asked = append(f.asked, words[0])
		answer, silent := f.answer(words, &allowed), f.silent
		f.mu.Unlock()
		if !silent {
			if _, err := io.WriteString(c, answer); err != nil {
				return
			}
		}
	}
}

func (f *Fake) answer(words []string, allowed *bool) string {
	switch command := strings.ToUpper(words[0]); {
	case command == "AUTH":
		if *allowed = words[len(words)-1] == f.password; !*allowed {
			return "-WRONGPASS invalid username-password pair\r\n"
		}
		return "+OK\r\n"
	case command == "HELLO":
		return "-ERR unknown command 'HELLO'\r\n"
	case !*allowed:
		return "-NOAUTH Authentication required.\r\n"
	case command == "PING":
		return "+PONG\r\n"
	case command == "SET":
		f.entries[words[1]] = words[2]
		return "+OK\r\n"
	case command == "GETRANGE":
		value := f.entries[words[1]]
		end, _ := strconv.Atoi(words[3])
		value = value[:min(len(value), end+1)]
		return fmt.Sprintf("$%d\r\n%s\r\n", len(value), value)
	case command == "DEL":
		delete(f.entries, words[1])
		return ":1\r\n"
	}
	return "+OK\r\n"
}

// readCommand reads an array of bulk strings.
func readCommand(r *bufio.Reader) (words []string, err error) {
	n, err := readLength(r, '*')
	for ; n > 0 && err == nil; n-- {
		var length int
		if length, err = readLength(r, '$'); err != nil {
			return nil, err
		}
		word := make([]byte, length+2)
		if _, err = io.ReadFull(r, word); err == nil {
			words = append(words, string(word[:length]))
		}
	}
	return words, err
}

func readLength(r *bufio.Reader, kind byte) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil || len(line) == 0 || line[0] != kind {
		return 0, io.ErrUnexpectedEOF
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}
