package capture

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Types of blocks, as the pcapng draft (draft-ietf-opsawg-pcapng) numbers them.
const (
	blockInterface      = 1
	blockPacket         = 2 // obsolete
	blockSimplePacket   = 3
	blockEnhancedPacket = 6
	blockJournal        = 9
	blockSecrets        = 10
	blockSysdig         = 0x204
	blockSysdig2        = 0x216
	blockSysdigLarge    = 0x221
	blockCustom         = 0x00000bad
	blockCustomPrivate  = 0x40000bad // not to be copied
	blockSection        = 0x0a0d0d0a
)

// Bounds of a block: what is larger is damage, or is not kept.
const (
	minBlock   = 12
	maxBlock   = maxPacket + 1<<20 // a packet with its options
	maxSecrets = 64 << 20
)

// A pcapngFile is the newer format. It is read here and not with gopacket, which keeps
// the secrets blocks to itself and does not hold the lengths inside a block against
// the block's, so that it reads on into the next.
type pcapngFile struct {
	file    *bufio.Reader
	secrets func(SecretsBlock)
	order   binary.ByteOrder // of the section

	interfaces []captureInterface // of the section
	body       []byte             // of the block; used again

	frame  int
	offset int64 // of the block
	length int64 // of the block

	sections, marked int // how many there were, and how many say that they are sanitized
}

func openPcapng(file *bufio.Reader, o Options) (*pcapngFile, error) {
	f := &pcapngFile{file: file, secrets: o.Secrets, order: binary.LittleEndian}
	return f, nil
}

func (f *pcapngFile) format() string { return "pcapng" }

func (f *pcapngFile) sanitized() bool { return f.sections > 0 && f.marked == f.sections }

// next reads blocks until one is a packet.
func (f *pcapngFile) next() (Packet, error) {
	for {
		kind, err := f.readBlock()
		if err != nil {
			return Packet{}, err
		}
		p, found, err := f.take(kind)
		if err != nil || found {
			return p, err
		}
	}
}

// take does what a block asks for.
func (f *pcapngFile) take(kind uint32) (p Packet, found bool, err error) {
	switch kind {
	case blockSection:
		return Packet{}, false, f.takeSection()
	case blockInterface:
		return Packet{}, false, f.takeInterface()
	case blockSecrets:
		return Packet{}, false, f.takeSecrets()
	case blockEnhancedPacket:
		p, err = f.takeEnhanced()
	case blockPacket:
		p, err = f.takeObsolete()
	case blockSimplePacket:
		p, err = f.takeSimple()
	default:
		if countsAsFrame(kind) {
			f.frame++
		}
		return Packet{}, false, nil
	}
	if err != nil {
		return Packet{}, false, err
	}
	f.frame++
	p.Frame = f.frame
	return p, true, nil
}

// readBlock reads a block's body and checks its frame. The body of a block that
// nobody here reads is passed over.
func (f *pcapngFile) readBlock() (kind uint32, err error) {
	f.offset += f.length
	f.length = 0
	var head [8]byte
	if n, err := io.ReadFull(f.file, head[:]); err != nil {
		if errors.Is(err, io.EOF) && n == 0 {
			return 0, io.EOF
		}
		return 0, f.broken(err)
	}
	if kind = f.order.Uint32(head[:]); kind == blockSection { // the same in both orders
		if err := f.readOrder(); err != nil {
			return 0, err
		}
	}
	length := f.order.Uint32(head[4:])
	if length < minBlock || length%4 != 0 {
		return 0, f.damage("a block of impossible length")
	}
	f.length = int64(length)
	return kind, f.readBody(kind, int(length-minBlock), length)
}

// readOrder looks at the byte-order magic, which comes first in a section header.
func (f *pcapngFile) readOrder() error {
	magic, err := f.file.Peek(4)
	if err != nil {
		return f.broken(err)
	}
	switch binary.BigEndian.Uint32(magic) {
	case 0x1a2b3c4d:
		f.order = binary.BigEndian
	case 0x4d3c2b1a:
		f.order = binary.LittleEndian
	default:
		return f.damage("a section header without byte-order magic")
	}
	return nil
}

// readBody reads or skips what is between a block's head and its end.
func (f *pcapngFile) readBody(kind uint32, n int, length uint32) error {
	f.body = f.body[:0]
	limit := 0
	switch kind {
	case blockSection, blockInterface, blockEnhancedPacket, blockPacket, blockSimplePacket:
		limit = maxBlock
	case blockSecrets:
		limit = maxSecrets
	}
	var err error
	switch {
	case limit == 0:
		_, err = f.file.Discard(n)
	case n > limit:
		return f.damage(fmt.Sprintf("a block of %d bytes, more than such a block can have", n))
	default:
		err = f.fill(n)
	}
	var tail [4]byte
	if err == nil {
		_, err = io.ReadFull(f.file, tail[:])
	}
	if err != nil {
		return f.broken(err)
	}
	if f.order.Uint32(tail[:]) != length {
		return f.damage("a block whose two lengths differ")
	}
	return nil
}

// fill reads n bytes of body. Memory grows with what is there, not with what is announced.
func (f *pcapngFile) fill(n int) error {
	for len(f.body) < n {
		step := min(n-len(f.body), maxBlock)
		start := len(f.body)
		if cap(f.body) < start+step {
			f.body = append(make([]byte, 0, start+step), f.body...)
		}
		f.body = f.body[:start+step]
		if _, err := io.ReadFull(f.file, f.body[start:]); err != nil {
			return err
		}
	}
	return nil
}

func (f *pcapngFile) takeSecrets() error {
	if len(f.body) < 8 {
		return f.damage("a decryption secrets block without its head")
	}
	n := f.order.Uint32(f.body[4:])
	if uint64(n) > uint64(len(f.body)-8) {
		return f.damage("a decryption secrets block whose secrets are longer than itself")
	}
	if f.secrets != nil {
		f.secrets(SecretsBlock{Type: f.order.Uint32(f.body), Data: f.body[8 : 8+n]})
	}
	if cap(f.body) > maxBlock {
		f.body = nil // such a block is rare, and its memory is not needed for packets
	}
	return nil
}

// countsAsFrame says whether Wireshark numbers a block that is no packet. That was
// observed with Wireshark 4.0.
func countsAsFrame(kind uint32) bool {
	switch kind {
	case blockJournal, blockSysdig, blockSysdig2, blockSysdigLarge, blockCustom, blockCustomPrivate:
		return true
	}
	return false
}

func (f *pcapngFile) damage(what string) error {
	return &DamageError{Frame: f.frame, Offset: f.offset, What: what}
}

func (f *pcapngFile) broken(err error) error {
	return readFault(err, f.frame, f.offset, "a block")
}

// Sanitized is the comment, or the name of the application, in the section header of a
// file that was made fit for strangers.
const Sanitized = "parley: sanitized"

func (f *pcapngFile) takeSection() error {
	const head = 16 // magic, version, section length
	if len(f.body) < head {
		return f.damage("a section header that is too short")
	}
	if major := f.order.Uint16(f.body[4:]); major != 1 {
		return f.damage(fmt.Sprintf("a section of pcapng version %d, which is unknown", major))
	}
	f.interfaces = f.interfaces[:0]
	f.sections++
	for code, value := range f.options(f.body[head:]) {
		if (code == optionComment || code == optionApplication) && bytes.Contains(value, []byte(Sanitized)) {
			f.marked++
			break
		}
	}
	return nil
}
