package proxy

import (
	"errors"
	"net/http"
)

// An answer is what came of a reload.
type answer struct {
	changes []string
	err     error
}

// ask has the files loaded again, and says in lines what changed.
func (r *reloader) ask() ([]string, error) {
	to := make(chan answer, 1)
	select {
	case r.asked <- to:
		a := <-to
		return a.changes, a.err
	case <-r.over:
		return nil, errStopping
	}
}

// fateOf is what becomes of connections that are open.
func fateOf(settings *Settings) string {
	if settings.DrainOld {
		return "have as long as drain says, if theirs changed"
	}
	return "keep what they had"
}

// reloaded is what the admin socket answers.
type reloaded struct {
	Changes []string `json:"changes"`
}

// reloadBy says how the desk has a reload done.
func (d *desk) reloadBy(reload func() ([]string, error)) { d.reload.Store(&reload) }

// answerReload reloads for who asks.
func (d *desk) answerReload(w http.ResponseWriter, _ *http.Request) {
	reload := d.reload.Load()
	if reload == nil {
		refuse(w, http.StatusServiceUnavailable, errors.New("the server has just begun; ask again"))
		return
	}
	changes, err := (*reload)()
	if err != nil {
		refuse(w, http.StatusConflict, err)
		return
	}
	answerJSON(w, reloaded{append([]string{}, changes...)})
}

// AskReload has the server that has an admin socket load its settings again. It
// gives what changed in lines; an error says why nothing did. Word is as the
// setting admin is.
func AskReload(word string) ([]string, error) {
	var out reloaded
	err := askJSON(word, http.MethodPost, "/reload", &out)
	return out.Changes, err
}
