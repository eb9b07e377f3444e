package wire

import (
	"bufio"
	"bytes"
	"net"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// reading is a peer that reads text.
func reading(text []byte) *peer {
	p := newPeer(nil)
	p.in = bufio.NewReader(bytes.NewReader(text))
	return p
}

func TestEncodeAndNext(t *testing.T) {
	of := func(sizes ...int) [][]byte {
		var frames [][]byte
		for i, n := range sizes {
			frames = append(frames, bytes.Repeat([]byte{byte('a' + i)}, n))
		}
		return frames
	}
	for _, frames := range [][][]byte{of(0), of(1), of(255, 256, 0), of(small, small+1, 3), of(5, chunk, chunk+1, 3*chunk), of(slices.Repeat([]int{1}, 1000)...)} {
		pieces, size := encode(frames)
		text := slices.Concat(pieces...)
		if size != len(text) {
			t.Errorf("%d frames: %d bytes, said to be %d", len(frames), len(text), size)
		}
		got, err := reading(text).next()
		if err != nil || len(got) != len(frames) {
			t.Fatalf("%d frames came back as %d, %v", len(frames), len(got), err)
		}
		for i := range got {
			if !bytes.Equal(got[i], frames[i]) {
				t.Errorf("frame %d of %d bytes came back as %d others", i, len(frames[i]), len(got[i]))
			}
		}
	}
}

func TestNextRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"HTTP":              "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"reserved flag":     "\x08\x00",
		"long command":      "\x06\x00\x00\x00\x00\x00\x01\x00\x00" + strings.Repeat("x", 1<<16),
		"command with more": "\x05\x01\x00",
		"empty command":     "\x04\x00",
		"cut command":       "\x04\x02\x05P",
		"huge":              "\x02\x00\x00\x00\x7f\x00\x00\x00\x00",
		"negative":          "\x02\xff\xff\xff\xff\xff\xff\xff\xff",
		"cut head":          "\x02\x00\x00",
		"cut":               "\x00\x05abc",
		"cut long":          "\x02\x00\x00\x00\x00\x10\x00\x00\x00abc",
		"endless":           strings.Repeat("\x01\x00", maxMessage/frameCost+1),
		"short PING":        "\x04\x05\x04PING",
		"ERROR":             "\x04\x06\x05ERROR",
	} {
		t.Run(name, func(t *testing.T) {
			if m, err := reading([]byte(text)).next(); err == nil {
				t.Errorf("taken for a message of %d frames", len(m))
			}
		})
	}
}

// Neither an absurd length nor a large one takes memory before its bytes are there.
func TestAnnouncedLengthTakesNoMemory(t *testing.T) {
	text := append([]byte("\x02\x00\x00\x00\x00\x1f\x00\x00\x00"), make([]byte, 100)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := readFrame(bufio.NewReader(bytes.NewReader(text)), maxMessage)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; err == nil || got > 3*chunk {
		t.Errorf("109 bytes take %d, %v", got, err)
	}
}

func TestProperties(t *testing.T) {
	text := appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "")
	got, err := parseProperties(text)
	if want := map[string]string{"socket-type": "DEALER", "identity": ""}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for n := 1; n < len(text); n++ {
		if _, err := parseProperties(text[:n]); err == nil && n != len(text)-len("\x08Identity\x00\x00\x00\x00") {
			t.Errorf("cut after %d bytes: no error", n)
		}
	}
}

func FuzzNext(f *testing.F) {
	f.Add([]byte("\x01\x01a\x04\x09\x04PING\x00\x01ab\x00\x02bc\x04\x0b\x09SUBSCRIBEa\x04\x08\x06CANCELa"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00\x01x"))
	f.Add([]byte("\x02\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := reading(text)
		for {
			message, err := p.next()
			if err != nil {
				return
			}
			pieces, _ := encode(message)
			again, err := reading(slices.Concat(pieces...)).next()
			if err != nil || !reflect.DeepEqual(again, message) {
				t.Fatalf("%q became %q, %v", message, again, err)
			}
		}
	})
}

// FuzzGreet shakes hands with whatever the other side says.
func FuzzGreet(f *testing.F) {
	ready := encodeCommand("READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "me"))
	f.Add(slices.Concat(greeting, ready))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p := reading(text)
		p.conn = discard{}
		if err := p.greet(Router, ""); err == nil && (len(text) <= len(greeting) || text[0] != 0xff || strings.HasPrefix(p.identity, "\x00")) {
			t.Fatalf("%q taken for a peer", text)
		}
	})
}

// discard is a connection to nowhere.
type discard struct{ net.Conn }

func (discard) Write(b []byte) (int, error) { return len(b), nil }
