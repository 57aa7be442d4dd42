package proxy

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// mostKept bounds the clients of an inventory: each takes about a kilobyte.
const mostKept = 50_000

func (o Options) checkInventory(s *Settings) (err error) {
	s.InventoryFile, s.InventoryKeep = o.Inventory, inventory.DefaultKeep
	if o.InventoryKeep == "" {
		return nil
	}
	s.InventoryKeep, err = count("inventory-keep", o.InventoryKeep)
	switch {
	case err != nil:
		return &SettingError{Name: "inventory-keep", Value: o.InventoryKeep, Problem: "this is not a count", Advice: "write a whole number, or 0 to keep none"}
	case s.InventoryKeep > mostKept:
		return &SettingError{Name: "inventory-keep", Value: o.InventoryKeep, Problem: "so many are not kept", Advice: fmt.Sprintf("write %d at most", mostKept)}
	case s.InventoryKeep == 0 && s.InventoryFile != "":
		return &SettingError{Name: "inventory-keep", Value: o.InventoryKeep, Problem: "none is kept, so that there is nothing to write", Advice: "leave it out, or the file"}
	}
	return nil
}

// openInventory gives the process' book of clients; nil: none is kept.
func openInventory(s *Settings, log *slog.Logger) (*inventory.Book, error) {
	if s.InventoryKeep == 0 {
		return nil, nil
	}
	book, err := inventory.Open(inventory.Options{Keep: s.InventoryKeep, File: s.InventoryFile, Log: log})
	if err != nil {
		return nil, fmt.Errorf("--inventory: %w", err)
	}
	return book, nil
}

// sightAll has the book of clients follow a server.
func (s *Server) sightAll() {
	if s.commons.clients != nil {
		s.stories.unserved = s.sightUnserved
	}
}

// settleTime bounds the wait of who asks for the clients.
const settleTime = time.Second

// ClientsNow is what the admin socket says of the clients.
type ClientsNow struct {
	Clients []inventory.Client         `json:"clients"`
	Totals  inventory.Totals           `json:"totals"`
	Trials  map[string]inventory.Offer `json:"trials"` // by listener
}

var errNoInventory = errors.New("this server keeps no inventory: inventory.keep is 0")

// answerClients tells the clients, what those did that are still connected too.
func (d *desk) answerClients(w http.ResponseWriter, _ *http.Request) {
	book := d.all()[0].commons.clients
	if book == nil {
		refuse(w, http.StatusNotFound, errNoInventory)
		return
	}
	for _, s := range d.all() {
		s.sightLive()
	}
	book.Settle(settleTime)
	now := ClientsNow{book.Clients(), book.Totals(), map[string]inventory.Offer{}}
	for _, s := range d.all() {
		by := s.current.Load().settings
		if t := by.Trial; t != nil {
			now.Trials[by.label()] = t.Settings.Offer(t.Name)
		}
	}
	answerJSON(w, now)
}

// inventory counts for who watches.
func (d *desk) inventory() telemetry.Inventory {
	servers := d.all()
	if len(servers) == 0 {
		return telemetry.Inventory{}
	}
	return telemetry.Inventory(servers[0].commons.clients.Totals())
}

// AskClients asks the server that has an admin socket who its clients are. Word is
// as the setting admin is.
func AskClients(word string) (*ClientsNow, error) {
	out := new(ClientsNow)
	return out, askJSON(word, http.MethodGet, "/clients", out)
}
