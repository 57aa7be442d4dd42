package proxy

import (
	"errors"
	"io"
	"log/slog"
	"net"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/usage"
)

// A Watcher follows a server's connections more closely than its log does. A nil
// field follows nothing.
type Watcher struct {
	Listener func(net.Listener) net.Listener // stands before what accepts the clients
	Events   func(parley.Event)              // as parley.Config's
	KeyLog   io.Writer                       // likewise, beside the file that the settings name
}

// NewWatched is New for a server that somebody else tells about: it says nothing
// at start.
func NewWatched(settings *Settings, log *slog.Logger, w Watcher) (*Server, error) {
	c, err := newCommons(settings, log)
	if err != nil {
		return nil, err
	}
	return c.watched(settings, log, w)
}

func (c *commons) watched(settings *Settings, log *slog.Logger, w Watcher) (*Server, error) {
	s, err := c.conceive(settings, log, w)
	if err != nil {
		return nil, err
	}
	door, err := openDoor(c.sockets, settings.Listen)
	if err != nil {
		return nil, errors.Join(err, s.discard())
	}
	s.gate.have(door)
	s.hold()
	return s, nil
}

// conceive makes a server that listens nowhere yet.
func (c *commons) conceive(settings *Settings, log *slog.Logger, w Watcher) (*Server, error) {
	s := &Server{commons: c, sessions: map[*session]bool{}, passages: newPassages(), places: newPlaces(settings.MaxConnections), uses: usage.New()}
	s.name, s.log = nameLines(log, settings.Name)
	s.stories = newStories(s.log, settings)
	return s, s.listen(settings, w)
}

// watch has a Config tell a watcher too.
func (w Watcher) watch(config *parley.Config) {
	if tell := config.Events; w.Events != nil {
		config.Events = func(e parley.Event) {
			tell(e)
			w.Events(e)
		}
	}
	switch {
	case w.KeyLog == nil:
	case config.KeyLog == nil:
		config.KeyLog = w.KeyLog
	default:
		config.KeyLog = io.MultiWriter(config.KeyLog, w.KeyLog)
	}
}
