package wire

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

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

func TestCloseEndsEverything(t *testing.T) {
	noLeaks(t)
	for kind, theirs := range map[Kind]string{Router: "DEALER", Pub: "SUB", Rep: "REQ"} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			s, address := listen(t, kind)
			silent, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer silent.Close()
			hung := shake(t, address, theirs, "hung")
			hung.say("\x01\x00\x00\x01x")
			received := make(chan error)
			go func() {
				var err error
				for err == nil {
					_, err = s.Recv()
				}
				received <- err
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
				t.Error("it still listens")
			}
		})
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
	_, err = Listen(Kind(99), "unix", file)
	wantWords(t, err, "listening", "kind 99")
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
	_, err = dial(Sub, "tcp", l.Addr().String(), "", 20*time.Millisecond)
	wantWords(t, err, "connecting", "timeout")
	var hosts sync.WaitGroup
	defer hosts.Wait()
	defer l.Close()
	hosts.Go(func() { // shakes hands and says nothing more
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			hosts.Go(func() {
				defer conn.Close()
				_, _ = conn.Write(slices.Concat(greeting, encodeCommand("READY", appendProperty(nil, "Socket-Type", "PUB"))))
				_, _ = io.Copy(io.Discard, conn)
			})
		}
	})
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
