package wire

import (
	"encoding/json"
	"sync"
	"sync/atomic"
)

// Channel is one of those that a client asks on.
type Channel int

// The channels that a Client sends on.
const (
	Shell Channel = iota
	Control
	Stdin
	channels int = iota
)

// Client is a Jupyter client for one kernel, for tests and measurements. Its methods may be called concurrently.
type Client struct {
	Session string // in the header of all that it sends, and the identity of its sockets

	key     string
	sockets [channels]*Socket
	iopub   *Socket
	gone    [channels + 1]chan struct{} // closed when nothing more comes on a channel; the last is iopub's
	done    chan struct{}
	close   sync.Once
	work    sync.WaitGroup
	ready   atomic.Bool

	mu      sync.Mutex
	pending map[string]*request // by msg_id
	taps    []chan *Message     // what IOPub returned is fed by these
	ended   bool                // nothing more is published
}

// request is what a client waits for.
type request struct {
	channel Channel
	reply   chan *Message // has room for it
	input   func(prompt string, password bool) (string, error)

	outputs []*Message
	idle    chan struct{} // closed at the status that ends the outputs; nil if they are not collected
}

// NewClient connects to a kernel, and waits for up to a minute for it to listen.
func NewClient(c *Connection) (*Client, error) {
	client := &Client{Session: NewID(), key: c.Key, done: make(chan struct{}), pending: map[string]*request{}}
	for i := range client.gone {
		client.gone[i] = make(chan struct{})
	}
	open := func(kind Kind, port int) (*Socket, error) {
		network, address := c.Address(port)
		identity := ""
		if kind == Dealer {
			identity = client.Session
		}
		return Dial(kind, network, address, identity)
	}
	var err error
	if client.iopub, err = open(Sub, c.IOPub); err != nil {
		return nil, err
	}
	for channel, port := range []int{Shell: c.Shell, Control: c.Control, Stdin: c.Stdin} {
		if client.sockets[channel], err = open(Dealer, port); err != nil {
			client.closeSockets()
			return nil, err
		}
	}
	for channel, socket := range client.sockets {
		client.work.Go(func() {
			defer close(client.gone[channel])
			client.receive(socket, client.answered)
		})
	}
	client.work.Go(func() {
		defer client.endTaps()
		defer close(client.gone[channels])
		client.receive(client.iopub, client.published)
	})
	return client, nil
}

// receive hands on what comes from the kernel, as long as it is well-formed.
func (c *Client) receive(socket *Socket, handle func(*Message)) {
	for {
		frames, err := socket.Recv()
		if err != nil {
			return
		}
		m, err := Decode(frames, c.key)
		if err != nil {
			return // a kernel that breaks the protocol is as good as gone
		}
		handle(m)
	}
}

// answered gives a reply to who waits for it, and a question to the cell that asks.
func (c *Client) answered(m *Message) {
	c.mu.Lock()
	r := c.pending[m.ParentID()]
	c.mu.Unlock()
	if r == nil {
		return
	}
	if m.Header.Type == "input_request" {
		if r.input != nil {
			go c.input(m, r.input) // nobody waits for people
		}
		return
	}
	select {
	case r.reply <- m:
	default: // a second reply
	}
}

// input answers a question on stdin, unless the callback fails.
func (c *Client) input(question *Message, ask func(prompt string, password bool) (string, error)) {
	var content struct {
		Prompt   string
		Password bool
	}
	_ = json.Unmarshal(question.Content, &content)
	value, err := ask(content.Prompt, content.Password)
	if err != nil {
		return
	}
	if answer, err := New("input_reply", c.Session, question, map[string]string{"value": value}); err == nil {
		_ = c.SendMessage(Stdin, answer)
	}
}

// published gives a message of iopub to the cell it belongs to and to all who listen.
func (c *Client) published(m *Message) {
	c.mu.Lock()
	if r := c.pending[m.ParentID()]; r != nil && r.idle != nil {
		switch m.Header.Type {
		case "status":
			var status struct {
				State string `json:"execution_state"`
			}
			if json.Unmarshal(m.Content, &status) == nil && status.State == "idle" {
				close(r.idle)
				r.idle = nil
			}
		case "execute_input":
		default:
			r.outputs = append(r.outputs, m)
		}
	}
	taps := c.taps
	c.mu.Unlock()
	for _, tap := range taps {
		select {
		case tap <- m:
		case <-c.done:
		}
	}
}

// IOPub is a new channel that gets every message published from now on, and is closed at the end. What its reader is slow to take is kept.
func (c *Client) IOPub() <-chan *Message {
	in, out := make(chan *Message), make(chan *Message)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		close(out)
		return out
	}
	c.taps = append(c.taps, in)
	c.work.Go(func() { c.keep(in, out) })
	return out
}

// keep passes messages on and keeps those that cannot be passed on yet.
func (c *Client) keep(in <-chan *Message, out chan<- *Message) {
	defer close(out)
	var kept []*Message
	for in != nil || len(kept) > 0 {
		var next *Message
		var to chan<- *Message
		if len(kept) > 0 {
			next, to = kept[0], out
		}
		select {
		case m, more := <-in:
			if more {
				kept = append(kept, m)
			} else {
				in = nil
			}
		case to <- next:
			kept = kept[1:]
		case <-c.done:
			return
		}
	}
}

func (c *Client) endTaps() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	for _, tap := range c.taps {
		close(tap)
	}
}

// Close ends the connections. The kernel goes on.
func (c *Client) Close() error {
	c.close.Do(func() { close(c.done) })
	c.closeSockets()
	c.work.Wait()
	return nil
}

func (c *Client) closeSockets() {
	for _, s := range append(c.sockets[:], c.iopub) {
		if s != nil {
			_ = s.Close()
		}
	}
}
