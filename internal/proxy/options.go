package proxy

import "github.com/parley-tls/parley/internal/proxy/upstream"

// Options are the settings as words, the way a command line or a file gives
// them. An empty word stands for what the field's comment says.
type Options struct {
	Reload    string // keep or drain: what becomes of open connections; empty: keep
	Lifetime  string // empty: no limit
	KeepAlive string // empty: five minutes

	Name    string         // what the log calls it; may be empty
	Profile string         // modern, compatible or museum; empty: compatible
	Listen  string         // ADDR or unix:PATH; empty: DefaultListen
	Backend string         // ADDR, unix:PATH or an entry's name; empty: what comes is sent back
	Routes  []RouteOptions // where streams go before they go to Backend
	Mode    string         // serve or observe; empty: serve
	Certs   []string
	Keys    []string

	Secure, Reset, Bare, Restart string // answers to second hellos; empty: the kind's default
	TrustFrom                    []string
	TrustUntil                   string

	MinVersion, MaxVersion   string
	Suites                   []string
	ALPN                     []string
	ClientAuth               string // empty: none
	ClientCA                 string
	ClientCRLs               []string
	ClientCRLExpired         string // refuse or accept; empty: refuse
	ClientAllow              []string
	Tickets, SessionIDs      string // on or off; empty: on
	TicketKeyFiles           []string
	SessionStore             string // empty: memory
	SessionStorePasswordFile string
	SessionStoreCA           string

	Backends []*upstream.Backend // entries that Backend and Routes may name, checked

	AcceptProxy []string // networks, or unix: who must say whose connection it is
	SendProxy   string   // v1 or v2; empty: the backend is told nothing
	Truncation  string   // reset or close; empty: reset
	KeyLog      string

	HandshakeTimeout                            string
	RenegotiateTimeout                          string
	IdleTimeout                                 string // empty: none
	MaxConnections                              string // empty: no limit
	MaxInAll                                    string // connections of the whole process; empty: no limit
	MaxHandshakes                               string // empty: the library's default, as the rations'
	MaxPerSource                                string // empty: no limit
	HandshakesPerSource                         string // likewise
	RationConnection, RationConnectionPerSecond string
	RationSource, RationSourcePerSecond         string
	Drain                                       string
	UpgradeDrain                                string // empty: a day

	Metrics    string // ADDR; empty: nowhere
	Admin      string // unix:PATH; empty: nowhere
	AdminPprof string // on or off; empty: off

	Trial TrialOptions

	Inventory     string // file; empty: clients are kept in memory only
	InventoryKeep string // empty: 10000

	Flights        string // a directory, or off; empty: in memory
	FlightsKeep    string
	FlightsMaxSize string

	PermissionUses string // file; empty: they are counted in memory only

	LogFormat string // text or json; empty: text
	LogLevel  string // empty: info

	LogFailures string // empty: ten
}

// DefaultListen is where a proxy listens that is not told where.
const DefaultListen = "127.0.0.1:8443"
