package disguise

// A Kind says what a value is that was replaced.
type Kind uint8

// The kinds.
const (
	KindHost      Kind = iota + 1 // a host's name
	KindAddress                   // of IP
	KindMAC                       // a card's address
	KindName                      // an attribute of a name in a certificate, or of a CA's
	KindSerial                    // a certificate's number
	KindPublicKey                 // a certificate's
	KindKeyID                     // an identifier of a key in a certificate
	KindSignature                 // of a certificate or a handshake
	KindExtension                 // what an extension holds
	KindURL                       // in a certificate or a request
	KindSessionID                 // of a hello
	KindTicket                    // of a session
	KindRandom                    // of a hello
	KindIdentity                  // of a pre-shared key
	KindExchange                  // a value of the key exchange
	KindSecret                    // what opens records
	KindDialogue                  // what is said before TLS
	KindData                      // application data
	KindComment                   // what a capture file says of itself
	KindOther                     // anything else
)

var kindNames = [...]string{
	KindHost:      "host name",
	KindAddress:   "IP address",
	KindMAC:       "MAC address",
	KindName:      "name in a certificate",
	KindSerial:    "serial number",
	KindPublicKey: "public key",
	KindKeyID:     "key identifier",
	KindSignature: "signature",
	KindExtension: "extension",
	KindURL:       "URL",
	KindSessionID: "session ID",
	KindTicket:    "ticket",
	KindRandom:    "random",
	KindIdentity:  "PSK identity",
	KindExchange:  "key exchange value",
	KindSecret:    "secret",
	KindDialogue:  "dialogue before TLS",
	KindData:      "application data",
	KindComment:   "comment",
	KindOther:     "other value",
}

// String says the kind in words.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != 0 {
		return kindNames[k]
	}
	return "value"
}
