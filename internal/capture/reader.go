package capture

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
)

// readBuffer is how much of a file is read at once.
const readBuffer = 64 << 10

// maxPacket bounds a packet, as it does for Wireshark and tcpdump. No link that
// carries TCP makes larger ones, segmentation offload included.
const maxPacket = 256 << 10

// Options say what a Reader does beside giving packets.
type Options struct {
	// Secrets is called for each decryption secrets block, when it is met. It may be nil.
	Secrets func(SecretsBlock)
}

// A Reader gives the packets of a pcap or pcapng file, compressed with gzip or not,
// one by one.
type Reader struct {
	source source
	gzip   bool
	err    error // what ended the reading
}

// A source is a file of one format.
type source interface {
	next() (Packet, error)
	format() string
	sanitized() bool
}

// NewReader reads the beginning of a file. Its error is a FormatError where the file
// is none that can be read, or a DamageError where it ends too early.
func NewReader(r io.Reader, o Options) (*Reader, error) {
	file := bufio.NewReaderSize(r, readBuffer)
	head, err := file.Peek(len(magicGzip))
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &DamageError{What: "it cannot be read", Err: err}
	}
	reader := new(Reader)
	if bytes.Equal(head, magicGzip) {
		reader.gzip = true
		unzipped, err := gzip.NewReader(file)
		if err != nil {
			return nil, &DamageError{What: "its gzip header is broken", Err: err}
		}
		file = bufio.NewReaderSize(unzipped, readBuffer)
	}
	if reader.source, err = openSource(file, o); err != nil {
		return nil, err
	}
	return reader, nil
}

// openSource tells the formats by their first four bytes.
func openSource(file *bufio.Reader, o Options) (source, error) {
	head, err := file.Peek(4)
	switch {
	case len(head) == 0 && (err == nil || errors.Is(err, io.EOF)):
		return nil, &FormatError{What: "it is empty"}
	case err != nil:
		return nil, readFault(err, 0, 0, "the file header")
	case bytes.Equal(head, magicPcapng):
		return openPcapng(file, o)
	case isPcap(head):
		return openPcap(file)
	}
	return nil, &FormatError{What: whatElse(file)}
}

// Next gives the next packet, io.EOF after the last, or a DamageError. An error stays.
func (r *Reader) Next() (Packet, error) {
	if r.err != nil {
		return Packet{}, r.err
	}
	p, err := r.source.next()
	r.err = err
	return p, err
}

// Format names the file's format, such as "pcapng, gzip".
func (r *Reader) Format() string {
	if r.gzip {
		return r.source.format() + ", gzip"
	}
	return r.source.format()
}

// Sanitized says whether all of the file that was read so far is marked as made
// fit for strangers.
func (r *Reader) Sanitized() bool { return r.source.sanitized() }

// readFault makes a DamageError of what ended a reading in the middle of something.
func readFault(err error, frame int, offset int64, where string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &DamageError{Frame: frame, Offset: offset, What: "the file ends inside " + where}
	}
	return &DamageError{Frame: frame, Offset: offset, What: "reading failed inside " + where, Err: err}
}
