package wire

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// The flags of a frame.
const (
	flagMore    = 1 << iota // another frame of the same message follows
	flagLong                // the length has eight bytes
	flagCommand             // for the connection itself, not for who receives messages
)

const (
	maxMessage = 512 << 20 // bytes of a message that arrives; more can only be a mistake or an attack
	maxCommand = 4 << 10   // bytes of a command: a handshake, a subscription, a ping
	frameCost  = 1 << 10   // bytes that a frame counts for beside its body, since empty ones take memory too
	chunk      = 1 << 20   // bytes that are made room for, or written, at a time
	small      = 4 << 10   // frames up to this size are copied together, to be written at once
)

// greeting opens a connection: signature, version 3.1, mechanism NULL.
var greeting = slices.Concat([]byte{0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, 'N', 'U', 'L', 'L'}, make([]byte, 48))

// readGreeting reads the other side's and returns its minor version, or an error as soon as it sees that there is none.
func readGreeting(r io.Reader) (minor byte, err error) {
	theirs := make([]byte, len(greeting))
	if _, err := io.ReadFull(r, theirs[:1]); err != nil {
		return 0, err
	}
	if theirs[0] != 0xff {
		return 0, errors.New("no ZeroMQ greeting")
	}
	if _, err := io.ReadFull(r, theirs[1:11]); err != nil {
		return 0, err
	}
	if theirs[9]&1 == 0 || theirs[10] < 3 {
		return 0, errors.New("a ZeroMQ greeting older than ZMTP 3")
	}
	if _, err := io.ReadFull(r, theirs[11:]); err != nil {
		return 0, err
	}
	if mechanism := bytes.TrimRight(theirs[12:32], "\x00"); string(mechanism) != "NULL" {
		return 0, fmt.Errorf("security mechanism %q", mechanism)
	}
	return theirs[11], nil
}

// readFrame reads one frame with a body of at most limit bytes. It takes no more memory than about twice what has arrived, whatever length is announced.
func readFrame(r *bufio.Reader, limit int) (flags byte, body []byte, err error) {
	flags, err = r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || flags&flagCommand != 0 && flags&flagMore != 0 {
		return 0, nil, fmt.Errorf("unknown frame flags %#x", flags)
	}
	width := 1
	if flags&flagLong != 0 {
		width = 8
	}
	head, err := r.Peek(width)
	if err != nil {
		return 0, nil, err
	}
	var length uint64
	for _, b := range head {
		length = length<<8 | uint64(b)
	}
	_, _ = r.Discard(width) // cannot fail, as the bytes were seen
	if flags&flagCommand != 0 {
		limit = min(limit, maxCommand)
	}
	if limit < 0 || length > uint64(limit) {
		return 0, nil, fmt.Errorf("a frame of %d bytes", length)
	}
	for rest := int(length); rest > 0; {
		n := min(rest, max(chunk, len(body)))
		body = slices.Grow(body, n)[:len(body)+n]
		if _, err := io.ReadFull(r, body[len(body)-n:]); err != nil {
			return 0, nil, err
		}
		rest -= n
	}
	return flags, body, nil
}

// appendHead appends a frame's flags and length.
func appendHead(b []byte, flags byte, length int) []byte {
	if length > 255 {
		return binary.BigEndian.AppendUint64(append(b, flags|flagLong), uint64(length))
	}
	return append(b, flags, byte(length))
}

// encode is a message as bytes to write, in pieces of at most about a chunk. Large frames are not copied.
func encode(frames [][]byte) (pieces [][]byte, size int) {
	var b []byte
	for i, f := range frames {
		flags := byte(flagMore)
		if i == len(frames)-1 {
			flags = 0
		}
		b = appendHead(b, flags, len(f))
		if len(f) <= small {
			b = append(b, f...)
			continue
		}
		pieces = append(pieces, b)
		pieces = slices.AppendSeq(pieces, slices.Chunk(f, chunk))
		b = nil
	}
	if len(b) > 0 {
		pieces = append(pieces, b)
	}
	for _, p := range pieces {
		size += len(p)
	}
	return pieces, size
}

// encodeCommand is a command as one frame.
func encodeCommand(name string, data []byte) []byte {
	b := appendHead(nil, flagCommand, 1+len(name)+len(data))
	return slices.Concat(b, []byte{byte(len(name))}, []byte(name), data)
}

// parseCommand takes the body of a command apart.
func parseCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || len(body) < 1+int(body[0]) {
		return "", nil, errors.New("a cut command")
	}
	n := 1 + int(body[0])
	return string(body[1:n]), body[n:], nil
}

// appendProperty appends one property of the READY command.
func appendProperty(b []byte, name, value string) []byte {
	b = append(append(b, byte(len(name))), name...)
	return append(binary.BigEndian.AppendUint32(b, uint32(len(value))), value...)
}

// parseProperties reads those of the other side, by their names in lower case.
func parseProperties(data []byte) (map[string]string, error) {
	properties := map[string]string{}
	for len(data) > 0 {
		name, rest, err := parseCommand(data) // a property's name is written as a command's
		if err != nil || len(rest) < 4 {
			return nil, errors.New("a cut property")
		}
		length := binary.BigEndian.Uint32(rest)
		if rest = rest[4:]; uint64(length) > uint64(len(rest)) {
			return nil, errors.New("a cut property")
		}
		properties[string(bytes.ToLower([]byte(name)))] = string(rest[:length])
		data = rest[length:]
	}
	return properties, nil
}
