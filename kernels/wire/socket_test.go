package wire

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
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

func TestRouterAndDealers(t *testing.T) {
	noLeaks(t)
	router, address := listen(t, Router)
	named := connect(t, Dealer, address, "me")
	nameless := connect(t, Dealer, address, "")
	other := connect(t, Dealer, address, "")
	send(t, named, "", "one", strings.Repeat("x", 300))
	want(t, router, "me", "", "one", strings.Repeat("x", 300))
	send(t, router, "me", "two", "")
	want(t, named, "two", "")
	var ids [2][]byte
	for i, s := range []*Socket{nameless, other} {
		send(t, s, "hello")
		m, err := router.Recv()
		if err != nil {
			t.Fatal(err)
		}
		ids[i] = m[0]
	}
	if bytes.Equal(ids[0], ids[1]) || ids[0][0] != 0 {
		t.Errorf("the router calls them %q", ids)
	}
	send(t, router, string(ids[1]), "you")
	want(t, other, "you")
	if err := router.Send([][]byte{[]byte("nobody"), {}}); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
}

func TestLargeMessages(t *testing.T) {
	router, address := listen(t, Router)
	dealer := connect(t, Dealer, address, "me")
	large := bytes.Repeat([]byte("0123456789"), 10<<20)
	if err := dealer.Send([][]byte{{}, large, []byte("end")}); err != nil {
		t.Fatal(err)
	}
	m, err := router.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if err := router.Send(m); err != nil {
		t.Fatal(err)
	}
	if m, err = dealer.Recv(); err != nil || len(m) != 3 || !bytes.Equal(m[1], large) || string(m[2]) != "end" {
		t.Errorf("100 MB came back as %d frames, %v", len(m), err)
	}
}

func TestBurstKeepsItsOrder(t *testing.T) {
	const n = 10_000
	router, address := listen(t, Router)
	dealer := connect(t, Dealer, address, "me")
	for i := range n {
		send(t, dealer, fmt.Sprint(i))
	}
	for i := range n {
		want(t, router, "me", fmt.Sprint(i))
		send(t, router, "me", fmt.Sprint(i), "reply")
	}
	for i := range n {
		want(t, dealer, fmt.Sprint(i), "reply")
	}
}

// A peer that reads nothing is cut off once its backlog is full; others get everything.
func TestHungPeerIsCutOffAlone(t *testing.T) {
	noLeaks(t)
	piece := make([]byte, 4<<20)
	for _, c := range []struct {
		kind    Kind
		theirs  string
		healthy Kind
		frames  func(to string) [][]byte
	}{
		{Router, "DEALER", Dealer, func(to string) [][]byte { return [][]byte{[]byte(to), piece} }},
		{Pub, "SUB", Sub, func(string) [][]byte { return [][]byte{piece} }},
	} {
		t.Run(c.kind.String(), func(t *testing.T) {
			s, address := listen(t, c.kind)
			hung := shake(t, address, c.theirs, "hung")
			healthy := connect(t, c.healthy, address, "healthy")
			if c.kind == Pub {
				hung.say("\x00\x01\x01") // subscribe to all
			}
			known(t, s, 2)
			for range maxBacklog/len(piece) + 20 {
				if c.kind == Router {
					if err := s.Send(c.frames("hung")); err != nil && !errors.Is(err, ErrGone) {
						t.Fatal(err)
					}
				}
				if err := s.Send(c.frames("healthy")); err != nil {
					t.Fatal(err)
				}
				if m, err := healthy.Recv(); err != nil || len(m[0]) != len(piece) {
					t.Fatal(len(m), err)
				}
			}
			hung.closed()
		})
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

func TestSameIdentityAgain(t *testing.T) {
	noLeaks(t)
	router, address := listen(t, Router)
	for i := range 50 {
		dealer, err := Dial(Dealer, "tcp", address, "me")
		if err != nil {
			t.Fatal(err)
		}
		send(t, dealer, fmt.Sprint(i))
		want(t, router, "me", fmt.Sprint(i))
		send(t, router, "me", "reply")
		want(t, dealer, "reply")
		dealer.Close()
	}
	// Two at once: who spoke last is answered, and when it goes the other one is.
	former, latter := connect(t, Dealer, address, "me"), connect(t, Dealer, address, "me")
	for _, s := range []*Socket{former, latter, former} {
		send(t, s, "request")
		want(t, router, "me", "request")
		send(t, router, "me", "reply")
		want(t, s, "reply")
	}
	former.Close()
	known(t, router, 1)
	send(t, router, "me", "still there")
	want(t, latter, "still there")
}

func TestSubscriptions(t *testing.T) {
	pub, address := listen(t, Pub)
	all := connect(t, Sub, address, "")
	known(t, pub, 1)
	h := shake(t, address, "SUB", "")
	// PONG tells that what was said before it has been done.
	ping := func() { h.say("\x04\x09\x04PING\x00\x09ab"); h.hear("\x04\x07\x04PONGab") }

	publish := func(topic string) { t.Helper(); send(t, pub, topic, "text"); want(t, all, topic, "text") }
	publish("stream")
	h.say("\x00\x04\x01str") // as a message
	ping()
	publish("strange")
	publish("status")
	h.hear("\x01\x07strange\x00\x04text")
	h.say("\x04\x0d\x09SUBSCRIBEstr") // twice, as a command
	h.say("\x04\x0d\x09SUBSCRIBEsta")
	h.say("\x00\x04\x00str")
	ping()
	publish("status")
	publish("stream")
	h.hear("\x01\x06status\x00\x04text\x01\x06stream\x00\x04text")
	h.say("\x04\x0a\x06CANCELstr")
	h.say("\x04\x0a\x06CANCELnot")
	h.say("\x00\x05hello")            // no subscription
	h.say("\x01\x01\x01\x00\x01\x01") // nor are these
	h.say("\x04\x09\x08WHATEVER")
	ping()
	publish("stream")
	publish("status")
	h.hear("\x01\x06status\x00\x04text")
	h.say("\x04\x0a\x09SUBSCRIBE") // all
	ping()
	publish("")
	h.hear("\x01\x00\x00\x04text")
	h.say("\x02\x00\x00\x00\x00\x00\x20\x00\x00\x01" + strings.Repeat("x", 2<<20-1)) // an absurd subscription
	h.closed()
	publish("stream")
}

// A PING may come between the frames of a message.
func TestPing(t *testing.T) {
	router, address := listen(t, Router)
	h := shake(t, address, "DEALER", "me")
	h.say("\x01\x01a\x04\x07\x04PING\x00\x01\x00\x01b")
	h.hear("\x04\x05\x04PONG")
	want(t, router, "me", "a", "b")
}

func TestRep(t *testing.T) {
	noLeaks(t)
	rep, address := listen(t, Rep)
	go func() {
		for {
			m, err := rep.Recv()
			if err != nil {
				return
			}
			_ = rep.Send(m)
		}
	}()
	req := shake(t, address, "REQ", "")
	dealer := connect(t, Dealer, address, "")
	for range 3 {
		req.say("\x01\x00\x00\x04ping")
		req.hear("\x01\x00\x00\x04ping")
		send(t, dealer, "no empty frame")
		send(t, dealer, "route", "", "a", "b")
		want(t, dealer, "route", "", "a", "b")
	}
	if err := rep.Send([][]byte{{}}); err == nil {
		t.Error("an answer to nothing")
	}
}

// What is no peer is hung up on, and those that are do not notice.
func TestGarbage(t *testing.T) {
	noLeaks(t)
	ready := func(name, value string) string {
		return string(greeting) + string(encodeCommand("READY", appendProperty(nil, name, value)))
	}
	dealer := ready("Socket-Type", "DEALER")
	router, address := listen(t, Router)
	healthy := connect(t, Dealer, address, "healthy")
	for name, text := range map[string]string{
		"HTTP":            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"old ZeroMQ":      "\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x01",
		"no signature":    "\xff" + strings.Repeat("\x00", 63),
		"mechanism":       strings.Replace(string(greeting), "NULL", "PLAI", 1),
		"no READY":        string(greeting) + "\x00\x05hello",
		"long READY":      string(greeting) + "\x06\x00\x00\x00\x00\x7f\x00\x00\x00",
		"cut READY":       string(greeting) + "\x04\x07\x05READY\x0b",
		"ERROR":           string(greeting) + "\x04\x07\x05ERROR\x00",
		"wrong type":      ready("Socket-Type", "SUB"),
		"no type":         ready("Identity", "me"),
		"reserved name":   string(greeting) + string(encodeCommand("READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", "\x00a"))),
		"long name":       string(greeting) + string(encodeCommand("READY", appendProperty(appendProperty(nil, "Socket-Type", "DEALER"), "Identity", strings.Repeat("a", 256)))),
		"absurd length":   dealer + "\x02\x7f\xff\xff\xff\xff\xff\xff\xff",
		"negative length": dealer + "\x02\xff\xff\xff\xff\xff\xff\xff\xff",
		"flags":           dealer + "\xf0",
		"bad command":     dealer + "\x04\x01\x05",
		"long PING":       dealer + "\x04\x1a\x04PING\x00\x00" + strings.Repeat("x", 19),
		"late ERROR":      dealer + "\x04\x07\x05ERROR\x00",
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			h := byHand{newPeer(conn), t}
			h.say(text)
			h.closed()
			send(t, healthy, "still here")
			want(t, router, "healthy", "still here")
			send(t, router, "healthy", "so am I")
			want(t, healthy, "so am I")
		})
	}
}

func TestCloseEndsEverything(t *testing.T) {
	noLeaks(t)
	for _, kind := range []Kind{Router, Pub, Rep} {
		s, address := listen(t, kind)
		silent, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		theirs := map[Kind]string{Router: "DEALER", Pub: "SUB", Rep: "REQ"}[kind]
		hung := shake(t, address, theirs, "hung")
		hung.say("\x01\x00\x00\x01x") // nobody receives it
		received := make(chan error)
		go func() {
			for {
				if _, err := s.Recv(); err != nil {
					received <- err
					return
				}
			}
		}()
		s.Close()
		if err := <-received; !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := s.Send([][]byte{{}, {}}); !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		hung.closed()
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			t.Errorf("a %s that was closed still listens", kind)
		}
	}
}

// The last words of a socket arrive, though bytes of the other side were left unread.
func TestCloseSendsWhatWaits(t *testing.T) {
	router, address := listen(t, Router)
	dealer := connect(t, Dealer, address, "me")
	send(t, dealer, "shutdown")
	want(t, router, "me", "shutdown")
	for range 100 {
		send(t, dealer, strings.Repeat("unread", 1000))
	}
	last := make([]byte, 8<<20)
	if err := router.Send([][]byte{[]byte("me"), last}); err != nil {
		t.Fatal(err)
	}
	router.Close()
	if m, err := dealer.Recv(); err != nil || len(m[0]) != len(last) {
		t.Fatal(len(m), err)
	}
	if _, err := dealer.Recv(); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
	for range 1000 { // the first message after may still be taken
		if err := dealer.Send([][]byte{{}}); errors.Is(err, ErrGone) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Error("messages to a peer that has gone are taken")
}

func TestDialWaitsForTheListener(t *testing.T) {
	noLeaks(t)
	file := filepath.Join(t.TempDir(), "s")
	dialed := make(chan *Socket)
	go func() {
		s, err := Dial(Dealer, "unix", file, "me")
		if err != nil {
			t.Error(err)
		}
		dialed <- s
	}()
	time.Sleep(30 * time.Millisecond)
	router, err := Listen(Router, "unix", file)
	if err != nil {
		t.Fatal(err)
	}
	dealer := <-dialed
	send(t, dealer, "hello")
	want(t, router, "me", "hello")
	dealer.Close()
	router.Close()
	_, err = dial(Dealer, "unix", file, "", 20*time.Millisecond)
	wantWords(t, err, "connecting to "+file, "restart")
	_, err = dial(Dealer, "tcp", "127.0.0.1:no-such-port", "", time.Minute)
	wantWords(t, err, "connecting", "no-such-port")
	_, err = Dial(Router, "unix", file, "")
	wantWords(t, err, "connecting", "only Dealer and Sub")
	_, err = Listen(Sub, "unix", file)
	wantWords(t, err, "listening", "only Router, Pub and Rep")
}

func TestDialIsTurnedAway(t *testing.T) {
	noLeaks(t)
	_, address := listen(t, Pub)
	_, err := Dial(Dealer, "tcp", address, "")
	wantWords(t, err, "connecting to "+address, "PUB")
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = dial(Sub, "tcp", l.Addr().String(), "", 20*time.Millisecond)
	wantWords(t, err, "connecting", "timeout")
	go func() { // shakes hands and says nothing more
		if conn, err := l.Accept(); err == nil {
			defer conn.Close()
			_, _ = conn.Write(slices.Concat(greeting, encodeCommand("READY", appendProperty(nil, "Socket-Type", "PUB"))))
			_, _ = io.Copy(io.Discard, conn)
		}
	}()
	_, err = dial(Sub, "tcp", l.Addr().String(), "", 200*time.Millisecond)
	wantWords(t, err, "connecting", "timeout")
}

func TestListenWhereSomethingIs(t *testing.T) {
	_, address := listen(t, Router)
	_, err := Listen(Pub, "tcp", address)
	wantWords(t, err, "listening", "in use", "restart the kernel")

	file := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: file, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(Pub, "unix", file); err == nil {
		t.Error("two listen at one file")
	}
	l.SetUnlinkOnClose(false) // as when the process is killed
	l.Close()
	s, err := Listen(Pub, "unix", file)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

func TestOneWaySockets(t *testing.T) {
	pub, address := listen(t, Pub)
	sub := connect(t, Sub, address, "")
	if err := sub.Send([][]byte{{}}); err == nil {
		t.Error("a Sub sends")
	}
	if err := pub.Send(nil); err == nil {
		t.Error("a message without frames is sent")
	}
	router, _ := listen(t, Router)
	for _, frames := range [][][]byte{nil, {[]byte("me")}} {
		if err := router.Send(frames); err == nil || errors.Is(err, ErrGone) {
			t.Errorf("%q: %v", frames, err)
		}
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	router, address := listen(b, Router)
	dealer := connect(b, Dealer, address, "me")
	go func() {
		for {
			m, err := router.Recv()
			if err != nil || router.Send(m) != nil {
				return
			}
		}
	}()
	message := [][]byte{[]byte("a small message")}
	for b.Loop() {
		if err := dealer.Send(message); err != nil {
			b.Fatal(err)
		}
		if _, err := dealer.Recv(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkThroughput(b *testing.B) {
	for _, size := range []int{200, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			pub, address := listen(b, Pub)
			sub := connect(b, Sub, address, "")
			known(b, pub, 1)
			message := [][]byte{[]byte("topic"), make([]byte, size)}
			b.SetBytes(int64(size))
			sent := 0
			for b.Loop() {
				if err := pub.Send(message); err != nil {
					b.Fatal(err)
				}
				if sent++; sent > 100 { // as many are on their way
					if _, err := sub.Recv(); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
