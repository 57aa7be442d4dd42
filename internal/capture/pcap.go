package capture

import (
	"bufio"
	"errors"
	"io"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/pcapgo"
)

const (
	pcapHeader       = 24
	pcapRecordHeader = 16
)

// A pcapFile is the older format: one link type, no blocks.
type pcapFile struct {
	reader *pcapgo.Reader
	frame  int
	offset int64 // of the next record
}

func openPcap(file *bufio.Reader) (*pcapFile, error) {
	reader, err := pcapgo.NewReader(file)
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, readFault(err, 0, 0, "the file header")
	case err != nil:
		return nil, &FormatError{What: "its pcap header is of no known version"}
	}
	// The snap length is what the writer says, not what it keeps to.
	reader.SetSnaplen(maxPacket)
	return &pcapFile{reader: reader, offset: pcapHeader}, nil
}

func (f *pcapFile) format() string { return "pcap" }

func (f *pcapFile) sanitized() bool { return false }

func (f *pcapFile) next() (Packet, error) {
	data, info, err := f.reader.ZeroCopyReadPacketData()
	if err != nil {
		return Packet{}, f.fault(info, err)
	}
	f.frame++
	f.offset += pcapRecordHeader + int64(len(data))
	return Packet{
		Frame:  f.frame,
		Time:   info.Timestamp,
		Link:   f.reader.LinkType(),
		Data:   data,
		Length: info.Length,
	}, nil
}

// fault tells the end of the file from damage. A file that ends right behind a
// record's header gives io.EOF as well, but with the length that the header said.
func (f *pcapFile) fault(info gopacket.CaptureInfo, err error) error {
	switch {
	case errors.Is(err, io.EOF) && info.CaptureLength == 0:
		return io.EOF
	case info.CaptureLength > maxPacket, info.CaptureLength > info.Length, info.CaptureLength < 0:
		return &DamageError{Frame: f.frame, Offset: f.offset, What: "what should be a packet's header has an impossible length"}
	}
	return readFault(err, f.frame, f.offset, "a packet")
}
