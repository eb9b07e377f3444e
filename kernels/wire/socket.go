package wire

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Kind is what a socket does with messages.
type Kind int

// The kinds that Jupyter's channels need.
const (
	Router Kind = iota // receives from all peers and answers the one it names
	Pub                // sends to all peers that subscribed to the message's first frame, or to its beginning
	Rep                // answers each message before it receives the next
	Dealer             // talks to one Router, Rep or Dealer
	Sub                // receives all that one Pub sends
)

var kinds = []struct {
	name  string
	meets []string // whom it may talk to
}{
	Router: {"ROUTER", []string{"DEALER", "REQ", "ROUTER"}},
	Pub:    {"PUB", []string{"SUB", "XSUB"}},
	Rep:    {"REP", []string{"REQ", "DEALER"}},
	Dealer: {"DEALER", []string{"ROUTER", "REP", "DEALER"}},
	Sub:    {"SUB", []string{"PUB", "XPUB"}},
}

// String is the kind's name in ZeroMQ.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kinds[k].name
}

func (k Kind) meets(other string) bool { return slices.Contains(kinds[k].meets, other) }

// ErrGone is why a message cannot reach its peer.
var ErrGone = errors.New("the peer has gone")

const (
	handshake = 10 * time.Second // for a peer to introduce itself
	linger    = time.Second      // for Close to send what waits
	patience  = time.Minute      // for Dial to find a listener
)

// Socket is a ZeroMQ socket. All its methods may be called concurrently; only a Rep must be used by one goroutine, since its Send answers its last Recv.
type Socket struct {
	kind     Kind
	identity string
	listener net.Listener // nil when dialed

	in   chan [][]byte // unbuffered: peers that wait take turns, and each holds one message at most
	done chan struct{} // closed by Close
	lost chan struct{} // closed when the peer of a dialed socket has gone and all it sent was received
	work sync.WaitGroup

	mu       sync.Mutex
	closed   bool
	peers    map[*peer]bool   // true once it has introduced itself
	routes   map[string]*peer // who came or spoke last under an identity, for Router and Rep
	envelope [][]byte         // what Rep's answer begins with
	welcome  func(topic string) [][]byte
}

func newSocket(kind Kind, identity string) *Socket {
	return &Socket{
		kind: kind, identity: identity,
		in: make(chan [][]byte), done: make(chan struct{}), lost: make(chan struct{}),
		peers: map[*peer]bool{}, routes: map[string]*peer{},
	}
}

// Welcome has a Pub answer each new subscription of a peer with a message, as an XPUB lets a program do. It holds for peers that introduce themselves from now on.
func (s *Socket) Welcome(message func(topic string) [][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.welcome = message
}

// Recv waits for a message and returns its frames; a Router's begin with the identity of the peer. It fails with net.ErrClosed after Close, and with ErrGone when the peer that was
// dialed has gone.
func (s *Socket) Recv() ([][]byte, error) {
	for {
		select {
		case <-s.done:
			return nil, fmt.Errorf("wire: receiving on a %s: %w", s.kind, net.ErrClosed)
		case <-s.lost:
			return nil, fmt.Errorf("wire: receiving on a %s: %w", s.kind, ErrGone)
		case message := <-s.in:
			if s.kind != Rep {
				return message, nil
			}
			// The envelope of a request ends with an empty frame.
			if end := slices.IndexFunc(message, func(f []byte) bool { return len(f) == 0 }); end > 0 {
				s.mu.Lock()
				s.envelope = message[: end+1 : end+1]
				s.mu.Unlock()
				return message[end+1:], nil
			}
		}
	}
}

// Send queues a message and returns at once; the frames belong to the socket from then on. A Router's begin with the identity of the peer, and it fails with ErrGone when there is none
// of that identity, which is no fault of the socket: a Pub's peers are not missed. A peer for which more than 256 MB wait is cut off.
func (s *Socket) Send(frames [][]byte) error {
	err := s.send(frames)
	if err != nil {
		return fmt.Errorf("wire: sending on a %s: %w", s.kind, err)
	}
	return nil
}

func (s *Socket) send(frames [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return net.ErrClosed
	}
	if s.kind == Rep {
		if s.envelope == nil {
			return errors.New("nothing was received that it could answer")
		}
		frames, s.envelope = slices.Concat(s.envelope, frames), nil
	}
	to := ""
	if s.kind == Router || s.kind == Rep {
		if len(frames) == 0 {
			return errors.New("a message without an identity")
		}
		to, frames = string(frames[0]), frames[1:]
	}
	if len(frames) == 0 {
		return errors.New("a message without frames")
	}
	pieces, size := encode(frames)
	switch s.kind {
	case Sub:
		return errors.New("it only receives")
	case Pub:
		for p, ready := range s.peers {
			if ready && p.wants(frames[0]) {
				_ = p.send(pieces, size) // one that has gone is not missed
			}
		}
		return nil
	case Dealer:
		for p := range s.peers {
			return p.send(pieces, size)
		}
	}
	if p := s.routes[to]; p != nil {
		return p.send(pieces, size)
	}
	return ErrGone
}

// Close sends what still waits, for up to a second, and leaves no connection and no goroutine behind.
func (s *Socket) Close() error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
		if s.listener != nil {
			s.listener.Close()
		}
		for p, ready := range s.peers {
			if ready {
				_ = p.conn.SetDeadline(time.Now().Add(linger))
				p.end(false)
			} else {
				p.conn.Close()
			}
		}
	}
	s.mu.Unlock()
	s.work.Wait()
	return nil
}
