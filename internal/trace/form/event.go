// Package form is the form in which events and conversations are written as JSON,
// and read back.
package form

// The tags doc and enum make docs/report.schema.json and the tables of
// docs/report-json.md; a test holds them to it.

// An Event has one of its optional objects, or none: the one that its name
// calls for.
type Event struct {
	At        Seconds `json:"at" doc:"seconds since the connection began"`
	From      string  `json:"from" enum:"nobody,client,server" doc:"who did it"`
	Name      string  `json:"name" enum:"opened,record,message,keys,handshake-begun,handshake-done,handshake-failed,second-hello,answered,held,released,crossed,isolated,alert,data,hello-request,rationed,gap,closed" doc:"what happened"`
	Epoch     int     `json:"epoch" doc:"counts the keys from 0"`
	Handshake int     `json:"handshake" doc:"counts the handshakes from 0: 1 is the first second hello's"`
	Finding   string  `json:"finding,omitempty" doc:"its id, where the event is a finding"`
	Frame     int     `json:"frame,omitempty" doc:"of its first byte; absent: it is live"`
	LastFrame int     `json:"last_frame,omitempty" doc:"of its last byte"`
	Offset    int64   `json:"offset,omitempty" doc:"of its first byte in its side's TCP stream"`
	Length    int     `json:"length,omitempty" doc:"in that stream, record headers included"`

	Opened      *Opened    `json:"opened,omitempty" doc:"who connected; absent: not known"`
	Message     *Message   `json:"message,omitempty" doc:"a handshake message"`
	Record      *Record    `json:"record,omitempty" doc:"a record that is remarkable"`
	Keys        *Keys      `json:"keys,omitempty" doc:"new keys of its side"`
	Done        *Handshake `json:"done,omitempty" doc:"how a handshake ended well"`
	SecondHello *Second    `json:"second_hello,omitempty" doc:"the client began again"`
	Answered    *Answered  `json:"answered,omitempty" doc:"what was answered to it"`
	Alert       *Alert     `json:"alert,omitempty" doc:"an alert"`
	Data        *Data      `json:"data,omitempty" doc:"application data, counted"`
	Wait        Seconds    `json:"wait,omitempty" doc:"seconds for which a hello waits for its ration"`
	Gap         *Gap       `json:"gap,omitempty" doc:"bytes that are not in the capture"`
	End         *End       `json:"end,omitempty" doc:"how a side's TCP stream ended"`
	Failure     *Failure   `json:"failure,omitempty" doc:"how a live connection or a handshake ended"`
}

// An Opened is who connected.
type Opened struct {
	Client string `json:"client" doc:"address and port, or the name of a Unix socket"`
}

// A Message is a handshake message.
type Message struct {
	Type        string       `json:"type" doc:"as the RFC names it, ClientHello"`
	Length      int          `json:"length" doc:"of the message, its header of four bytes included"`
	Fault       string       `json:"fault,omitempty" doc:"why it could not be read to its end"`
	ClientHello *ClientHello `json:"client_hello,omitempty" doc:"what it offers"`
	ServerHello *ServerHello `json:"server_hello,omitempty" doc:"what it chose"`
	Bytes       string       `json:"bytes,omitempty" doc:"of a ClientHello as it came, in hexadecimal, with others in the place of its session id, tickets and verify_data; in flights alone"`
}

// A ClientHello is what it offers.
type ClientHello struct {
	Version           string   `json:"version" doc:"client_version"`
	SSL2Format        bool     `json:"ssl2_format" doc:"it came in the format of SSL 2.0"`
	CipherSuites      []string `json:"cipher_suites" doc:"in its order"`
	Extensions        []string `json:"extensions" doc:"in its order"`
	Versions          []string `json:"supported_versions" doc:"empty: it has no such extension"`
	ServerName        string   `json:"server_name" doc:"empty: none"`
	SCSV              bool     `json:"scsv" doc:"TLS_EMPTY_RENEGOTIATION_INFO_SCSV is among its suites"`
	RenegotiationInfo *int     `json:"renegotiation_info_length,omitempty" doc:"bytes in renegotiation_info; absent: it has none"`
	SessionIDLength   int      `json:"session_id_length" doc:"its bytes are never shown"`
	TicketLength      int      `json:"ticket_length" doc:"its bytes are never shown"`
}

// A ServerHello is what it chose.
type ServerHello struct {
	Version         string   `json:"version" doc:"chosen"`
	CipherSuite     string   `json:"cipher_suite" doc:"chosen"`
	Extensions      []string `json:"extensions" doc:"in its order"`
	SessionIDLength int      `json:"session_id_length" doc:"its bytes are never shown"`
}

// A Record is one that is remarkable.
type Record struct {
	Type       string `json:"type" doc:"its content type"`
	Header     string `json:"header_version" doc:"as its header says"`
	Negotiated string `json:"negotiated_version" doc:"empty: none yet"`
	Length     int    `json:"fragment_length" doc:"as it came"`
	Sealed     bool   `json:"sealed" doc:"it was not opened"`
	Why        string `json:"why,omitempty" doc:"it was not"`
	Matched    string `json:"matched_version,omitempty" doc:"with which its MAC or AEAD data were computed, where the header's is another than the negotiated one"`
}

// Keys are new keys of a side.
type Keys struct {
	Version     string `json:"version" doc:"negotiated; empty: not seen"`
	CipherSuite string `json:"cipher_suite" doc:"negotiated; empty: not seen"`
	Opened      string `json:"opened,omitempty" doc:"what gives the keys"`
	Locked      string `json:"locked,omitempty" doc:"why there are none"`
}

// A Handshake is how one ended well.
type Handshake struct {
	Version              string `json:"version" doc:"negotiated; empty: not seen"`
	CipherSuite          string `json:"cipher_suite" doc:"negotiated; empty: not seen"`
	Group                string `json:"group,omitempty" doc:"of ECDHE"`
	ServerName           string `json:"server_name,omitempty" doc:"that the client asked for"`
	ALPN                 string `json:"alpn,omitempty" doc:"protocol chosen"`
	Terms                string `json:"terms" enum:"initial,secure,bound,resumed,isolated,trusted" doc:"on which it ran"`
	Resumed              bool   `json:"resumed" doc:"it was abbreviated"`
	ExtendedMasterSecret bool   `json:"extended_master_secret" doc:"RFC 7627"`
	ClientCertificate    bool   `json:"client_certificate" doc:"the client showed one"`
	SecureRenegotiation  bool   `json:"secure_renegotiation" doc:"the client signalled RFC 5746"`
	Unverified           bool   `json:"unverified" doc:"its Finished could not be read; that it ended well is concluded from what followed"`
}

// A Second is a second hello.
type Second struct {
	Kind          string   `json:"kind" enum:"secure,reset,forged,bare,restart,unknown" doc:"unknown: no key opens it"`
	Proof         []string `json:"proof" doc:"the facts that decide the kind"`
	Resumes       bool     `json:"resumes" doc:"it offers the session in use"`
	WhyNotResumed string   `json:"why_not_resumed,omitempty" doc:"what is missing for that"`
	Asked         bool     `json:"asked" doc:"a HelloRequest had been sent"`
	Count         int      `json:"count" doc:"1: the first of the connection"`
	FromClient    int64    `json:"from_client" doc:"application bytes before it"`
	ToClient      int64    `json:"to_client" doc:"application bytes before it"`
	Header        string   `json:"header_version" doc:"of the record that it came in"`
}

// An Answered is what was answered to it.
type Answered struct {
	Kind   string `json:"kind,omitempty" doc:"of the hello"`
	Answer string `json:"answer" doc:"as settings spell it"`
	Terms  string `json:"terms,omitempty" doc:"on which its handshake runs; absent: none follows"`
	Bound  string `json:"bound" doc:"what binds it to the connection"`
	Reason string `json:"reason,omitempty" doc:"of a refusal or an abort"`
}

// An Alert is an alert.
type Alert struct {
	Level       string `json:"level" doc:"warning or fatal"`
	Description string `json:"description" doc:"as the RFC names it"`
	Number      int    `json:"number" doc:"of the description"`
}

// Data is application data, counted.
type Data struct {
	FromClient int64   `json:"from_client" doc:"bytes"`
	ToClient   int64   `json:"to_client" doc:"bytes"`
	Sealed     bool    `json:"sealed" doc:"not opened: the bytes are those of the records' fragments"`
	Records    int     `json:"records" doc:"0: not counted"`
	Short      int     `json:"short_records" doc:"of at most one byte, under a CBC suite of TLS 1.0 and below"`
	Until      Seconds `json:"until" doc:"seconds since the connection began: when the last of it came"`
}

// A Gap is bytes that are not in the capture.
type Gap struct {
	Bytes int64  `json:"bytes" doc:"0: nobody can tell how many"`
	Why   string `json:"why" enum:"lost,late,snaplen,changed,limit" doc:"lost: packets are missing; late: the capture began after the connection; snaplen: packets were cut; changed: the same bytes came twice, and differently; limit: the reader's own bound"`
}

// An End is how a side's TCP stream ended.
type End struct {
	How         string `json:"how" enum:"fin,reset,still-open,reused" doc:"still-open: the capture ends before it; reused: another connection with the same ports begins"`
	CloseNotify bool   `json:"close_notify" doc:"the side had sent it, as far as could be read"`
	Odd         string `json:"odd,omitempty" doc:"what of the ending packet does not look like that side's others"`
}

// A Failure is how something ended.
type Failure struct {
	Finding string `json:"finding,omitempty" doc:"its id; absent: all ended well"`
	Reason  string `json:"reason,omitempty" doc:"in words"`
}
