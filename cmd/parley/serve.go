package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/parley-tls/parley/internal/config"
	"github.com/parley-tls/parley/internal/proxy"
)

func newServe() *cobra.Command {
	var o proxy.Options
	var file string
	serve := &cobra.Command{
		Use:   "serve",
		Short: "End TLS and forward what is inside to a backend",
		Long: `Serve ends TLS and forwards the bytes, one backend connection for each stream.
Without flags it listens on ` + proxy.DefaultListen + ` with certificates made at start, and
sends back what it gets.

It logs to standard error: "listening on ADDR" when clients can connect, and one
line for each connection when it ends, in which "ended" is clean, idle, lifetime,
drained, stopped, backend, reset, error, or a finding that docs/findings explains.
SIGTERM and SIGINT end it: a first one lets the connections finish for as long as
--drain says, a second one cuts them. It exits with 0 then, with 1 if it could not
start, and with 2 if it was called wrongly or its configuration file cannot be.

With --config all settings come from a file, which docs/config.md explains: the keys
are the words of the flags, and there may be several listeners. SIGHUP, and a change
of the file or of the certificates, reads them again.

SIGUSR2, or parley upgrade, has the program as it is on disk by then go on in another
process: it gets the sockets, nobody is refused or cut, and this one ends when its
connections have, or --upgrade-drain is over. systemd hears of all this, and may give
the sockets: docs/guide.md tells how.`,
		Example: `  parley serve
  parley serve --listen :8443 --backend 127.0.0.1:8080 --cert server.crt --key server.key
  parley serve --backend unix:/run/app.sock --send-proxy v2 --restart isolate
  parley serve --config /etc/parley/parley.yaml`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			from := proxy.Source{File: file, Load: func() ([]*proxy.Settings, error) { return settingsToServe(c.Flags(), o, file) }}
			return proxy.Run(from, os.Stderr)
		},
	}
	addSections(serve,
		section("Settings from a file", func(f *pflag.FlagSet) {
			f.StringVar(&file, "config", "", "read the settings from a YAML `FILE` instead of flags; --listen, --log-format and --log-level may change what it says")
		}),
		sectionOf("Addresses, certificates and the backend", &o, addressFlags, modeFlag, backendFlags),
		sectionOf("What is served", &o, profileFlag, protocolFlags),
		sectionOf("Answers to second hellos", &o, answerFlags),
		sectionOf("Client certificates", &o, clientFlags),
		sectionOf("Sessions", &o, resumptionFlags, sessionFlags),
		sectionOf("Limits", &o, limitFlags),
		sectionOf("Reload, stop and upgrade", &o, endFlags),
		sectionOf("What it tells", &o, logFlags, watchFlags, flightFlags, inventoryFlags),
	)
	completeFlags(serve)
	return serve
}

// besideFile are the flags that may stand beside --config.
var besideFile = []string{"config", "listen", "log-format", "log-level"}

// settingsToServe are those of the file, if one is named, or else of the flags.
func settingsToServe(f *pflag.FlagSet, o proxy.Options, file string) ([]*proxy.Settings, error) {
	if !f.Changed("config") {
		settings, err := o.Check()
		if err != nil {
			return nil, err
		}
		settings.Version = whichVersion()
		return []*proxy.Settings{settings}, nil
	}
	var both error
	f.Visit(func(flag *pflag.Flag) {
		if both == nil && !slices.Contains(besideFile, flag.Name) {
			both = usageError{fmt.Errorf("--%s cannot stand beside --config; write %s into %s", flag.Name, strings.ReplaceAll(flag.Name, "-", "_"), file)}
		}
	})
	if both != nil {
		return nil, both
	}
	document, err := config.Read(file)
	if err != nil {
		return nil, err
	}
	if err := document.Override(o); err != nil {
		return nil, usageError{err}
	}
	all, err := document.Settings()
	for _, settings := range all {
		settings.Version = whichVersion()
	}
	return all, err
}

func modeFlag(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Mode, "mode", "", "`MODE`: serve (end TLS) or observe (pass everything through to the backend, a TLS server, unchanged, and tell what is in clear) (default serve)")
}

func addressFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Listen, "listen", "", "`ADDR` to listen on: HOST:PORT, unix:PATH, or fd:NAME for a socket that systemd gives under this name (default "+proxy.DefaultListen+")")
	f.StringVar(&o.Backend, "backend", "", "`ADDR` to forward to: HOST:PORT or unix:PATH (default: send back what comes)")
	f.StringArrayVar(&o.Certs, "cert", nil, "PEM `FILE` of a certificate and its chain, perhaps with its key; repeat for several (default: made at start)")
	f.StringArrayVar(&o.Keys, "key", nil, "PEM `FILE` of a private key, not encrypted; it finds its certificate by the public key")
}

func profileFlag(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Profile, "profile", "", "`NAME` of what the other flags default to: modern (TLS 1.2 and up, forward secrecy, RFC 5746 to the letter), compatible, museum (every cipher suite there is) (default compatible)")
	f.StringVar(&o.Trial.Profile, "trial", "", "`NAME` of a profile that each client is tried against, while it is served by these flags: the log, the metrics and parley clients --trial say whom it would refuse (default: none)")
}

func answerFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Secure, "secure", "", "`ANSWER` to a renegotiation by RFC 5746: accept, refuse, abort (default accept)")
	f.StringVar(&o.Reset, "reset", "", "`ANSWER` to a client that begins its handshake again inside the connection: accept (if it resumes the session in use), accept-full, refuse, abort (default accept)")
	f.StringVar(&o.Bare, "bare", "", "`ANSWER` to a renegotiation from before RFC 5746: refuse, resumed, isolate, trust, abort (default refuse)")
	f.StringVar(&o.Restart, "restart", "", "`ANSWER` to a client that begins again in clear: abort, isolate (default abort)")
	f.StringArrayVar(&o.TrustFrom, "trust-from", nil, "`CIDR` of the clients for which accept-full, trust and a bare hello's isolate hold; others get the default; repeat for several")
	f.StringVar(&o.TrustUntil, "trust-until", "", "last `DATE` of it, such as 2027-06-30, in UTC; accept-full and trust need one")
}

func protocolFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.MinVersion, "min-version", "", "lowest TLS `VERSION`: 1.0, 1.1, 1.2, 1.3 (default 1.0)")
	f.StringVar(&o.MaxVersion, "max-version", "", "highest TLS `VERSION` (default 1.3)")
	f.StringArrayVar(&o.Suites, "suites", nil, "cipher suites up to TLS 1.2, best first, by IANA or OpenSSL `NAMES` with commas or colons between them; the name default stands for all but 3DES and RC4 (default those)")
	f.StringArrayVar(&o.ALPN, "alpn", nil, "application `PROTOCOLS` that the backend speaks, best first, with commas between them")
}

func clientFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.ClientAuth, "client-auth", "", "`WHETHER` clients are asked for a certificate: none, request, require (default none)")
	f.StringVar(&o.ClientCA, "client-ca", "", "PEM `FILE` of the authorities that clients' certificates are verified by")
	f.StringArrayVar(&o.ClientCRLs, "client-crl", nil, "`FILE` of lists of revoked client certificates, in PEM or DER; a client whose issuer has none there is refused; repeat for several (default: revocation is not looked at)")
	f.StringVar(&o.ClientCRLExpired, "client-crl-expired", "", "what becomes of clients whose issuer's list is out of date: `refuse|accept` (default refuse)")
	f.StringArrayVar(&o.ClientAllow, "client-allow", nil, "`NAME` of a client that is served: common name, DNS name, URI, mail address or SHA-256 of its certificate; repeat for several (default: all that the authorities vouch for)")
}

func resumptionFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Tickets, "tickets", "", "resumption by tickets: `on|off` (default on)")
	f.StringVar(&o.SessionIDs, "session-ids", "", "resumption by session ids: `on|off` (default on)")
}

func sessionFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringArrayVar(&o.TicketKeyFiles, "ticket-key-file", nil, "`FILE` of the keys that sessions and tickets are sealed by, as parley ticket-key makes it: the first key seals, all open, and nodes with the same keys resume each other's clients; repeat for several (default: random keys of this process, rotated every 12 hours)")
	f.StringVar(&o.SessionStore, "session-store", "", "where sessions of session ids are kept: memory, or for several nodes the `URL` of a server of Valkey or Redis, as docs/config.md has it: valkey://HOST:PORT, valkeys:// by TLS; it needs --ticket-key-file (default memory)")
	f.StringVar(&o.SessionStorePasswordFile, "session-store-password-file", "", "`FILE` with the password of the store, on one line")
	f.StringVar(&o.SessionStoreCA, "session-store-ca", "", "PEM `FILE` of the authorities that the store is verified by, with valkeys:// (default: the system's)")
}

func backendFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringArrayVar(&o.AcceptProxy, "accept-proxy", nil, "`CIDR` of the balancers that must say by the PROXY protocol, v1 or v2, whose connection it is; others must not; unix for the peers of a Unix socket; repeat for several")
	f.StringVar(&o.SendProxy, "send-proxy", "", "tell the backend the client's address by the PROXY protocol, `v1|v2|v2-cert`; v2 also tells what TLS agreed on, and v2-cert also the client's certificate, whole")
	f.StringVar(&o.Truncation, "truncation", "", "what the backend sees when a client ends its TCP stream without close_notify: `reset|close`. "+
		"close is for sloppy clients of a protocol that tells its own lengths: anyone on the path can cut a stream so (default reset)")
}

func limitFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.HandshakeTimeout, "handshake-timeout", "", "longest `DURATION` of a first handshake (default 10s)")
	f.StringVar(&o.RenegotiateTimeout, "renegotiate-timeout", "", "longest `DURATION` of a later one (default 30s)")
	f.StringVar(&o.IdleTimeout, "idle-timeout", "", "longest `DURATION` without a byte either way; with one direction ended 5m at most (default: no limit)")
	f.StringVar(&o.MaxConnections, "max-connections", "", "`COUNT` of connections served at a time; more wait (default: no limit)")
	f.StringVar(&o.MaxPerSource, "max-per-source", "", "`COUNT` of connections that one source, an IPv4 address or an IPv6 /64, has open; more are turned away (default: no limit, since a fleet may stand behind one address)")
	f.StringVar(&o.HandshakesPerSource, "handshakes-per-source", "", "`COUNT` of new connections that a source makes in a second, ten seconds' worth at once; more are turned away (default: no limit, likewise)")
	f.StringVar(&o.MaxHandshakes, "max-handshakes", "", "`COUNT` of first handshakes under way at a time; when more come, the slowest gives way (default 1024)")
	f.StringVar(&o.RationConnection, "ration-connection", "", "`POINTS` that a connection may spend on renegotiation at once: a full handshake costs 20, an abbreviated or refused one 1; over it a hello waits (default 200)")
	f.StringVar(&o.RationConnectionPerSecond, "ration-connection-per-second", "", "`POINTS` that it regains in a second (default 20)")
	f.StringVar(&o.RationSource, "ration-source", "", "`POINTS` that all connections of a source may spend together; more for a fleet behind one address (default 4000)")
	f.StringVar(&o.RationSourcePerSecond, "ration-source-per-second", "", "`POINTS` that a source regains in a second (default 400)")
	f.StringVar(&o.Lifetime, "lifetime", "", "longest `DURATION` of a connection in all; then it is ended while it is silent, or cut if it never is (default: no limit)")
	f.StringVar(&o.KeepAlive, "keepalive", "", "`DURATION` of silence after which TCP asks a client whether it is still there; 0 never asks (default 5m)")
}

func endFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Reload, "reload", "", "what becomes of open connections when their settings change: `keep|drain`; drain gives them as long as --drain says (default keep)")
	f.StringVar(&o.Drain, "drain", "", "`DURATION` that connections have to end by themselves when the server stops (default 10s)")
	f.StringVar(&o.UpgradeDrain, "upgrade-drain", "", "`DURATION` that connections have to end by themselves after an upgrade, in the process that was upgraded; 0: as long as they want (default 24h)")
}

func watchFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Metrics, "metrics", "", "`ADDR` of its own, HOST:PORT, with Prometheus metrics at /metrics, and /healthz and /readyz; plain HTTP (default: none)")
	f.StringVar(&o.Admin, "admin", "", "Unix socket, `unix:PATH`, where parley status asks; made for this user alone (default: none)")
	f.StringVar(&o.AdminPprof, "admin-pprof", "", "Go's profiles on the admin socket: `on|off` (default off)")
}

func flightFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Flights, "flights", "", "keep what is known of connections that end badly as files in `DIR`, made for this user alone; off: keep nothing, nor in memory (default: the last 256, in memory)")
	f.StringVar(&o.FlightsKeep, "flights-keep", "", "`COUNT` of such files at most (default 1000)")
	f.StringVar(&o.FlightsMaxSize, "flights-max-size", "", "`SIZE` of them all at most, in KiB, MiB or GiB (default 64MiB)")
}

func inventoryFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.Inventory, "inventory", "", "keep what is known of the clients in `FILE`, so that it is known after a restart (default: in memory)")
	f.StringVar(&o.InventoryKeep, "inventory-keep", "", "`COUNT` of clients that are kept; 0: none (default 10000)")
}

func logFlags(f *pflag.FlagSet, o *proxy.Options) {
	f.StringVar(&o.LogFormat, "log-format", "", "`text|json` (default text)")
	f.StringVar(&o.LogLevel, "log-level", "", "least `LEVEL` that is logged: debug, info, warn, error (default info)")
	f.StringVar(&o.LogFailures, "log-failures", "", "`COUNT` of lines in a second for handshakes that failed in the same way, ten seconds' worth at once; the rest is counted and told once a minute; 0: a line for each (default 10)")
	f.StringVar(&o.KeyLog, "key-log", "", "append every connection's keys to `FILE`, for Wireshark; whoever reads it reads the connections")
}
