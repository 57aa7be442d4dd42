package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// Bounds of an answer from the admin socket.
const (
	askTimeout  = 10 * time.Second
	doTimeout   = patienceWithSuccessor + askTimeout // for what is to be done
	maxAnswer   = 64 << 20
	maxRefusal  = 4 << 10
	adminHost   = "http://parley"
	contentJSON = "application/json"
)

// AskStatus asks the server that has an admin socket how it fares. Word is as
// the setting admin is.
func AskStatus(word string) (*telemetry.Status, error) {
	status := new(telemetry.Status)
	return status, askJSON(word, http.MethodGet, "/status", status)
}

// askJSON asks an admin socket for something and reads it into to.
func askJSON(word, method, path string, to any) error {
	answer, err := ask(word, method, path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(answer, to); err != nil {
		return fmt.Errorf("%s: the answer cannot be read: %w", word, err)
	}
	return nil
}

// ask asks the server that has an admin socket. What the server refuses is an
// error in its words. Word is as the setting admin is.
func ask(word, method, path string) ([]byte, error) {
	a, err := parseAdmin(word)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, adminHost+path, nil)
	if err != nil {
		return nil, err
	}
	timeout := askTimeout
	if method != http.MethodGet {
		timeout = doTimeout
	}
	answer, err := askingOf(a, timeout).Do(request)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: there is no such socket; is parley serve running with --admin %s?", a.Address, word)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%s: this user may not ask there; ask as the user that the server runs as", a.Address)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", a.Address, err)
	}
	defer answer.Body.Close()
	return read(a, answer)
}

// askingOf is a client whose every host is the admin socket.
func askingOf(a Address, timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, a.Network, a.Address)
		},
	}}
}

func read(a Address, answer *http.Response) ([]byte, error) {
	if answer.StatusCode == http.StatusOK {
		body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		if err != nil {
			return nil, fmt.Errorf("%s: the answer cannot be read: %w", a.Address, err)
		}
		return body, nil
	}
	why, _ := io.ReadAll(io.LimitReader(answer.Body, maxRefusal)) // of a refusal, what can be read
	if answer.StatusCode == http.StatusNotFound && answer.Header.Get("Content-Type") != contentJSON {
		return nil, fmt.Errorf("%s: it does not know the question; is this the admin socket of a parley serve of this version?", a.Address)
	}
	return nil, fmt.Errorf("%s: %s", a.Address, refusalOf(answer.Status, why))
}

// A refusal is how the admin socket says why not.
type refusal struct {
	Error string `json:"error"`
}

// refusalOf is the server's reason, or the status if it gave none.
func refusalOf(status string, body []byte) string {
	var r refusal
	if json.Unmarshal(body, &r) != nil || r.Error == "" {
		return "the answer is " + status + "; is this the admin socket of parley serve?"
	}
	return strings.TrimSpace(r.Error)
}

// refuse answers a question of the admin socket with why not.
func refuse(w http.ResponseWriter, status int, why error) {
	w.Header().Set("Content-Type", contentJSON)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(refusal{why.Error()}) // whoever does not read it does not need it
}

// answerJSON answers a question of the admin socket.
func answerJSON(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", contentJSON)
	_ = json.NewEncoder(w).Encode(what) // likewise
}
