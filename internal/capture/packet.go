package capture

import (
	"fmt"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// A Packet is one captured frame of a link.
type Packet struct {
	Frame  int             // counted from 1, as Wireshark counts
	Time   time.Time       // zero where the file gives none
	Link   layers.LinkType // how Data begins
	Data   []byte          // valid until the next packet is read
	Length int             // on the wire; more than len(Data) where the capture cut it
}

// Secrets types of the decryption secrets block, as the pcapng draft has them.
const (
	SecretsTLSKeyLog uint32 = 0x544c534b // "TLSK": lines in the format of SSLKEYLOGFILE
)

// A SecretsBlock is what a pcapng file carries along to decrypt its packets.
type SecretsBlock struct {
	Type uint32
	Data []byte // valid until Options.Secrets returns
}

// A FormatError says why something is no capture file that can be read.
type FormatError struct {
	What string
}

// Error says it in a sentence.
func (e *FormatError) Error() string { return "not a capture file: " + e.What }

// A DamageError says where a capture file stops making sense. What was read before
// that place is good.
type DamageError struct {
	Frame  int    // the last one that was read whole; 0: none
	Offset int64  // of the block or record at fault, in the file as it is uncompressed
	What   string // what is wrong with it
	Err    error  // of the reading itself, if it failed
}

// Error names the place and what is wrong there.
func (e *DamageError) Error() string {
	text := fmt.Sprintf("damaged after frame %d, at byte %d: %s", e.Frame, e.Offset, e.What)
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap gives the error of the reading.
func (e *DamageError) Unwrap() error { return e.Err }
