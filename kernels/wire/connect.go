package wire

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"syscall"
	"time"
)

// Listen opens a Router, Pub or Rep at an address of package net. Peers may come, go and come back, even before they are known to have gone: of several with the same identity, all are
// heard, and the one is answered that came or spoke last.
func Listen(kind Kind, network, address string) (*Socket, error) {
	if kind != Router && kind != Pub && kind != Rep {
		return nil, fmt.Errorf("wire: listening at %s: %s: only Router, Pub and Rep listen", address, kind)
	}
	if network == "unix" {
		removeStale(address)
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, fmt.Errorf("wire: listening for peers: %w: if another process has the address, restart the kernel to get a new one", err)
	}
	s := newSocket(kind, "")
	s.listener = l
	s.work.Go(s.accept)
	return s, nil
}

// removeStale removes the file of a socket that a killed process left, which would be in the way for ever.
func removeStale(file string) {
	c, err := net.Dial("unix", file)
	if err == nil {
		c.Close()
	} else if errors.Is(err, syscall.ECONNREFUSED) {
		_ = os.Remove(file)
	}
}

// Dial connects a Dealer, which may have an identity, or a Sub, which subscribes to everything. It waits for the listener for up to a minute, and returns once the other side knows of it,
// so that nothing sent to it from then on is lost (a peer older than ZMTP 3.1 cannot tell). It does not connect again when the peer goes: Recv then says so.
func Dial(kind Kind, network, address, identity string) (*Socket, error) {
	return dial(kind, network, address, identity, patience)
}

func dial(kind Kind, network, address, identity string, patience time.Duration) (*Socket, error) {
	bad := func(err error, remedy string) (*Socket, error) {
		return nil, fmt.Errorf("wire: connecting to %s: %w: %s", address, err, remedy)
	}
	if kind != Dealer && kind != Sub || len(identity) > 255 {
		return bad(fmt.Errorf("%s with an identity of %d bytes", kind, len(identity)), "only Dealer and Sub dial, with at most 255")
	}
	until := time.Now().Add(patience)
	conn, err := net.DialTimeout(network, address, patience)
	for wait := time.Millisecond; err != nil; wait = min(2*wait, 50*time.Millisecond) {
		absent := errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.EAGAIN)
		if !absent || time.Now().After(until) {
			return bad(err, "nobody listens there; restart the kernel")
		}
		time.Sleep(wait)
		conn, err = net.DialTimeout(network, address, patience)
	}
	s := newSocket(kind, identity)
	p := newPeer(conn)
	s.peers[p] = false
	if err := conn.SetDeadline(until); err != nil {
		conn.Close()
		return bad(err, "restart the kernel")
	}
	known := make(chan struct{})
	p.known = known
	if err := s.introduce(p); err != nil {
		conn.Close()
		return bad(err, "what listens there is no kernel; restart it")
	}
	if kind == Sub {
		all, size := encode([][]byte{{1}})
		_ = p.send(all, size) // cannot fail while nothing waits
	}
	if p.modern {
		ping := encodeCommand("PING", []byte{0, 0})
		_ = p.send([][]byte{ping}, len(ping))
	} else {
		p.acknowledge()
	}
	s.work.Go(func() {
		s.serve(p)
		close(s.lost)
	})
	select {
	case <-known:
		return s, nil
	case <-s.lost:
		err = ErrGone
	case <-time.After(time.Until(until)):
		err = os.ErrDeadlineExceeded
	}
	s.Close()
	return bad(err, "restart the kernel")
}

func (s *Socket) accept() {
	for {
		conn, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, perhaps for a moment only
			select {
			case <-time.After(50 * time.Millisecond):
				continue
			case <-s.done:
				return
			}
		}
		p := newPeer(conn)
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.peers[p] = false
		s.work.Go(func() {
			defer s.drop(p)
			if conn.SetDeadline(time.Now().Add(handshake)) == nil && s.introduce(p) == nil {
				s.serve(p)
			}
		})
		s.mu.Unlock()
	}
}

// introduce shakes hands with a peer and makes it known.
func (s *Socket) introduce(p *peer) error {
	if err := p.greet(s.kind, s.identity); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	if s.kind == Router || s.kind == Rep {
		if p.identity == "" { // a zero byte begins those that no peer may choose
			p.identity = "\x00" + rand.Text()
		}
		s.routes[p.identity] = p
	}
	s.peers[p], p.welcome = true, s.welcome
	return p.conn.SetDeadline(time.Time{})
}

// serve reads what a peer sends until it leaves or breaks the protocol.
func (s *Socket) serve(p *peer) {
	s.work.Go(p.write)
	defer func() {
		p.end(true)
		p.conn.Close()
	}()
	for {
		message, err := p.next()
		if err != nil {
			return
		}
		switch s.kind {
		case Pub:
			if len(message) == 1 && len(message[0]) > 0 && message[0][0] <= 1 { // a subscription in the form of ZMTP 3.0
				if p.subscribe(string(message[0][1:]), 2*int(message[0][0])-1) != nil {
					return
				}
			}
			continue
		case Router, Rep:
			s.mu.Lock()
			s.routes[p.identity] = p
			s.mu.Unlock()
			message = slices.Insert(message, 0, []byte(p.identity))
		}
		select {
		case s.in <- message:
		case <-s.done:
			// Leaving bytes unread would reset the connection, and the other side could lose what was sent to it last.
			_, _ = io.Copy(io.Discard, p.in)
			return
		}
	}
}

// drop forgets a peer.
func (s *Socket) drop(p *peer) {
	p.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.peers, p)
	if s.routes[p.identity] != p {
		return
	}
	delete(s.routes, p.identity)
	for other, ready := range s.peers {
		if ready && other.identity == p.identity {
			s.routes[p.identity] = other
		}
	}
}
