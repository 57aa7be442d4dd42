package proxy

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-tls/parley/internal/proxy/telemetry"
	"github.com/parley-tls/parley/internal/proxy/usage"
)

// keepUsesEvery is how often the uses of streams that live are counted and all of
// them written, off the way of the clients' bytes.
const keepUsesEvery = time.Minute

// openUses has all servers of a group count the uses of permissions in one book,
// which goes on from the file that the settings name.
func (g *Group) openUses(settings *Settings) error {
	book := usage.New()
	if file := settings.PermissionUses; file != "" {
		aside, err := book.Keep(file)
		if err != nil {
			return fmt.Errorf("permission_uses: %w", err)
		}
		if aside != "" {
			g.log.Warn("the file with the uses of permissions cannot be read: they are counted anew, and it is kept", "file", file, "kept_as", aside)
		}
	}
	book.Know(permissionNames(settings.Permissions)...)
	for _, s := range g.servers {
		s.uses = book
	}
	g.uses = book
	return nil
}

// keepUses counts and writes now and then, until stop ends.
func (g *Group) keepUses(stop context.Context, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	var trouble seldom
	for {
		select {
		case <-tick.C:
			for _, s := range g.all() {
				s.countUses()
				s.sightLive()
			}
			trouble.tellIf(g.saveUses(), g.log)
		case <-stop.Done():
			return
		}
	}
}

func (g *Group) saveUses() error {
	if err := g.uses.Save(); err != nil {
		return fmt.Errorf("permission_uses: %w", err)
	}
	return nil
}

// tellIf tells an error, if there is one.
func (s *seldom) tellIf(err error, log *slog.Logger) {
	if err != nil {
		s.tell(time.Now(), func(more int) {
			log.Error("the uses of permissions cannot be written; it is tried again", "error", err, "more_since", more)
		})
	}
}

func permissionNames(all []*Permission) (names []string) {
	for _, p := range all {
		names = append(names, p.Name)
	}
	return names
}

// usesNow tells of the permissions that a server has.
func (s *Server) usesNow() map[string]usage.Summary {
	out := map[string]usage.Summary{}
	for _, p := range s.current.Load().settings.Permissions {
		if e := s.uses.Of(p.Name); e != nil {
			out[p.Name] = e.Summary()
		}
	}
	return out
}

// permissions are those of the process and their use so far, for who watches.
func (d *desk) permissions() (out []telemetry.Permission) {
	s := d.serving()
	if s == nil {
		return nil
	}
	for _, p := range s.current.Load().settings.Permissions {
		one := telemetry.Permission{Name: p.Name, Until: p.Until}
		if e := s.uses.Of(p.Name); e != nil {
			one.Uses, one.Last = e.Uses, e.Last
		}
		out = append(out, one)
	}
	return out
}

// serving is a server that has the settings of now: one that was retired has those
// of before. nil: there is none.
func (d *desk) serving() *Server {
	for _, s := range d.all() {
		if !s.retired.Load() {
			return s
		}
	}
	return nil
}

// answerPermissions tells the uses of permissions, those of streams that live
// too. All servers of a process have the same.
func (d *desk) answerPermissions(w http.ResponseWriter, _ *http.Request) {
	for _, s := range d.all() {
		s.countUses()
	}
	uses := map[string]usage.Summary{}
	if s := d.serving(); s != nil {
		uses = s.usesNow()
	}
	answerJSON(w, uses)
}

// AskPermissionUses asks the server that has an admin socket for the uses of its
// permissions, by their names. Word is as the setting admin is.
func AskPermissionUses(word string) (map[string]usage.Summary, error) {
	var out map[string]usage.Summary
	err := askJSON(word, http.MethodGet, "/permissions", &out)
	return out, err
}
