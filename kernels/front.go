package kernels

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/go-zeromq/zmq4"
)

// connection is Jupyter's connection file.
type connection struct {
	Transport string `json:"transport"`
	IP        string `json:"ip"`
	Key       string `json:"key"`
	Scheme    string `json:"signature_scheme"`
	Shell     int    `json:"shell_port"`
	Control   int    `json:"control_port"`
	Stdin     int    `json:"stdin_port"`
	IOPub     int    `json:"iopub_port"`
	Heartbeat int    `json:"hb_port"`
}

func (c *connection) ports() []int {
	return []int{c.Shell, c.Control, c.Stdin, c.IOPub, c.Heartbeat}
}

// address is where the socket of a port lies, for package net.
func (c *connection) address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", fmt.Sprintf("%s-%d", c.IP, port)
	}
	if c.IP == "*" { // ZeroMQ's word for every address
		return "tcp", net.JoinHostPort("", strconv.Itoa(port))
	}
	return "tcp", net.JoinHostPort(c.IP, strconv.Itoa(port))
}

func readConnection(file string) (*connection, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("kernels: reading the connection file: %w: Jupyter writes it and names it when it starts a kernel; to open the course, run `go run . lab`", err)
	}
	return parseConnection(file, text)
}

func parseConnection(file string, text []byte) (*connection, error) {
	var c connection
	bad := func(why string) (*connection, error) {
		return nil, fmt.Errorf("kernels: reading the connection file %s: %s: it is not one that Jupyter wrote whole; restart the kernel", file, why)
	}
	if err := json.Unmarshal(text, &c); err != nil {
		return bad(err.Error())
	}
	if c.Transport != "tcp" && c.Transport != "ipc" {
		return bad(fmt.Sprintf("unknown transport %q", c.Transport))
	}
	if c.IP == "" {
		return bad("no ip")
	}
	if c.Key != "" && c.Scheme != "hmac-sha256" {
		return bad(fmt.Sprintf("unknown signature scheme %q", c.Scheme))
	}
	seen := map[int]bool{}
	for _, port := range c.ports() {
		if port < 1 || port > 65535 || seen[port] {
			return bad(fmt.Sprintf("port %d is not a port or is named twice", port))
		}
		seen[port] = true
	}
	return &c, nil
}

// front stands between Jupyter and GoNB: it listens where Jupyter looks for the kernel, while GoNB listens on private sockets behind it.
// In this first form it passes bytes on and does one thing itself: no byte of Jupyter's reaches GoNB before `go get` is off, so that a first cell never goes to
// the network. All that GoNB lacks of the protocol has its place here: read messages instead of bytes, and answer or mend them.
type front struct {
	outer, inner connection
	listeners    []net.Listener
	opened       chan struct{}
	mu           sync.Mutex
	conns        map[net.Conn]bool // nil when closed
}

// openFront listens for Jupyter at once; what connects waits until open has been called.
func openFront(outer *connection, socket string) (*front, error) {
	f := &front{outer: *outer, inner: *outer, opened: make(chan struct{}), conns: map[net.Conn]bool{}}
	f.inner.Transport, f.inner.IP = "ipc", socket
	f.inner.Shell, f.inner.Control, f.inner.Stdin, f.inner.IOPub, f.inner.Heartbeat = 1, 2, 3, 4, 5
	inner := f.inner.ports()
	for i, port := range outer.ports() {
		network, address := outer.address(port)
		l, err := net.Listen(network, address)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("kernels: listening for Jupyter: %w: another kernel has the port; restart this one", err)
		}
		f.listeners = append(f.listeners, l)
		go f.accept(l, inner[i])
	}
	return f, nil
}

// kernelID is in the name of Jupyter's connection file, and GoNB reads it from there.
var kernelID = regexp.MustCompile(`kernel-[0-9a-f-]+\.json$`)

// connectionFile writes GoNB's own connection file into dir.
func (f *front) connectionFile(dir, outer string) (string, error) {
	name := kernelID.FindString(outer)
	if name == "" {
		name = "kernel-0.json"
	}
	text, err := json.Marshal(f.inner)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, name)
	return file, os.WriteFile(file, text, 0o600)
}

// patience is how long GoNB may take to answer the first time; on a cold, busy machine it has its module to make first.
const patience = 2 * time.Minute

// open waits for GoNB, turns its `go get` off, and lets Jupyter in.
func (f *front) open() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := execute(ctx, &f.inner, "%noautoget"); err != nil {
		return fmt.Errorf("kernels: preparing GoNB: %w", err)
	}
	close(f.opened)
	return nil
}

func (f *front) accept(l net.Listener, port int) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		go f.relay(c, port)
	}
}

// relay passes bytes both ways until either end closes.
func (f *front) relay(outer net.Conn, port int) {
	if !f.keep(outer) {
		return
	}
	defer f.drop(outer)
	<-f.opened
	network, address := f.inner.address(port)
	inner, err := net.Dial(network, address)
	if err != nil || !f.keep(inner) {
		return
	}
	defer f.drop(inner)
	done := make(chan struct{}, 2)
	pass := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		done <- struct{}{}
	}
	go pass(inner, outer)
	go pass(outer, inner)
	<-done
}

func (f *front) keep(c net.Conn) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.conns == nil {
		c.Close()
		return false
	}
	f.conns[c] = true
	return true
}

func (f *front) drop(c net.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	c.Close()
	delete(f.conns, c)
}

// Close ends all connections and stops listening.
func (f *front) Close() {
	for _, l := range f.listeners {
		l.Close()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		c.Close()
	}
	f.conns = nil
}

// execute runs one cell silently in a kernel and waits for its reply.
func execute(ctx context.Context, c *connection, code string) error {
	socket := zmq4.NewDealer(ctx, zmq4.WithDialerRetry(5*time.Millisecond), zmq4.WithDialerMaxRetries(-1))
	defer socket.Close()
	network := "tcp"
	_, address := c.address(c.Shell)
	if c.Transport == "ipc" {
		network = "ipc"
	}
	if err := socket.Dial(network + "://" + address); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	request, err := message(c.Key, "execute_request", map[string]any{
		"code": code, "silent": true, "store_history": false, "user_expressions": map[string]any{}, "allow_stdin": false, "stop_on_error": true,
	})
	if err != nil {
		return err
	}
	if err := socket.Send(request); err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	reply, err := socket.Recv()
	if err != nil {
		return fmt.Errorf("waiting for the answer: %w", err)
	}
	var content struct{ Status, Evalue string }
	if err := json.Unmarshal(reply.Frames[len(reply.Frames)-1], &content); err != nil || content.Status != "ok" {
		return fmt.Errorf("%q was answered %q %s", code, content.Status, content.Evalue)
	}
	return nil
}

// message is a signed message of Jupyter's protocol.
func message(key, kind string, content any) (zmq4.Msg, error) {
	parts := make([][]byte, 4)
	for i, part := range []any{
		map[string]any{"msg_id": fmt.Sprintf("curious-%d", time.Now().UnixNano()), "session": "curious", "username": "curious", "date": time.Now().UTC().Format(time.RFC3339Nano), "msg_type": kind, "version": "5.4"},
		map[string]any{},
		map[string]any{},
		content,
	} {
		text, err := json.Marshal(part)
		if err != nil {
			return zmq4.Msg{}, err
		}
		parts[i] = text
	}
	signature := []byte{}
	if key != "" {
		mac := hmac.New(sha256.New, []byte(key))
		for _, p := range parts {
			mac.Write(p)
		}
		signature = []byte(hex.EncodeToString(mac.Sum(nil)))
	}
	return zmq4.NewMsgFrom(append([][]byte{[]byte("<IDS|MSG>"), signature}, parts...)...), nil
}
