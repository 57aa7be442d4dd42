// Package config makes checked settings of a configuration file.
package config

// A File is what a configuration file says, in words: the words that the flags of
// parley serve take. Each field's tags say how its key is called, what it means,
// and which words there are, if they are few; the schema and the example are made
// of them.
type File struct {
	Listeners      []Listener         `key:"listeners" required:"yes" about:"Where clients connect, and what they get there: one entry for each address."`
	Backends       map[string]Backend `key:"backends" about:"What listeners forward to, by names of your choice: one server each, or several that do the same." name:"app"`
	Permissions    []Permission       `key:"permissions" about:"Named exceptions for clients that need more than everybody gets, on every listener. All that fit a client add up; the one that gives most wins."`
	PermissionUses string             `key:"permission_uses" about:"File where the uses of permissions are counted, so that they are known after a restart: parley permissions tells them. It is made for this user alone. Default: none, and they are counted from each start." example:"/var/lib/parley/permissions.json"`
	Inventory      Inventory          `key:"inventory" about:"What is known of the clients: a line for each, which parley clients tells."`
	Sessions       Sessions           `key:"sessions" about:"What clients resume instead of a full handshake. By default it lives in this process; several nodes behind one address share it by files with the same keys."`
	Log            Log                `key:"log" about:"How the log is written, to standard error."`
	Metrics        string             `key:"metrics" about:"HOST:PORT (or fd:NAME) of its own, with Prometheus metrics at /metrics, and /healthz and /readyz; plain HTTP. Default: none." example:"127.0.0.1:9469"`
	Admin          string             `key:"admin" about:"Unix socket, unix:PATH, where parley status asks; made for this user alone. Default: none." example:"unix:/run/parley/admin.sock"`
	AdminPprof     string             `key:"admin_pprof" about:"Go's profiles on the admin socket. Default: off." words:"on off" example:"off"`
	Flights        Flights            `key:"flights" about:"What is kept of connections that end badly: their first and last events, for parley flights and parley diagnose. Default: the last 256, in memory."`
	KeyLog         string             `key:"key_log" about:"Append every connection's keys to this file, for Wireshark; whoever reads it reads the connections. Default: none." example:"/var/log/parley/keys.log"`
	Drain          string             `key:"drain" about:"How long connections have to end by themselves when the server stops. Default: 10s." example:"10s"`
	UpgradeDrain   string             `key:"upgrade_drain" about:"How long connections have to end by themselves after an upgrade, in the process that was upgraded; 0: as long as they want. Default: 24h." example:"24h"`

	Reload         string `key:"reload" about:"What becomes of connections that are open when the settings of their listener change, or when it goes. drain: they have as long as drain says, and are then ended while they are silent. Default: keep." words:"keep drain" example:"keep"`
	MaxConnections string `key:"max_connections" about:"Connections served at a time by all listeners together; more wait. Default: no limit." kind:"count" example:"20000"`
}

// A Listener is an address and the settings of who connects to it.
type Listener struct {
	Name         string        `key:"name" about:"What the log calls this listener. Default: its address, if there are several." example:"terminals" shown:"yes"`
	Listen       string        `key:"listen" about:"HOST:PORT, :PORT, unix:PATH, or fd:NAME for a socket that the process is given under this name (FileDescriptorName= of systemd). Default: 127.0.0.1:8443." example:"127.0.0.1:8443" shown:"yes"`
	Mode         string        `key:"mode" about:"serve: end TLS. observe: pass everything through to the backend, a TLS server, unterminated and unchanged, and tell what is in clear: keys that say how TLS is ended have no place then. Default: serve." words:"serve observe" example:"serve"`
	Backend      string        `key:"backend" about:"What to forward to: HOST:PORT or unix:PATH, in clear, or the name of an entry of backends. Default: what comes is sent back, or where there are routes, who fits none is refused." example:"127.0.0.1:8080"`
	Routes       []Route       `key:"routes" about:"Where streams go before they go to backend; the first that fits has them."`
	Profile      string        `key:"profile" about:"What the other keys of this listener default to. modern: TLS 1.2 and up, suites with forward secrecy and without CBC, RFC 5746 to the letter. compatible: TLS 1.0 and up, without RC4 and 3DES; a renegotiation is accepted where it proves whose it is. museum: compatible, with every cipher suite there is. Default: compatible." words:"modern compatible museum" example:"compatible" shown:"yes"`
	Trial        Trial         `key:"trial" about:"Settings that each client is tried against, while it is served by those of this listener: the log, the metrics and parley clients --trial say whom they would refuse. The name of a profile alone stands for the profile. Default: nothing is tried."`
	Certificates []Certificate `key:"certificates" about:"Certificates with their keys; an RSA one serves the oldest clients. Default: two that nobody vouches for, made at start."`
	ClientAuth   ClientAuth    `key:"client_auth" about:"Whether clients are asked for a certificate."`
	Limits       Limits        `key:"limits" about:"What clients may take of the server."`

	Secure  string `key:"secure" about:"Answer to a renegotiation by RFC 5746. Default: accept." words:"accept refuse abort" example:"accept"`
	Reset   string `key:"reset" about:"Answer to a client that begins its handshake again inside the connection; accept: if it resumes the session in use. Default: accept." words:"accept refuse abort" example:"accept"`
	Bare    string `key:"bare" about:"Answer to a renegotiation from before RFC 5746; resumed: accept what resumes the session in use. Default: refuse." words:"refuse resumed abort" example:"refuse"`
	Restart string `key:"restart" about:"Answer to a client that begins again in clear; isolate: as a new connection, with a new backend connection. Default: abort." words:"abort isolate" example:"abort"`

	MinVersion string   `key:"min_version" about:"Lowest TLS version. Default: 1.0; under modern 1.2." words:"1.0 1.1 1.2 1.3" example:"1.0"`
	MaxVersion string   `key:"max_version" about:"Highest TLS version. Default: 1.3." words:"1.0 1.1 1.2 1.3" example:"1.3"`
	Suites     []string `key:"suites" about:"Cipher suites up to TLS 1.2, best first, by IANA or OpenSSL names; default stands for all but 3DES and RC4. Default: the profile's." example:"[default]"`
	ALPN       []string `key:"alpn" about:"Application protocols that the backend speaks, best first. Default: none." example:"[http/1.1]"`
	Tickets    string   `key:"tickets" about:"Resumption by tickets. Default: on." words:"on off" example:"on"`
	SessionIDs string   `key:"session_ids" about:"Resumption by session ids. Default: on." words:"on off" example:"on"`

	AcceptProxy []string `key:"accept_proxy" about:"Networks of the balancers that must say by the PROXY protocol, v1 or v2, whose connection it is; unix for the peers of a Unix socket. Default: nobody may." example:"[192.0.2.10]"`
	SendProxy   string   `key:"send_proxy" about:"Tell backends that are addresses the client's address by the PROXY protocol; v2 also tells what TLS agreed on, and v2-cert also the client's certificate, whole. Default: it is told nothing." words:"v1 v2 v2-cert" needs:"backend" example:"v2"`
	Truncation  string   `key:"truncation" about:"What the backend sees when a client ends its TCP stream without close_notify; under close anyone on the path can cut a stream unseen. Default: reset." words:"reset close" example:"reset"`
}

// A Route says which streams go to another backend.
type Route struct {
	SNI       []string `key:"sni" about:"Server names that the client asks for; *.pay.example is any one label before pay.example. Default: any, and none." example:"[pay.example]"`
	ALPN      []string `key:"alpn" about:"Protocols, of which one was agreed on. Default: any, and none." example:"[http/1.1]"`
	Backend   string   `key:"backend" required:"yes" about:"HOST:PORT or unix:PATH, in clear, or the name of an entry of backends." example:"app"`
	Terminate string   `key:"terminate" about:"off: clients whose first hello fits go to the backend, a TLS server, as they come, and no TLS of theirs is ended here; it needs sni, and alpn is what the client offers. Default: on." words:"on off" example:"on"`
}

// A Backend is one server, or several that do the same.
type Backend struct {
	Servers   []string     `key:"servers" required:"yes" about:"HOST:PORT or unix:PATH, used in turn; what does not take a connection is passed over while another does. A host's name is looked up for each connection." example:"[127.0.0.1:8081, 127.0.0.1:8082]"`
	TLS       BackendTLS   `key:"tls" about:"Speak TLS 1.2 or 1.3 to the servers, whose certificates are verified, always. Default: in clear."`
	Check     BackendCheck `key:"check" about:"How the servers are asked whether they are up, beside the connections of clients: a connection, with the TLS handshake if there is TLS, and its end."`
	SendProxy string       `key:"send_proxy" about:"Tell the servers the client's address by the PROXY protocol, before TLS begins; v2 also tells what TLS agreed on with the client, and v2-cert also the client's certificate, whole. Default: they are told nothing." words:"v1 v2 v2-cert" example:"v2"`
}

// BackendTLS says how a backend proves itself, and we to it.
type BackendTLS struct {
	CA         string `key:"ca" about:"PEM file of the authorities that its certificate is verified by. Default: the system's." example:"backend-ca.crt"`
	Name       string `key:"name" about:"The name that its certificate must have, and that it is asked for by SNI. Default: the host of each server." example:"app.example"`
	Cert       string `key:"cert" about:"PEM file of the certificate that it is shown if it asks for one. Default: none." example:"client.crt"`
	Key        string `key:"key" about:"PEM file of its private key, not encrypted. Default: it is in the file of the certificate." example:"client.key"`
	Truncation string `key:"truncation" about:"What the client sees when a server ends its TCP stream without close_notify; under close anyone on the path can cut a stream unseen. Default: reset." words:"reset close" example:"reset"`
}

// BackendCheck says how servers are asked whether they are up.
type BackendCheck struct {
	Interval string `key:"interval" about:"How often; 0s: never. Default: 5s if there are several servers, or never." example:"5s"`
	Timeout  string `key:"timeout" about:"How long a server has to answer. Default: 3s." example:"3s"`
	Fall     string `key:"fall" about:"So many checks that fail in a row take a server down; the first one does if nothing is known of it. Default: 3." kind:"count" example:"3"`
	Rise     string `key:"rise" about:"So many that succeed in a row bring it up. Default: 2." kind:"count" example:"2"`
}

// A Trial is settings that clients are tried against.
type Trial struct {
	Profile    string   `key:"profile" short:"yes" about:"The profile whose settings are tried; what this listener says beside its own profile does not count then. Default: the settings of this listener." words:"modern compatible museum" example:"modern"`
	MinVersion string   `key:"min_version" about:"Lowest TLS version that is tried." words:"1.0 1.1 1.2 1.3" example:"1.2"`
	Suites     []string `key:"suites" about:"Cipher suites that are tried." example:"[ECDHE-RSA-AES128-GCM-SHA256]"`
	Secure     string   `key:"secure" about:"Answer that is tried." words:"accept refuse abort" example:"accept"`
	Reset      string   `key:"reset" about:"Likewise." words:"accept refuse abort" example:"abort"`
	Bare       string   `key:"bare" about:"Likewise." words:"refuse resumed abort" example:"refuse"`
	Restart    string   `key:"restart" about:"Likewise." words:"abort isolate" example:"abort"`
	Without    []string `key:"without" about:"Names of permissions that the trial does without, as if they had ended; all: every one." example:"[old-terminals]"`
}

// A Certificate is a PEM file with a certificate and its chain, and one with its key.
type Certificate struct {
	Cert string `key:"cert" required:"yes" about:"PEM file of the certificate, then its issuer's, and so on; perhaps with the key." example:"server.crt"`
	Key  string `key:"key" about:"PEM file of the private key, not encrypted. Default: it is in the file of the certificate." example:"server.key"`
}

// ClientAuth says whether clients are asked for a certificate.
type ClientAuth struct {
	Mode       string   `key:"mode" about:"Default: none." words:"none request require" example:"none"`
	CA         string   `key:"ca" about:"PEM file of the authorities that clients' certificates are verified by." example:"clients-ca.crt"`
	CRL        []string `key:"crl" about:"Files of lists of revoked client certificates, in PEM or DER. They are read again when they change. A client of whose issuer there is no list is refused, and so is one whose intermediate authority is revoked. Default: revocation is not looked at." example:"[clients-ca.crl]"`
	CRLExpired string   `key:"crl_expired" about:"What becomes of clients whose issuer's list is out of date; under accept a client that was revoked since is served. Default: refuse." words:"refuse accept" example:"refuse"`
	Allow      []string `key:"allow" about:"Which clients are served, of all that the authorities vouch for: by common name, DNS name, URI, mail address, or SHA-256 of the certificate as openssl prints it. Default: all." example:"[terminal.example]"`
}

// Limits bound what clients may take of the server.
type Limits struct {
	MaxConnections            string `key:"max_connections" about:"Connections served at a time; more wait. Default: no limit." kind:"count" example:"10000"`
	MaxPerSource              string `key:"max_per_source" about:"Connections that one source, an IPv4 address or an IPv6 /64, has open; more are turned away. Default: no limit, since a fleet may stand behind one address." kind:"count" example:"1000"`
	HandshakesPerSource       string `key:"handshakes_per_source" about:"New connections that a source makes in a second, ten seconds' worth at once; more are turned away. Default: no limit, likewise." kind:"count" example:"50"`
	MaxHandshakes             string `key:"max_handshakes" about:"First handshakes under way at a time; when more come, the slowest gives way. Default: 1024." kind:"count" example:"1024"`
	RationConnection          string `key:"ration_connection" about:"Points that a connection may spend on renegotiation at once: a full handshake costs 20, an abbreviated or refused one 1; over it a hello waits. Default: 200." kind:"count" example:"200"`
	RationConnectionPerSecond string `key:"ration_connection_per_second" about:"Points that it regains in a second. Default: 20." kind:"count" example:"20"`
	RationSource              string `key:"ration_source" about:"Points that all connections of a source may spend together; more for a fleet behind one address. Default: 4000." kind:"count" example:"4000"`
	RationSourcePerSecond     string `key:"ration_source_per_second" about:"Points that a source regains in a second. Default: 400." kind:"count" example:"400"`
	HandshakeTimeout          string `key:"handshake_timeout" about:"Longest first handshake. Default: 10s." example:"10s"`
	RenegotiateTimeout        string `key:"renegotiate_timeout" about:"Longest later one. Default: 30s." example:"30s"`
	IdleTimeout               string `key:"idle_timeout" about:"Longest time without a byte either way. Default: no limit." example:"1h"`

	Lifetime  string `key:"lifetime" about:"Longest connection in all; then it is ended while it is silent, or cut if it is not within ten seconds. Default: no limit." example:"720h"`
	KeepAlive string `key:"keepalive" about:"Silence after which TCP asks a client whether it is still there; 0 never asks. Default: 5m." example:"5m"`
}

// A Permission is what some clients get beyond what everybody gets, until a day.
type Permission struct {
	Name   string `key:"name" required:"yes" about:"What the log calls it when it is used." example:"old-terminals"`
	Owner  string `key:"owner" required:"yes" about:"Who is asked about it." example:"payments@example.com"`
	Reason string `key:"reason" required:"yes" about:"Why it is needed." example:"2,000 terminals with OpenSSL 1.0.1j, replaced by June"`
	Until  string `key:"until" required:"yes" about:"Its last day, in UTC. It is warned of from 30 days before, at start and in the log." example:"2099-12-31"`
	After  string `key:"after" required:"yes" about:"What comes after that day. warn: it goes on, and the log warns each day that it is used. refuse: its clients get what everybody gets. Connections that are open stay as they are." words:"warn refuse" example:"warn"`
	Match  Match  `key:"match" required:"yes" about:"Which clients: all keys that are there must fit, each by one of its entries."`
	Grant  Grant  `key:"grant" required:"yes" about:"What they get."`
}

// A Match says which clients.
type Match struct {
	From        []string `key:"from" about:"Networks, such as 192.0.2.0/24, or addresses." example:"[192.0.2.0/24]"`
	SNI         []string `key:"sni" about:"Server names that the client asks for; *.old.example is any one label before old.example. Anybody can send one." example:"[pay.old.example]"`
	Certificate []string `key:"certificate" about:"Client certificates, verified by client_auth, by their SHA-256 as openssl prints it, their common name or a DNS name. They come too late for min_version, suites and premaster-version." example:"[terminal.example]"`
	Fingerprint []string `key:"fingerprint" about:"JA3 or JA4 of the first hello, as the log has them. Anybody can send the same hello." example:"[0123456789abcdef0123456789abcdef]"`
}

// A Grant says what they get.
type Grant struct {
	MinVersion string   `key:"min_version" about:"Lowest TLS version for them." words:"1.0 1.1 1.2 1.3" example:"1.0"`
	Suites     []string `key:"suites" about:"Cipher suites for them, behind those of the listener." example:"[DES-CBC3-SHA]"`
	Secure     string   `key:"secure" about:"Answer to a renegotiation by RFC 5746." words:"accept refuse abort" example:"accept"`
	Reset      string   `key:"reset" about:"Answer to a handshake begun again inside the connection; accept-full, which nothing binds, needs from or certificate." words:"accept accept-full refuse abort" example:"accept"`
	Bare       string   `key:"bare" about:"Answer to a renegotiation from before RFC 5746; trust, which nothing binds, and isolate need from or certificate." words:"refuse resumed isolate trust abort" example:"resumed"`
	Restart    string   `key:"restart" about:"Answer to a handshake begun again in clear." words:"abort isolate" example:"isolate"`
	Leniencies []string `key:"leniencies" about:"What is put up with from them. no-close-notify: a stream that ends without close_notify ends at the backend as if it were whole, so that anyone on the path can cut one unseen. premaster-version: an RSA premaster secret may have the version agreed on inside, and not the one offered." words:"no-close-notify premaster-version" example:"[no-close-notify]"`
}

// Sessions says what clients resume, and what nodes share of it.
type Sessions struct {
	Store             string   `key:"store" about:"Where sessions of session ids are kept: memory, or for several nodes valkey://USER@HOST:PORT/DATABASE, a server of Valkey or Redis; valkeys:// by TLS. It needs ticket_key_files. Tickets need no store. Default: memory." example:"valkeys://valkey.example:6379/0"`
	StorePasswordFile string   `key:"store_password_file" about:"File with the password of the store, on one line; others must not read it. Default: none." example:"valkey.password"`
	StoreCA           string   `key:"store_ca" about:"PEM file of the authorities that the store is verified by, with valkeys://. Default: the system's." example:"valkey-ca.crt"`
	TicketKeyFiles    []string `key:"ticket_key_files" about:"Files of the keys that sessions and tickets are sealed by, as parley ticket-key makes them: the first key seals, all open, and nodes with the same files resume each other's clients. They are read again when they change. Default: random keys that rotate every 12 hours, of this process alone." example:"[tickets.keys]"`
}

// Flights says what is kept of connections that end badly.
type Flights struct {
	Directory string `key:"directory" about:"Keep them as files in this directory too, made for this user alone; off: keep none, nor in memory. Default: none." example:"/var/lib/parley/flights"`
	Keep      string `key:"keep" about:"Files in it at most. The finding that has most gives one up, of its flights the source that has most, the oldest first. Default: 1000." kind:"count" example:"1000"`
	MaxSize   string `key:"max_size" about:"What they take at most, in KiB, MiB or GiB. Default: 64MiB." example:"64MiB"`
}

// Inventory says where what is known of the clients is kept.
type Inventory struct {
	File string `key:"file" about:"File where they are kept, so that they are known after a restart. It is made for this user alone. Default: none, and they are known from each start." example:"/var/lib/parley/clients.db"`
	Keep string `key:"keep" about:"How many clients are kept; who came the longest ago leaves. 0: none. Default: 10000." kind:"count" example:"10000"`
}

// Log says how the log is written.
type Log struct {
	Format   string `key:"format" about:"Default: text." words:"text json" example:"text"`
	Level    string `key:"level" about:"The least that is logged. Default: info." words:"debug info warn error" example:"info"`
	Failures string `key:"failures" about:"Lines in a second for handshakes that failed in the same way, ten seconds' worth at once; the rest is counted, and told once a minute. 0: a line for each. Connections that were served always have theirs. Default: 10." kind:"count" example:"10"`
}
