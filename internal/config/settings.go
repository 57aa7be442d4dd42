package config

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/parley-tls/parley/internal/proxy"
)

// Settings makes checked settings, one of each listener. Its errors are Problems.
// Files are not read yet.
func (d *Document) Settings() ([]*proxy.Settings, error) {
	var out []*proxy.Settings
	var problems Problems
	if len(d.File.Listeners) == 0 {
		problems = append(problems, d.at("listeners", "there is no listener", "write one, such as parley config example shows"))
	}
	backends, wrong := d.backends()
	problems = append(problems, wrong...)
	for i := range d.File.Listeners {
		if unknown := d.unknownBackends(i); unknown != nil {
			problems = append(problems, unknown...)
			continue
		}
		o := d.options(i)
		o.Backends = backends
		s, err := o.Check()
		if err != nil {
			problems = problems.with(d.setting(i, err))
			continue
		}
		out = append(out, s)
	}
	permissions, wrong := d.permissions()
	problems = append(problems, wrong...)
	problems = append(problems, d.unknownPermissions()...)
	if problems == nil {
		problems = d.together(out)
	}
	for _, s := range out {
		s.Permissions = permissions
	}
	if err := problems.orNil(); err != nil {
		return nil, err
	}
	return out, nil
}

// Override puts an address and how to log in the place of what the file says,
// where the options do.
func (d *Document) Override(o proxy.Options) error {
	f := &d.File
	f.Log.Format, f.Log.Level = cmp.Or(o.LogFormat, f.Log.Format), cmp.Or(o.LogLevel, f.Log.Level)
	if o.Listen == "" {
		return nil
	}
	if len(f.Listeners) != 1 {
		return fmt.Errorf("--listen cannot say which of the %d listeners of %s it is for; change its address there", len(f.Listeners), d.Name)
	}
	f.Listeners[0].Listen = o.Listen
	return nil
}

// options are the flags that a listener of the file stands for.
func (d *Document) options(i int) proxy.Options {
	f, l := d.File, d.File.Listeners[i]
	o := proxy.Options{
		Name: l.Name, Mode: l.Mode, Profile: l.Profile, Listen: l.Listen, Backend: l.Backend, Routes: l.routes(),
		Secure: l.Secure, Reset: l.Reset, Bare: l.Bare, Restart: l.Restart,
		MinVersion: l.MinVersion, MaxVersion: l.MaxVersion, Suites: l.Suites, ALPN: l.ALPN,
		ClientAuth: l.ClientAuth.Mode, ClientCA: d.beside(l.ClientAuth.CA), ClientCRLs: d.allBeside(l.ClientAuth.CRL), ClientCRLExpired: l.ClientAuth.CRLExpired, ClientAllow: l.ClientAuth.Allow,
		Tickets: l.Tickets, SessionIDs: l.SessionIDs,
		AcceptProxy: l.AcceptProxy, SendProxy: l.SendProxy, Truncation: l.Truncation, Metrics: f.Metrics, Admin: f.Admin, AdminPprof: f.AdminPprof, Flights: d.flights(), FlightsKeep: f.Flights.Keep, FlightsMaxSize: f.Flights.MaxSize, KeyLog: d.beside(f.KeyLog), PermissionUses: d.beside(f.PermissionUses),
		Trial: proxy.TrialOptions(l.Trial), Inventory: d.beside(f.Inventory.File), InventoryKeep: f.Inventory.Keep,
		HandshakeTimeout: l.Limits.HandshakeTimeout, RenegotiateTimeout: l.Limits.RenegotiateTimeout,
		IdleTimeout: l.Limits.IdleTimeout, MaxConnections: l.Limits.MaxConnections,
		MaxPerSource: l.Limits.MaxPerSource, HandshakesPerSource: l.Limits.HandshakesPerSource, MaxHandshakes: l.Limits.MaxHandshakes, MaxInAll: f.MaxConnections, Reload: f.Reload, Lifetime: l.Limits.Lifetime, KeepAlive: l.Limits.KeepAlive,
		RationConnection: l.Limits.RationConnection, RationConnectionPerSecond: l.Limits.RationConnectionPerSecond,
		RationSource: l.Limits.RationSource, RationSourcePerSecond: l.Limits.RationSourcePerSecond,
		TicketKeyFiles: d.allBeside(f.Sessions.TicketKeyFiles), SessionStore: f.Sessions.Store, SessionStorePasswordFile: d.beside(f.Sessions.StorePasswordFile), SessionStoreCA: d.beside(f.Sessions.StoreCA),
		Drain: f.Drain, UpgradeDrain: f.UpgradeDrain, LogFormat: f.Log.Format, LogLevel: f.Log.Level, LogFailures: f.Log.Failures,
	}
	for _, c := range l.Certificates {
		o.Certs = append(o.Certs, d.beside(c.Cert))
		if c.Key != "" {
			o.Keys = append(o.Keys, d.beside(c.Key))
		}
	}
	if o.Name == "" && len(f.Listeners) > 1 {
		o.Name = l.Listen
	}
	return o
}

// flights is the directory of flights, or a word that is none.
func (d *Document) flights() string {
	if d.File.Flights.Directory == "off" {
		return "off"
	}
	return d.beside(d.File.Flights.Directory)
}

// beside finds a file that is named without its directory beside the
// configuration.
func (d *Document) beside(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(d.Name), name)
}

func (d *Document) allBeside(names []string) (out []string) {
	for _, name := range names {
		out = append(out, d.beside(name))
	}
	return out
}

// together finds what two listeners cannot both have.
func (d *Document) together(all []*proxy.Settings) (problems Problems) {
	names := map[string]int{}
	for i, s := range all {
		for j, before := range all[:i] {
			if s.Listen.Overlaps(before.Listen) {
				problems = append(problems, d.at(fmt.Sprintf("listeners[%d].listen", i),
					fmt.Sprintf("%s cannot be bound twice: listeners[%d] listens on %s", s.Listen, j, before.Listen), "give each listener an address of its own"))
			}
		}
		if s.Listen.Overlaps(s.Metrics) {
			problems = append(problems, d.at("metrics", fmt.Sprintf("%s cannot be bound twice: listeners[%d] listens on %s", s.Metrics, i, s.Listen), "give the metrics an address of their own"))
		}
		if s.Listen.Overlaps(s.Admin) {
			problems = append(problems, d.at("admin", fmt.Sprintf("%s cannot be bound twice: listeners[%d] listens on it", s.Admin, i), "give the admin socket a path of its own"))
		}
		if j, again := names[s.Name]; again && s.Name != "" {
			problems = append(problems, d.at(fmt.Sprintf("listeners[%d].name", i), fmt.Sprintf("listeners[%d] has the same name", j), "give each listener a name of its own"))
		}
		names[s.Name] = i
	}
	return problems
}

// otherKeys are the keys that are not called as their flags are.
var otherKeys = map[string]string{
	"cert": "certificates[].cert", "key": "certificates[].key", "client-auth": "client_auth.mode", "client-ca": "client_auth.ca", "client-crl": "client_auth.crl", "client-crl-expired": "client_auth.crl_expired", "client-allow": "client_auth.allow",
	"max-connections": "limits.max_connections", "max-per-source": "limits.max_per_source", "handshakes-per-source": "limits.handshakes_per_source", "handshake-timeout": "limits.handshake_timeout",
	"lifetime": "limits.lifetime", "keepalive": "limits.keepalive",
	"max-handshakes": "limits.max_handshakes", "ration-connection": "limits.ration_connection", "ration-connection-per-second": "limits.ration_connection_per_second",
	"ration-source": "limits.ration_source", "ration-source-per-second": "limits.ration_source_per_second",
	"renegotiate-timeout": "limits.renegotiate_timeout", "idle-timeout": "limits.idle_timeout",
}

// commonKeys are those that belong to no listener.
var commonKeys = map[string]string{
	"max-connections-in-all": "max_connections",
	"reload":                 "reload",

	"drain":           "drain",
	"upgrade-drain":   "upgrade_drain",
	"ticket-key-file": "sessions.ticket_key_files",
	"session-store":   "sessions.store", "session-store-password-file": "sessions.store_password_file", "session-store-ca": "sessions.store_ca",
	"key-log":          "key_log",
	"metrics":          "metrics",
	"admin":            "admin",
	"admin-pprof":      "admin_pprof",
	"inventory":        "inventory.file",
	"inventory-keep":   "inventory.keep",
	"flights":          "flights.directory",
	"flights-keep":     "flights.keep",
	"flights-max-size": "flights.max_size",
	"log-format":       "log.format",
	"log-level":        "log.level",
	"log-failures":     "log.failures",
}

// keyOf is how a flag's key is called.
func keyOf(flag string) string {
	if key, ok := otherKeys[flag]; ok {
		return key
	}
	if key, ok := commonKeys[flag]; ok {
		return key
	}
	return strings.ReplaceAll(flag, "-", "_")
}

// setting is what Options.Check said of a listener, in the file's words.
func (d *Document) setting(i int, err error) *Problem {
	path := fmt.Sprintf("listeners[%d]", i)
	var s *proxy.SettingError
	if !errors.As(err, &s) {
		return d.at(path, err.Error(), "")
	}
	key := join(path, keyOf(s.Name))
	if common, ok := commonKeys[s.Name]; ok {
		key = common
	}
	problem := inKeys(s.Problem)
	if s.Value != "" {
		problem = fmt.Sprintf("%q: %s", s.Value, problem)
	}
	return d.at(key, problem, inKeys(s.Advice))
}

// flagWord is a flag that a text speaks of.
var flagWord = regexp.MustCompile(`--[a-z-]+`)

// inKeys has a text that speaks of flags speak of keys.
func inKeys(text string) string {
	return flagWord.ReplaceAllStringFunc(text, func(flag string) string { return keyOf(flag[2:]) })
}

// at is a problem where a key stands, or the next one above that is written.
func (d *Document) at(key, problem, advice string) *Problem {
	for above := key; ; {
		if p, ok := d.places[above]; ok {
			return d.problem(p, key, problem, advice)
		}
		cut := strings.LastIndexAny(above, ".[")
		if cut < 0 {
			return d.problem(place{}, key, problem, advice)
		}
		above = above[:cut]
	}
}
