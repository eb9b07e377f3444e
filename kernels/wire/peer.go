package wire

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

const (
	maxBacklog = 256 << 20 // bytes that may wait for a peer that does not read; then it is cut off
	maxTopics  = 1 << 20   // bytes of subscriptions of one peer
)

// peer is one connection. Its writer alone writes to it, and its reader alone reads.
type peer struct {
	conn     net.Conn
	in       *bufio.Reader
	identity string
	modern   bool                        // ZMTP 3.1 or newer: it answers a PING
	known    chan struct{}               // closed by the reader at the first sign that the other side knows this one; nil when nobody waits for it
	welcome  func(topic string) [][]byte // what a new subscription is answered with, or nil

	mu      sync.Mutex
	wake    sync.Cond // the writer's, when queue or ending change
	queue   [][]byte
	waiting int  // bytes in queue or being written
	ending  bool // what is queued is written, and no more
	topics  map[string]int
}

func newPeer(conn net.Conn) *peer {
	p := &peer{conn: conn, in: bufio.NewReaderSize(conn, 64<<10), topics: map[string]int{}}
	p.wake.L = &p.mu
	return p
}

// greet exchanges greetings and READY commands. The caller bounds its time.
func (p *peer) greet(kind Kind, identity string) error {
	if _, err := p.conn.Write(greeting); err != nil {
		return err
	}
	version, err := readGreeting(p.in)
	if err != nil {
		return err
	}
	p.modern = version > 0
	ready := appendProperty(nil, "Socket-Type", kind.String())
	if kind == Dealer {
		ready = appendProperty(ready, "Identity", identity)
	}
	if _, err := p.conn.Write(encodeCommand("READY", ready)); err != nil {
		return err
	}
	flags, body, err := readFrame(p.in, maxCommand)
	if err != nil {
		return err
	}
	name, data, err := parseCommand(body)
	switch {
	case err != nil:
		return err
	case flags&flagCommand == 0 || name != "READY":
		return fmt.Errorf("%.20q in place of READY", name)
	}
	properties, err := parseProperties(data)
	if err != nil {
		return err
	}
	if theirs := properties["socket-type"]; !kind.meets(theirs) {
		return fmt.Errorf("a %s socket cannot talk to a %s", kind, theirs)
	}
	p.identity = properties["identity"]
	if len(p.identity) > 255 || strings.HasPrefix(p.identity, "\x00") {
		return errors.New("an identity that is too long or reserved")
	}
	return nil
}

// next reads the next message, and sees to commands on the way.
func (p *peer) next() ([][]byte, error) {
	var message [][]byte
	room := maxMessage
	for {
		flags, body, err := readFrame(p.in, room-frameCost)
		if err != nil {
			return nil, err
		}
		if flags&flagCommand != 0 { // even between the frames of a message
			if err := p.obey(body); err != nil {
				return nil, err
			}
			continue
		}
		room -= len(body) + frameCost
		message = append(message, body)
		if flags&flagMore == 0 {
			p.acknowledge()
			return message, nil
		}
	}
}

// obey does what a command asks; unknown ones are left alone.
func (p *peer) obey(body []byte) error {
	name, data, err := parseCommand(body)
	if err != nil {
		return err
	}
	switch name {
	case "PING":
		if len(data) < 2 || len(data) > 2+16 { // time to live, context
			return errors.New("a malformed PING")
		}
		pong := encodeCommand("PONG", data[2:])
		p.send([][]byte{pong}, len(pong))
	case "PONG":
		p.acknowledge()
	case "SUBSCRIBE":
		return p.subscribe(string(data), 1)
	case "CANCEL":
		return p.subscribe(string(data), -1)
	case "ERROR":
		return fmt.Errorf("the other side gave up: %.100q", data)
	}
	return nil
}

func (p *peer) acknowledge() {
	if p.known != nil {
		close(p.known)
		p.known = nil
	}
}

// subscribe adds to or takes from the count of a topic, as each subscription needs a cancellation of its own, and welcomes who comes new to it.
func (p *peer) subscribe(topic string, n int) error {
	now, err := p.count(topic, n)
	if err != nil || n < 0 || now > 1 || p.welcome == nil {
		return err
	}
	message := p.welcome(topic)
	if len(message) == 0 {
		return nil
	}
	pieces, size := encode(message)
	_ = p.send(pieces, size) // one that has gone is not missed
	return nil
}

func (p *peer) count(topic string, n int) (now int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.topics[topic] += n
	if now = p.topics[topic]; now <= 0 {
		delete(p.topics, topic)
	}
	size := 0
	for topic := range p.topics {
		size += len(topic) + frameCost
	}
	if size > maxTopics {
		return 0, errors.New("too many subscriptions")
	}
	return now, nil
}

// wants tells whether the peer has subscribed to a prefix of topic.
func (p *peer) wants(topic []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for prefix := range p.topics {
		if len(prefix) <= len(topic) && string(topic[:len(prefix)]) == prefix {
			return true
		}
	}
	return false
}

// send queues the pieces of a message and never waits. It cuts off a peer for which too much waits already.
func (p *peer) send(pieces [][]byte, size int) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ending {
		return ErrGone
	}
	if p.waiting > 0 && p.waiting+size > maxBacklog { // a single message may be larger
		p.ending, p.queue = true, nil
		p.wake.Signal()
		p.conn.Close()
		return fmt.Errorf("%w: it left %d bytes unread", ErrGone, p.waiting)
	}
	p.queue = append(p.queue, pieces...)
	p.waiting += size
	p.wake.Signal()
	return nil
}

// write writes what is queued until the end, then tells the other side that nothing more comes.
func (p *peer) write() {
	for {
		batch, size := p.take()
		if len(batch) == 0 {
			if c, ok := p.conn.(interface{ CloseWrite() error }); ok {
				_ = c.CloseWrite()
			}
			return
		}
		if _, err := batch.WriteTo(p.conn); err != nil {
			p.end(true) // the reader still gets what had arrived, and then sees the end itself
			return
		}
		p.mu.Lock()
		p.waiting -= size
		p.mu.Unlock()
	}
}

// take waits for pieces to write and takes about a chunk of them; none are left once the peer is ending.
func (p *peer) take() (batch net.Buffers, size int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.ending {
		p.wake.Wait()
	}
	n := 0
	for n < len(p.queue) && size < chunk {
		size += len(p.queue[n])
		n++
	}
	batch, p.queue = net.Buffers(p.queue[:n:n]), p.queue[n:]
	if len(p.queue) == 0 {
		p.queue = nil
	}
	return batch, size
}

// end lets the writer finish, at once when what is queued is to be dropped.
func (p *peer) end(drop bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = true
	if drop {
		p.queue = nil
	}
	p.wake.Signal()
}
