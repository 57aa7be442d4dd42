package report

import "github.com/parley-tls/parley/internal/trace/form"

// The tags doc and enum make docs/report.schema.json and the tables of
// docs/report-json.md; a test holds them to it.

type jsonReport struct {
	Schema        string           `json:"schema" enum:"parley.report/1" doc:"the form and its version; a later version may add fields to this one"`
	EventsVersion int              `json:"events_version" doc:"the version of the form of events"`
	Tool          string           `json:"tool" doc:"what wrote the report"`
	Source        jsonSource       `json:"source" doc:"what the report is about"`
	Total         jsonTotal        `json:"total" doc:"counts over all connections, those that were not kept included"`
	Connections   []jsonConnection `json:"connections" doc:"the connections that were kept, by number"`
	Survey        []jsonRemark     `json:"survey" doc:"what several connections have in common"`
	Missing       []string         `json:"missing" doc:"what could not be seen of the whole capture"`
}

type jsonSource struct {
	Name      string `json:"name" doc:"the file as it was given, or what was listened on"`
	Live      bool   `json:"live" doc:"told by a server; else read from a capture"`
	Format    string `json:"format" doc:"of the capture: pcap, pcapng, and gzip where it is that"`
	SHA256    string `json:"sha256" doc:"of the file, in hexadecimal; empty: a live source, or a stream"`
	Bytes     int64  `json:"bytes" doc:"that were read"`
	Frames    int    `json:"frames" doc:"that were read"`
	First     string `json:"first,omitempty" doc:"time of the first frame, RFC 3339, UTC"`
	Last      string `json:"last,omitempty" doc:"time of the last frame"`
	Sanitized bool   `json:"sanitized" doc:"the capture was made fit for strangers; else it holds real addresses and names"`
	Broken    string `json:"broken" doc:"why reading stopped before the end; empty: it did not"`
}

type jsonTotal struct {
	Connections int            `json:"connections" doc:"TCP connections"`
	TLS         int            `json:"tls" doc:"of them, those that spoke TLS"`
	Failed      int            `json:"failed" doc:"with at least one finding of level failure"`
	AtRisk      int            `json:"at_risk" doc:"with a risk and no failure"`
	Healthy     int            `json:"healthy" doc:"with neither"`
	Findings    map[string]int `json:"findings" doc:"for each finding id, the connections that have it"`
}

type jsonConnection struct {
	Number     int           `json:"number" doc:"from 1, in the order of first packets; what --connection takes"`
	Live       bool          `json:"live" doc:"told by a server; else read from a capture"`
	Client     string        `json:"client" doc:"address and port; empty: not known"`
	Server     string        `json:"server" doc:"address and port; empty: not known"`
	Sided      bool          `json:"sided" doc:"who is client and who is server was told by what they said; else client is merely who was seen first"`
	Start      string        `json:"start,omitempty" doc:"time of the first packet, RFC 3339, UTC"`
	Duration   float64       `json:"duration" doc:"seconds"`
	FirstFrame int           `json:"first_frame" doc:"0: it is live"`
	LastFrame  int           `json:"last_frame" doc:"0: it is live"`
	Protocol   string        `json:"protocol" doc:"by the first bytes: TLS, HTTP, unknown, silent, or another's name"`
	Prelude    *jsonPrelude  `json:"prelude,omitempty" doc:"the dialogue in clear before TLS; absent: there was none"`
	Facts      jsonFacts     `json:"facts" doc:"what is known of it; empty: not known"`
	Findings   []jsonFinding `json:"findings" doc:"the one that matters most first; never empty"`
	Charges    []jsonCharge  `json:"charges" doc:"what a server can have done to cause the failure; empty where nothing failed"`
	Events     []form.Event  `json:"events" doc:"what happened, in order"`
	Omitted    int           `json:"omitted_events" doc:"events that were not kept"`
}

type jsonPrelude struct {
	Protocol     string `json:"protocol" doc:"SMTP, IMAP, …"`
	Upgraded     bool   `json:"upgraded" doc:"both agreed to begin TLS"`
	Refused      string `json:"refused" doc:"why not; empty: they did"`
	RequestFrame int    `json:"request_frame" doc:"of the client's request for TLS; 0: not seen"`
	ReplyFrame   int    `json:"reply_frame" doc:"of the server's reply; 0: not seen"`
	Bytes        int64  `json:"bytes" doc:"of the dialogue, both ways"`
	Injected     int64  `json:"injected" doc:"bytes that the client sent in clear behind its request, before the server had agreed"`
	Onward       int64  `json:"onward" doc:"bytes that the client sent in clear after its request was refused"`
	Origin       string `json:"origin" doc:"whom a PROXY header names as the client, as address and port; empty: none"`
}

type jsonFacts struct {
	Version              string            `json:"version" doc:"negotiated, \"TLS 1.2\""`
	Suite                string            `json:"suite" doc:"negotiated, as IANA spells it"`
	Group                string            `json:"group" doc:"of the key exchange"`
	KeyExchange          string            `json:"key_exchange" doc:"RSA, ECDHE, DHE, …"`
	ServerName           string            `json:"server_name" doc:"that the client asked for"`
	ALPN                 string            `json:"alpn" doc:"protocol chosen"`
	JA3                  string            `json:"ja3" doc:"MD5 fingerprint of the first hello"`
	JA4                  string            `json:"ja4" doc:"fingerprint of the first hello"`
	Library              string            `json:"library" doc:"a guess at the client's TLS library"`
	LibraryGrounds       string            `json:"library_grounds" doc:"what the guess rests on"`
	Resumed              bool              `json:"resumed" doc:"the first handshake was abbreviated"`
	ExtendedMasterSecret bool              `json:"extended_master_secret" doc:"RFC 7627 was used"`
	FromClient           int64             `json:"from_client" doc:"application bytes; where sealed, those of the records' fragments"`
	ToClient             int64             `json:"to_client" doc:"likewise"`
	Sealed               bool              `json:"sealed" doc:"the application data could not be opened"`
	Opened               string            `json:"opened" doc:"what opened it"`
	Locked               string            `json:"locked" doc:"why it was not opened"`
	SecondHellos         []jsonSecondHello `json:"second_hellos" doc:"when the client began a handshake again"`
}

type jsonSecondHello struct {
	Kind       string  `json:"kind" enum:"secure,reset,forged,bare,restart,unknown" doc:"unknown: no key opens it"`
	At         float64 `json:"at" doc:"seconds since the connection began"`
	SinceLast  float64 `json:"since_last" doc:"seconds since the last handshake ended"`
	Idle       float64 `json:"idle" doc:"seconds since the last application data"`
	FromClient int64   `json:"from_client" doc:"application bytes since the last handshake"`
	ToClient   int64   `json:"to_client" doc:"likewise"`
	Asked      bool    `json:"asked" doc:"the server had sent a HelloRequest"`
	Frame      int     `json:"frame" doc:"0: it is live"`
}

type jsonFinding struct {
	ID         string         `json:"id" doc:"never changes its meaning; docs/findings has a page for it"`
	Level      string         `json:"level" enum:"failure,risk,note" doc:"failure: it ended something or kept it from working; risk: it worked and should not stay so; note: it is only said"`
	Culprit    string         `json:"culprit" enum:"none,client,server,network,unknown" doc:"who caused the failure; none where it is none"`
	Confidence string         `json:"confidence" enum:"sure,likely,possible" doc:"sure: it was read; likely: several facts say so, none against it; possible: it fits, and so do other things"`
	Sentence   string         `json:"sentence" doc:"what happened"`
	Cause      string         `json:"cause" doc:"why it happens; empty: not known"`
	Frames     []int          `json:"frames" doc:"where, the decisive one first; empty where it is live"`
	At         float64        `json:"at" doc:"seconds since the connection began"`
	Proof      []jsonProof    `json:"proof" doc:"the facts that it rests on"`
	RuledOut   []jsonRuledOut `json:"ruled_out" doc:"other explanations that do not hold"`
	Others     []jsonOther    `json:"others" doc:"what other servers answer to the same"`
	Remedy     []jsonRemedy   `json:"remedy" doc:"what can be done"`
	Missing    []string       `json:"missing" doc:"what could not be seen, and what to capture to see it"`
}

type jsonProof struct {
	Frame int     `json:"frame" doc:"0: it is live, or of no one frame"`
	At    float64 `json:"at" doc:"seconds since the connection began"`
	Field string  `json:"field" doc:"what was looked at"`
	Value string  `json:"value" doc:"what it says"`
	Bytes string  `json:"bytes" doc:"as they came, in hexadecimal; empty where they are not to be shown"`
}

type jsonRuledOut struct {
	What string `json:"what" doc:"the other explanation"`
	Why  string `json:"why" doc:"why it does not hold"`
}

type jsonOther struct {
	Server string `json:"server" doc:"which"`
	Answer string `json:"answer" doc:"what it answers"`
}

type jsonRemedy struct {
	Where   string `json:"where" doc:"Parley, the client, another server"`
	Setting string `json:"setting" doc:"the exact setting or call"`
	Safe    bool   `json:"safe" doc:"it weakens nothing"`
	Cost    string `json:"cost" doc:"what it gives up; empty: nothing"`
}

type jsonCharge struct {
	What    string `json:"what" doc:"what a server can have done"`
	Verdict string `json:"verdict" enum:"yes,no,unknown" doc:"whether this one did"`
	Why     string `json:"why" doc:"how it is known, or why it is not"`
	Frames  []int  `json:"frames" doc:"where"`
}

type jsonRemark struct {
	Title       string       `json:"title" doc:"what they have in common"`
	Text        string       `json:"text" doc:"with what supports it"`
	Connections []int        `json:"connections" doc:"their numbers, the first 1,000 at most"`
	Count       int          `json:"count" doc:"how many connections there are"`
	Table       [][]string   `json:"table" doc:"its first row is the heading; empty: none"`
	Finding     *jsonFinding `json:"finding,omitempty" doc:"what only several connections show; absent: the remark is none"`
}
