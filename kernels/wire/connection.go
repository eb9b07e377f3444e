// Package wire speaks Jupyter's wire protocol: connection files, signed messages, and the ZeroMQ sockets that carry them.
//
// The sockets are ZMTP 3.1 with the NULL mechanism, which is all that Jupyter uses. Each connection has a reader, a writer and a bounded backlog of its own, so that a peer
// that is slow, hung or gone never holds up the others: https://rfc.zeromq.org/spec/37/ and https://jupyter-client.readthedocs.io/en/stable/messaging.html.
package wire

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
)

// Connection is Jupyter's connection file.
type Connection struct {
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

func (c *Connection) ports() []*int {
	return []*int{&c.Shell, &c.Control, &c.Stdin, &c.IOPub, &c.Heartbeat}
}

// Address is where the socket of a port lies, for package net.
func (c *Connection) Address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", fmt.Sprintf("%s-%d", c.IP, port)
	}
	if c.IP == "*" { // ZeroMQ's word for every address
		return "tcp", net.JoinHostPort("", strconv.Itoa(port))
	}
	return "tcp", net.JoinHostPort(c.IP, strconv.Itoa(port))
}

// ReadConnection reads a connection file.
func ReadConnection(file string) (*Connection, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("wire: reading the connection file: %w: Jupyter writes it and names it when it starts a kernel", err)
	}
	return ParseConnection(file, text)
}

// ParseConnection reads the text of a connection file; the file's name is for the error.
func ParseConnection(file string, text []byte) (*Connection, error) {
	var c Connection
	bad := func(why string) (*Connection, error) {
		return nil, fmt.Errorf("wire: reading the connection file %s: %s: it is not one that Jupyter wrote whole; restart the kernel", file, why)
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
		if *port < 1 || *port > 65535 || seen[*port] {
			return bad(fmt.Sprintf("port %d is not a port or is named twice", *port))
		}
		seen[*port] = true
	}
	return &c, nil
}

// NewConnection picks five free ports of this machine and a fresh key, and writes their connection file into dir, for nobody else to read.
func NewConnection(dir string) (c *Connection, file string, err error) {
	c = &Connection{Transport: "tcp", IP: "127.0.0.1", Key: NewID(), Scheme: "hmac-sha256"}
	for _, port := range c.ports() {
		l, err := net.Listen("tcp", net.JoinHostPort(c.IP, "0"))
		if err != nil {
			return nil, "", fmt.Errorf("wire: looking for a free port: %w: close programs that listen on many ports", err)
		}
		defer l.Close() // held until all five are known, so that they differ
		*port = l.Addr().(*net.TCPAddr).Port
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return nil, "", fmt.Errorf("wire: writing a connection file: %w", err)
	}
	file = filepath.Join(dir, "kernel-"+NewID()+".json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, "", fmt.Errorf("wire: writing a connection file: %w: name a folder that can be written", err)
	}
	return c, file, nil
}
