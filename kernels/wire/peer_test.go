package wire

import (
	"errors"
	"net"
	"strings"
	"testing"
)

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

// Who comes new to a topic is welcomed, once for each topic, before anything that is published later.
func TestWelcome(t *testing.T) {
	pub, address := listen(t, Pub)
	pub.Welcome(func(topic string) [][]byte { return [][]byte{[]byte(topic), []byte("welcome")} })
	h := shake(t, address, "SUB", "")
	h.say("\x00\x04\x01str") // as a message
	h.hear("\x01\x03str\x00\x07welcome")
	h.say("\x04\x0d\x09SUBSCRIBEstr") // a second time, as a command
	h.say("\x04\x0d\x09SUBSCRIBEsta")
	h.hear("\x01\x03sta\x00\x07welcome")
	h.say("\x04\x0a\x06CANCELsta")
	h.say("\x04\x0d\x09SUBSCRIBEsta")
	h.hear("\x01\x03sta\x00\x07welcome")
	all := connect(t, Sub, address, "")
	want(t, all, "", "welcome")
	send(t, pub, "stream", "text")
	want(t, all, "stream", "text")
	h.hear("\x01\x06stream\x00\x04text")
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
