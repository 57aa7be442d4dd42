package proxy

import (
	"crypto/tls"
	"log/slog"
	"slices"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/clientcert"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// Settings are options that were checked. Files are not read yet.
type Settings struct {
	Name    string // empty: the log does not say
	Listen  Address
	Backend *upstream.Backend // nil: what comes is sent back, or where there are routes, refused
	Routes  upstream.Routes   // looked at before it
	Observe bool              // everything is passed through, and what is in clear is told

	Certs, Keys []string // files

	Policy parley.Policy // for everybody
	Trust  Trust         // for named clients
	// Permissions are for clients that they describe.
	Permissions    []*Permission
	Trial          *Trial // nil: nothing is tried
	InventoryFile  string // where clients are kept; empty: in memory
	InventoryKeep  int    // as many; zero: none
	PermissionUses string // file where their uses are counted; empty: in memory

	MinVersion, MaxVersion uint16 // zero: as in parley.Config
	Suites                 []uint16
	ALPN                   []string
	ClientAuth             tls.ClientAuthType
	ClientCA               string
	ClientCRLs             []string         // files
	ExpiredCRLs            bool             // certificates pass whose list is out of date
	ClientAllow            clientcert.Names // none: all that the authorities vouch for
	NoTickets              bool
	NoSessionIDs           bool
	TicketKeyFiles         []string      // none: random keys
	SessionStore           *SessionStore // nil: memory
	sharesScope            bool          // another listener's port or name would be its scope, too

	Balancers      Balancers
	CloseTruncated bool // a stream cut short ends at the backend as if it were whole
	KeyLog         string
	MaxConnections int // zero: no limit
	MaxInAll       int // connections of the whole process; zero: no limit
	MaxHandshakes  int // at a time; zero: the library's default
	MaxPerSource   int // zero: no limit
	PerSecond      int // new connections of a source; likewise
	Handshake      time.Duration
	Renegotiate    time.Duration
	Idle           time.Duration // zero: no limit
	Lifetime       time.Duration // likewise
	KeepAlive      time.Duration // silence after which a client is asked whether it lives; zero: never
	Drain          time.Duration
	UpgradeDrain   time.Duration // zero: no limit
	Metrics        Address       // where metrics are to be had; zero: nowhere
	Admin          Address       // the operator's socket; zero: none
	AdminProfiles  bool          // it has Go's profiles too
	Flights        FlightSettings
	Version        string // of the program, which the metrics tell
	DrainOld       bool   // connections are drained when the settings change
	LogJSON        bool
	LogLevel       slog.Level
	LogFailures    int // lines in a second for handshakes that failed alike; zero: all
}

// What holds where nothing else is said.
const (
	defaultHandshake   = 10 * time.Second
	defaultRenegotiate = 30 * time.Second
	defaultDrain       = 10 * time.Second
	// Terminals hold for days, and who is left after one is cut with the old
	// version: a fault that an upgrade mends must not serve on for weeks.
	defaultUpgradeDrain = 24 * time.Hour
	defaultKeepAlive    = 5 * time.Minute
	defaultLogFailures  = 10
)

// Check makes settings of the options. Its errors are *SettingErrors.
func (o Options) Check() (*Settings, error) {
	o, strict, err := o.profiled()
	if err != nil {
		return nil, err
	}
	s := &Settings{Name: o.Name, Certs: o.Certs, Keys: o.Keys, ClientCA: o.ClientCA, KeyLog: o.KeyLog, PermissionUses: o.PermissionUses, Policy: parley.Policy{Strict: strict}}
	checks := []func(*Settings) error{
		o.checkMode, o.checkListen, o.checkFiles, o.checkAnswers, o.checkVersions, o.checkSuites,
		o.checkALPN, o.checkClientAuth, o.checkClientNames, o.checkSessions, o.checkSessionStore, o.checkBackends, o.checkPassed, o.checkTruncation, o.checkLimits, o.checkBalancers, o.checkMetrics, o.checkAdmin, o.checkFlights, o.checkInventory, o.checkLog, o.checkTrial,
	}
	for _, check := range checks {
		if err := check(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// checkFiles asks only whether certificates and keys come together; what is in
// them is asked when they are read.
func (o Options) checkFiles(*Settings) error {
	for name, files := range map[string][]string{"cert": o.Certs, "key": o.Keys} {
		if slices.Contains(files, "") {
			return &SettingError{Name: name, Problem: "the file's name is empty", Advice: "name the file, or leave --" + name + " out"}
		}
	}
	if len(o.Keys) > 0 && len(o.Certs) == 0 {
		return &SettingError{Name: "key", Value: o.Keys[0], Problem: "there is no certificate for it", Advice: "name its certificate with --cert"}
	}
	return nil
}

func (o Options) checkSessions(s *Settings) (err error) {
	if s.NoTickets, err = off("tickets", o.Tickets); err != nil {
		return err
	}
	if slices.Contains(o.TicketKeyFiles, "") {
		return &SettingError{Name: "ticket-key-file", Problem: "the file's name is empty", Advice: "name the file, or leave --ticket-key-file out"}
	}
	s.TicketKeyFiles = o.TicketKeyFiles
	s.NoSessionIDs, err = off("session-ids", o.SessionIDs)
	return err
}

func (o Options) checkTruncation(s *Settings) (err error) {
	s.CloseTruncated, err = choose("truncation", o.Truncation, choice[bool]{"reset", false}, choice[bool]{"close", true})
	return err
}

func (o Options) checkLog(s *Settings) (err error) {
	if s.LogJSON, err = choose("log-format", o.LogFormat, choice[bool]{"text", false}, choice[bool]{"json", true}); err != nil {
		return err
	}
	s.LogFailures = defaultLogFailures
	if o.LogFailures != "" {
		if s.LogFailures, err = count("log-failures", o.LogFailures); err != nil {
			return err
		}
	}
	s.LogLevel, err = choose("log-level", o.LogLevel, choice[slog.Level]{"debug", slog.LevelDebug}, choice[slog.Level]{"info", slog.LevelInfo},
		choice[slog.Level]{"warn", slog.LevelWarn}, choice[slog.Level]{"error", slog.LevelError})
	return err
}
