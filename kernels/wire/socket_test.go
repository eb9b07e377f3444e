package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

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
