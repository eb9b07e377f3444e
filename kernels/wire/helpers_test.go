package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

// noLeaks fails the test if goroutines are left at its end.
func noLeaks(t *testing.T) {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for range 1000 { // a goroutine that has finished its work takes a moment to vanish
			if runtime.NumGoroutine() <= before {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		stacks := make([]byte, 1<<20)
		t.Errorf("%d goroutines before, %d after:\n%s", before, runtime.NumGoroutine(), stacks[:runtime.Stack(stacks, true)])
	})
}

func listen(t testing.TB, kind Kind) (*Socket, string) {
	t.Helper()
	s, err := Listen(kind, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s, s.listener.Addr().String()
}

func connect(t testing.TB, kind Kind, address, identity string) *Socket {
	t.Helper()
	s, err := Dial(kind, "tcp", address, identity)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func send(t testing.TB, s *Socket, frames ...string) {
	t.Helper()
	var m [][]byte
	for _, f := range frames {
		m = append(m, []byte(f))
	}
	if err := s.Send(m); err != nil {
		t.Fatal(err)
	}
}

// want receives one message and compares it.
func want(t testing.TB, s *Socket, frames ...string) {
	t.Helper()
	m, err := s.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprintf("%.60q", m), fmt.Sprintf("%.60q", frames); got != want {
		t.Fatalf("received %s, want %s", got, want)
	}
}

// byHand is a peer of which each byte is written in the test.
type byHand struct {
	*peer
	t *testing.T
}

// shake connects and shakes hands as a socket of the given type.
func shake(t *testing.T, address, socketType, identity string) byHand {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	h := byHand{newPeer(conn), t}
	properties := appendProperty(appendProperty(nil, "Socket-Type", socketType), "Identity", identity)
	h.say(string(slices.Concat(greeting, encodeCommand("READY", properties))))
	theirs := make([]byte, len(greeting))
	if _, err := io.ReadFull(h.in, theirs); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(theirs, greeting) {
		t.Fatalf("greeted with %q", theirs)
	}
	if flags, body, err := readFrame(h.in, maxCommand); err != nil || flags != flagCommand || !bytes.HasPrefix(body, []byte("\x05READY\x0bSocket-Type")) {
		t.Fatalf("%d %q, %v", flags, body, err)
	}
	return h
}

func (h byHand) say(text string) {
	h.t.Helper()
	if _, err := h.conn.Write([]byte(text)); err != nil {
		h.t.Fatal(err)
	}
}

// hear reads exactly these bytes.
func (h byHand) hear(text string) {
	h.t.Helper()
	got := make([]byte, len(text))
	if _, err := io.ReadFull(h.in, got); err != nil || string(got) != text {
		h.t.Fatalf("%q, %v, want %q", got, err, text)
	}
}

// closed waits for the other side to hang up.
func (h byHand) closed() {
	h.t.Helper()
	_ = h.conn.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := io.Copy(io.Discard, h.in); errors.Is(err, os.ErrDeadlineExceeded) {
		h.t.Fatal("the connection stays open")
	}
}

// known waits until a socket has n peers, of which a Pub's have subscribed.
func known(t testing.TB, s *Socket, n int) {
	t.Helper()
	got := 0
	for range 10_000 {
		got = 0
		s.mu.Lock()
		for p, ready := range s.peers {
			p.mu.Lock()
			if ready && (s.kind != Pub || len(p.topics) > 0) {
				got++
			}
			p.mu.Unlock()
		}
		s.mu.Unlock()
		if got == n {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("%d peers, want %d", got, n)
}
