package coding

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// A file is, in little-endian order,
//
//	header     as below, 111 bytes
//	CRC-32C    of the header, 4 bytes
//	head       of the stack, 8 bytes
//	tail       of the stack, Words of 4 bytes, the top of the stack last
//	CRC-32C    of head and tail, 4 bytes
//
// The CRCs find accidents before any model runs; that the pixels are right is for the SHA-256 to say.
type header struct {
	Magic         [4]byte
	Version       uint8
	Levels        uint16 // symbols of the alphabet, 2 to 256
	Images        uint32
	Height, Width uint32
	Channels      uint16
	Batch         uint16   // images that the model computed side by side; the last batch is filled up with zeros
	Words         uint32   // of the stack's tail
	Model         [32]byte // fingerprint
	Pixels        [32]byte // SHA-256 of the pixels, [N,H,W,C], a byte each
	Engine        [20]byte // where the model computed, zero-padded: for error messages only
}

const (
	version    = 1
	maxBatch   = 1 << 10
	maxSymbols = 1 << 30 // of a file: pixels of that many bytes fit into the memory of a laptop
	headerSize = 111
	constant   = headerSize + 4 + 4 + 4 // bytes that do not depend on the images: header, two CRCs, the stack's lowest value
)

// magic starts with a byte that no text has, and ends with one that ends a file printed on DOS, after the example of PNG.
var magic = [4]byte{0x89, 'C', 'P', 0x1a}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sealed appends the CRC of what it is given.
func sealed(raw []byte) []byte {
	return binary.LittleEndian.AppendUint32(raw, crc32.Checksum(raw, castagnoli))
}

// unseal cuts off the CRC and says whether it was right.
func unseal(raw []byte) ([]byte, bool) {
	n := len(raw) - 4
	return raw[:n], crc32.Checksum(raw[:n], castagnoli) == binary.LittleEndian.Uint32(raw[n:])
}

// bytes is the file of these images.
func (h header) bytes(message *Stack) []byte {
	h.Magic, h.Version, h.Words = magic, version, uint32(len(message.tail))
	head := make([]byte, 0, headerSize+4)
	head, _ = binary.Append(head, binary.LittleEndian, h) // of fixed size: it cannot fail
	body := make([]byte, 0, 8+4*len(message.tail)+4)
	body = binary.LittleEndian.AppendUint64(body, message.head)
	body, _ = binary.Append(body, binary.LittleEndian, message.tail)
	return append(sealed(head), sealed(body)...)
}

const copyAgain = "copy it again, or encode the images again"

// readHeader takes the header off r. What it claims is not trusted: see [header.check].
func readHeader(r io.Reader) (header, error) {
	var h header
	raw := make([]byte, headerSize+4)
	n, err := io.ReadFull(r, raw)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return h, errors.New("an empty file: give one that coding.Encode wrote")
	case n > 0 && !bytes.HasPrefix(raw, magic[:min(n, 4)]):
		return h, errors.New("not a file of coded images: give one that coding.Encode wrote")
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return h, fmt.Errorf("cut off: it ends within the header, after %d bytes: %s", n, copyAgain)
	case err != nil:
		return h, fmt.Errorf("reading the header: %w", err)
	case raw[4] != version:
		return h, fmt.Errorf("version %d of the format, or altered: this program reads version %d: decode it with the program that wrote it", raw[4], version)
	}
	raw, ok := unseal(raw)
	if !ok {
		return h, fmt.Errorf("altered: the header's checksum is wrong: %s", copyAgain)
	}
	_, err = binary.Decode(raw, binary.LittleEndian, &h)
	return h, err
}

// check compares the header's claims with each other and with the model's. After it, none of them asks for more memory than the model and the file account for.
func (h header) check(s shape, fingerprint [32]byte) error {
	coded := shape{int(h.Height), int(h.Width), int(h.Channels), int(h.Levels)}
	symbols := uint64(h.Images) * uint64(s.size()) // < 2^62
	switch {
	case coded != s:
		return fmt.Errorf("it holds images of %v, and the model codes %v: open the model that coded it", coded, s)
	case h.Model != fingerprint:
		return fmt.Errorf("it was coded by another model: fingerprint %x…, and this one's is %x…: open the model that coded it, with the same weights and configuration", h.Model[:6], fingerprint[:6])
	case h.Images == 0 || symbols > maxSymbols:
		return fmt.Errorf("the header claims %d images, and a file holds 1 to %d of this size: do not trust it", h.Images, maxSymbols/s.size())
	case h.Batch == 0 || uint32(h.Batch) > h.Images || h.Batch > maxBatch:
		return fmt.Errorf("the header claims batches of %d images of %d: do not trust it", h.Batch, h.Images)
	case uint64(h.Words) > symbols*Precision/32+1: // a symbol costs 24 bits at most
		return fmt.Errorf("the header claims %d words for %d symbols: do not trust it", h.Words, symbols)
	}
	return nil
}

// readMessage takes the stack off r, of which nothing may remain. Memory grows with what is really there.
func (h header) readMessage(r io.Reader) (*Stack, error) {
	size := 8 + 4*int64(h.Words) + 4
	var raw bytes.Buffer
	n, err := io.Copy(&raw, io.LimitReader(r, size+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("reading: %w", err)
	case n < size:
		return nil, fmt.Errorf("cut off: %d of %d bytes: %s", constant-8+n, constant-8+size, copyAgain)
	case n > size:
		return nil, fmt.Errorf("something follows its end, which is after %d bytes: cut it off there, or copy it again", constant-8+size)
	}
	body, ok := unseal(raw.Bytes())
	message := &Stack{head: binary.LittleEndian.Uint64(body), tail: make([]uint32, h.Words)}
	if _, err := binary.Decode(body[8:], binary.LittleEndian, message.tail); err != nil {
		return nil, err
	}
	if !ok || message.head < floor {
		return nil, fmt.Errorf("altered: its checksum is wrong: %s", copyAgain)
	}
	return message, nil
}

func checksum(pixels []uint8) [32]byte { return sha256.Sum256(pixels) }
