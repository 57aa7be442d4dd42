package proxy

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

// answering serves an admin socket that knows one question.
func answering(t *testing.T, pattern string, h http.HandlerFunc) (word string) {
	t.Helper()
	path := socketPath(t)
	l, err := listenPrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc(pattern, h)
	x := openSide(l, mux)
	t.Cleanup(x.close)
	return "unix:" + path
}

func TestAdminSocketAnswers(t *testing.T) {
	word := answering(t, "POST /it", func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, []int{1, 2}) })
	var got []int
	if err := askJSON(word, http.MethodPost, "/it", &got); err != nil || len(got) != 2 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAdminSocketSaysWhyNot(t *testing.T) {
	word := answering(t, "POST /it", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusConflict, errors.New("it is not the time"))
	})
	if _, err := ask(word, http.MethodPost, "/it"); err == nil || !strings.HasSuffix(err.Error(), ": it is not the time") {
		t.Errorf("%v", err)
	}
	if _, err := ask(word, http.MethodGet, "/that"); err == nil || !strings.Contains(err.Error(), "does not know the question") {
		t.Errorf("%v", err)
	}
}

func TestWhoDoesNotReadHisAnswerIsNotWaitedForForEver(t *testing.T) {
	path := socketPath(t)
	l, err := listenPrivate(path)
	if err != nil {
		t.Fatal(err)
	}
	x := openSide(l, http.NewServeMux())
	defer x.close()
	if limit := x.http.WriteTimeout; limit < doTimeout || limit > time.Hour {
		t.Errorf("an answer may take %v", limit)
	}
}
