package capture

import (
	"io"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// WriterOptions are what a Writer says of its file.
type WriterOptions struct {
	Comment     string          // of the section; Sanitized marks the file so
	Application string          // that wrote it
	Link        layers.LinkType // of the first interface; zero: Ethernet. Packets of others bring theirs.
	Snaplen     int             // at which packets were cut; 0: not
}

// A Writer writes a pcapng file, in nanoseconds, with an interface for each link type.
type Writer struct {
	writer     *pcapgo.NgWriter
	snaplen    uint32
	interfaces map[layers.LinkType]int
}

// NewWriter writes the head of a file. Flush must be called at its end.
func NewWriter(w io.Writer, o WriterOptions) (*Writer, error) {
	if o.Link == 0 {
		o.Link = layers.LinkTypeEthernet
	}
	writer, err := pcapgo.NewNgWriterInterface(w,
		pcapgo.NgInterface{LinkType: o.Link, SnapLength: uint32(o.Snaplen)},
		pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Comment: o.Comment, Application: o.Application}})
	if err != nil {
		return nil, err
	}
	return &Writer{writer: writer, snaplen: uint32(o.Snaplen), interfaces: map[layers.LinkType]int{o.Link: 0}}, nil
}

// Packet writes a packet. Its frame number is the file's to give.
func (w *Writer) Packet(p Packet) error {
	place, known := w.interfaces[p.Link]
	if !known {
		var err error
		if place, err = w.writer.AddInterface(pcapgo.NgInterface{LinkType: p.Link, SnapLength: w.snaplen}); err != nil {
			return err
		}
		w.interfaces[p.Link] = place
	}
	return w.writer.WritePacket(gopacket.CaptureInfo{
		Timestamp:      p.Time,
		InterfaceIndex: place,
		CaptureLength:  len(p.Data),
		Length:         max(p.Length, len(p.Data)),
	}, p.Data)
}

// Secrets writes a decryption secrets block. It comes before the packets that it decrypts.
func (w *Writer) Secrets(s SecretsBlock) error {
	return w.writer.WriteDecryptionSecretsBlock(s.Type, s.Data)
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error { return w.writer.Flush() }
