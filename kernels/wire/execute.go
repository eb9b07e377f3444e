package wire

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Send sends a message of the given kind and content, and returns it. What is called a request gets its answer through Reply.
func (c *Client) Send(channel Channel, kind string, content any) (*Message, error) {
	m, err := New(kind, c.Session, nil, content)
	if err != nil {
		return nil, err
	}
	return m, c.SendMessage(channel, m)
}

// SendMessage sends a message that the caller made.
func (c *Client) SendMessage(channel Channel, m *Message) error {
	return c.send(channel, m, &request{})
}

func (c *Client) send(channel Channel, m *Message, r *request) error {
	if channel < 0 || int(channel) >= channels {
		return fmt.Errorf("wire: sending a %s: there is no channel %d: name Shell, Control or Stdin", m.Header.Type, channel)
	}
	frames, err := m.Frames(c.key)
	if err != nil {
		return err
	}
	if strings.HasSuffix(m.Header.Type, "_request") {
		r.channel, r.reply = channel, make(chan *Message, 1)
		c.mu.Lock()
		c.pending[m.Header.ID] = r
		c.mu.Unlock()
	}
	if err := c.sockets[channel].Send(frames); err != nil {
		c.forget(m)
		return err
	}
	return nil
}

func (c *Client) forget(m *Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, m.Header.ID)
}

// Reply waits for the answer to a request that was sent. It can be had once.
func (c *Client) Reply(ctx context.Context, m *Message) (*Message, error) {
	c.mu.Lock()
	r := c.pending[m.Header.ID]
	c.mu.Unlock()
	if r == nil {
		return nil, fmt.Errorf("wire: waiting for the reply to a %s: it was not sent, or its reply was had before", m.Header.Type)
	}
	defer c.forget(m)
	return c.wait(ctx, m, r)
}

func (c *Client) wait(ctx context.Context, m *Message, r *request) (*Message, error) {
	var err error
	select {
	case reply := <-r.reply:
		return reply, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-c.gone[r.channel]:
		select {
		case reply := <-r.reply: // it was the last thing to come
			return reply, nil
		default:
			err = ErrGone
		}
	}
	return nil, fmt.Errorf("wire: waiting for the reply to a %s: %w", m.Header.Type, err)
}

// Ask sends a request and waits for its reply.
func (c *Client) Ask(ctx context.Context, channel Channel, kind string, content any) (*Message, error) {
	m, err := c.Send(channel, kind, content)
	if err != nil {
		return nil, err
	}
	return c.Reply(ctx, m)
}

// Options say how a cell is executed; the zero value is how notebooks do it, but for input.
type Options struct {
	Silent      bool
	Unlisted    bool // not kept in the history
	GoOn        bool // an error does not stop what is queued behind
	Expressions map[string]string
	Metadata    any
	Input       func(prompt string, password bool) (string, error) // answers what the cell asks; it may not ask when nil
}

// Execute executes a cell and returns its reply and all that it published except for status and execute_input. On an error it returns what had come until then. The first time it waits
// for the kernel as Ready does.
func (c *Client) Execute(ctx context.Context, code string, o Options) (reply *Message, outputs []*Message, err error) {
	if err := c.Ready(ctx); err != nil {
		return nil, nil, err
	}
	expressions := o.Expressions
	if expressions == nil {
		expressions = map[string]string{}
	}
	m, err := New("execute_request", c.Session, nil, map[string]any{
		"code": code, "silent": o.Silent, "store_history": !o.Silent && !o.Unlisted, "user_expressions": expressions,
		"allow_stdin": o.Input != nil, "stop_on_error": !o.GoOn,
	})
	if err != nil {
		return nil, nil, err
	}
	if o.Metadata != nil {
		if m.Metadata, err = encodeJSON(o.Metadata); err != nil {
			return nil, nil, fmt.Errorf("wire: executing a cell: its metadata: %w", err)
		}
	}
	return c.collect(ctx, m, &request{input: o.Input})
}

// collect sends a request and waits for its reply and for its last output.
func (c *Client) collect(ctx context.Context, m *Message, r *request) (reply *Message, outputs []*Message, err error) {
	idle := make(chan struct{})
	r.idle = idle
	if err := c.send(Shell, m, r); err != nil {
		return nil, nil, err
	}
	if reply, err = c.wait(ctx, m, r); err == nil {
		select {
		case <-idle:
		case <-ctx.Done():
			err = ctx.Err()
		case <-c.gone[channels]:
			err = ErrGone
		}
		if err != nil {
			err = fmt.Errorf("wire: waiting for the outputs of a %s: %w", m.Header.Type, err)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.pending, m.Header.ID)
	return reply, r.outputs, err
}

// Ready waits until the kernel answers and its outputs arrive. At some kernels a subscription takes effect a moment after the connection is there, and no message tells when, so it asks
// again and again.
func (c *Client) Ready(ctx context.Context) error {
	for !c.ready.Load() {
		m, err := New("kernel_info_request", c.Session, nil, nil)
		if err != nil {
			return err
		}
		attempt, cancel := context.WithTimeout(ctx, time.Second)
		_, _, err = c.collect(attempt, m, &request{})
		cancel()
		switch {
		case err == nil:
			c.ready.Store(true)
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		}
	}
	return nil
}
