package parley_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// update makes the vectors anew. What does not change by it: the hellos that are
// classified. What does: the conversations, in which a client draws by chance.
var update = flag.Bool("update", false, "write docs/bound-by-session-vectors.json anew")

const vectorsFile = "docs/bound-by-session-vectors.json"

// vectors are the file for authors of other TLS stacks; docs/bound-by-session.md
// says what its fields are.
type vectors struct {
	Format        int                          `json:"format"`
	About         string                       `json:"about"`
	Connections   map[string]*vectorConnection `json:"connections"`
	SecondHellos  []*vectorHello               `json:"second_hellos"`
	Conversations []*vectorConversation        `json:"conversations"`
}

// A vectorConnection is what a second hello is judged against.
type vectorConnection struct {
	Version              vectorNumber `json:"version"`
	CipherSuite          vectorNumber `json:"cipher_suite"`
	ExtendedMasterSecret bool         `json:"extended_master_secret"`
	FirstHello           vectorBytes  `json:"first_hello"`
	SessionID            vectorBytes  `json:"session_id"`
	TicketSHA256         vectorBytes  `json:"ticket_sha256"`
	ClientVerifyData     vectorBytes  `json:"client_verify_data"`
	ServerVerifyData     vectorBytes  `json:"server_verify_data"`
}

// A vectorHello is a second hello and what becomes of it.
type vectorHello struct {
	Name       string      `json:"name"`
	Connection string      `json:"connection"`
	Inside     bool        `json:"inside"`
	Hello      vectorBytes `json:"hello"`

	Kind               string `json:"kind"`
	Resumes            bool   `json:"resumes"`
	Answer             string `json:"answer"`
	Terms              string `json:"terms,omitempty"`
	Alert              string `json:"alert,omitempty"`
	Reason             string `json:"reason,omitempty"`
	ServerRenegotiated bool   `json:"server_renegotiation_info,omitempty"`
}

// A vectorConversation is one connection from its first byte to its last.
type vectorConversation struct {
	Name       string             `json:"name"`
	Records    []vectorRecord     `json:"records"`
	Handshakes []*vectorHandshake `json:"handshakes"`
}

type vectorRecord struct {
	From  string      `json:"from"`
	Bytes vectorBytes `json:"bytes"`
}

// A vectorHandshake holds the values that a stack arrives at by itself.
type vectorHandshake struct {
	Kind              string          `json:"kind"`
	Version           vectorNumber    `json:"version"`
	CipherSuite       vectorNumber    `json:"cipher_suite"`
	ClientRandom      vectorBytes     `json:"client_random"`
	ServerRandom      vectorBytes     `json:"server_random"`
	PremasterSecret   vectorBytes     `json:"premaster_secret,omitempty"`
	MasterSecret      vectorBytes     `json:"master_secret"`
	SessionID         vectorBytes     `json:"session_id,omitempty"`
	Ticket            vectorBytes     `json:"ticket,omitempty"`
	RenegotiationInfo *vectorBytes    `json:"server_renegotiation_info"` // its renegotiated_connection
	Messages          []vectorMessage `json:"messages"`                  // the transcript, in order
	ClientVerifyData  vectorBytes     `json:"client_verify_data"`
	ServerVerifyData  vectorBytes     `json:"server_verify_data"`
}

type vectorMessage struct {
	From  string      `json:"from"`
	Type  string      `json:"type"`
	Bytes vectorBytes `json:"bytes"`
}

// vectorBytes are hexadecimal in JSON.
type vectorBytes []byte

func (b vectorBytes) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(b)), nil }

func (b *vectorBytes) UnmarshalText(text []byte) (err error) {
	*b, err = hex.DecodeString(string(text))
	return err
}

// A vectorNumber is a version or suite, as the wire has it: four hexadecimal digits.
type vectorNumber uint16

func (n vectorNumber) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%04x", uint16(n)), nil }

func (n *vectorNumber) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%04x", (*uint16)(n))
	return err
}

// readVectors reads the file; with -update, after it was made anew.
func readVectors(t *testing.T) *vectors {
	t.Helper()
	if *update {
		updated.Do(func() { writeVectors(t) })
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	v := new(vectors)
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode(v); err != nil {
		t.Fatalf("%s: %v", vectorsFile, err)
	}
	return v
}

var updated sync.Once

func writeVectors(t *testing.T) {
	t.Helper()
	v := &vectors{
		Format: 1, About: "How to use this file: docs/bound-by-session.md, Test vectors.",
		Connections: vectorConnections(), SecondHellos: secondHellos(t), Conversations: foundingConversations(t),
	}
	if err := os.WriteFile(vectorsFile, marshalVectors(t, v), 0o644); err != nil {
		t.Fatal(err)
	}
}

func marshalVectors(t *testing.T, v *vectors) []byte {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

// TestVectorsAreWhatIsMade makes the part that has no chance in it again.
func TestVectorsAreWhatIsMade(t *testing.T) {
	kept := readVectors(t)
	made := &vectors{
		Format: kept.Format, About: kept.About, Connections: vectorConnections(), SecondHellos: secondHellos(t),
		Conversations: kept.Conversations,
	}
	if !bytes.Equal(marshalVectors(t, made), marshalVectors(t, kept)) {
		t.Errorf("%s is not what the code makes: run go test -run %s -update . and read the difference", vectorsFile, t.Name())
	}
}

func parseHello(t *testing.T, raw []byte) *wire.ClientHello {
	t.Helper()
	hello, err := wire.ParseClientHello(raw)
	if err != nil {
		t.Fatal(err)
	}
	return hello
}
