package kernels

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
)

const goodConnection = `{"transport":"tcp","ip":"127.0.0.1","key":"k","signature_scheme":"hmac-sha256","shell_port":1001,"control_port":1002,"stdin_port":1003,"iopub_port":1004,"hb_port":1005,"kernel_name":"x"}`

func TestParseConnection(t *testing.T) {
	if c, err := parseConnection("f", []byte(goodConnection)); err != nil || c.Shell != 1001 || c.Heartbeat != 1005 {
		t.Errorf("%+v, %v", c, err)
	}
	for name, text := range map[string]string{
		"empty":     "",
		"cut":       goodConnection[:60],
		"list":      "[]",
		"null":      "null",
		"transport": strings.Replace(goodConnection, "tcp", "udp", 1),
		"scheme":    strings.Replace(goodConnection, "sha256", "md5", 1),
		"no ip":     strings.Replace(goodConnection, "127.0.0.1", "", 1),
		"port":      strings.Replace(goodConnection, "1001", "70000", 1),
		"no port":   strings.Replace(goodConnection, `"hb_port":1005`, `"x":1`, 1),
		"twice":     strings.Replace(goodConnection, "1001", "1002", 1),
	} {
		_, err := parseConnection("f", []byte(text))
		t.Run(name, func(t *testing.T) { wantWords(t, err, "connection file", "restart the kernel") })
	}
	_, err := readConnection(filepath.Join(t.TempDir(), "none.json"))
	wantWords(t, err, "no such file", "go run . lab")
}

func FuzzParseConnection(f *testing.F) {
	f.Add([]byte(goodConnection))
	f.Add([]byte(`{"transport":"ipc","ip":"/x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := parseConnection("f", text)
		if (c == nil) == (err == nil) {
			t.Fatal("neither a connection nor an error")
		}
		if err == nil {
			for _, port := range c.ports() {
				c.address(port)
			}
		}
	})
}

// freePorts asks the system for five ports.
func freePorts(t *testing.T) connection {
	t.Helper()
	c := connection{Transport: "tcp", IP: "127.0.0.1", Key: "secret", Scheme: "hmac-sha256"}
	for _, port := range []*int{&c.Shell, &c.Control, &c.Stdin, &c.IOPub, &c.Heartbeat} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		*port = l.Addr().(*net.TCPAddr).Port
	}
	return c
}

// A cell that Jupyter sends before GoNB is up must come after %noautoget, however long GoNB takes.
func TestNothingPassesBeforeGoGetIsOff(t *testing.T) {
	dir := t.TempDir()
	outer := freePorts(t)
	f, err := openFront(&outer, filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answered := make(chan error, 1)
	go func() { answered <- execute(ctx, &outer, "first cell") }() // Jupyter, in a hurry
	time.Sleep(100 * time.Millisecond)

	got := make(chan string, 4)
	kernel := zmq4.NewRouter(ctx) // GoNB, late
	defer kernel.Close()
	_, address := f.inner.address(f.inner.Shell)
	if err := kernel.Listen("ipc://" + address); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			m, err := kernel.Recv()
			if err != nil {
				return
			}
			var content struct{ Code string }
			_ = json.Unmarshal(m.Frames[len(m.Frames)-1], &content)
			got <- content.Code
			reply, _ := message("secret", "execute_reply", map[string]any{"status": "ok"})
			_ = kernel.Send(zmq4.NewMsgFrom(append([][]byte{m.Frames[0]}, reply.Frames...)...))
		}
	}()
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	if err := <-answered; err != nil {
		t.Fatal(err)
	}
	if a, b := <-got, <-got; a != "%noautoget" || b != "first cell" {
		t.Errorf("the kernel got %q, then %q", a, b)
	}
}

func TestPortsTaken(t *testing.T) {
	outer := freePorts(t)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", outer.IOPub))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = openFront(&outer, filepath.Join(t.TempDir(), "s"))
	wantWords(t, err, "listening for Jupyter", "restart")
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", outer.Shell)); err == nil {
		c.Close()
		t.Error("a front that failed still listens")
	}
}

func TestFreePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	if port, err := freePort("127.0.0.1", taken); err != nil || port <= taken {
		t.Errorf("freePort beside %d = %d, %v", taken, port, err)
	}
	_, err = freePort("127.0.0.1", 70000)
	wantWords(t, err, "70000", "choose")
	_, err = freePort("no.such.host.invalid", 8888)
	wantWords(t, err, "--ip")
}

func TestConnectionFileKeepsTheKernelsID(t *testing.T) {
	dir := t.TempDir()
	outer := freePorts(t)
	f, err := openFront(&outer, filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := f.connectionFile(dir, "/run/kernel-0a1b-2c.json")
	if err != nil || filepath.Base(file) != "kernel-0a1b-2c.json" {
		t.Fatalf("%s, %v", file, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key in it can be read by others: %v, %v", info, err)
	}
	if c, err := readConnection(file); err != nil || c.Transport != "ipc" || c.Key != "secret" {
		t.Errorf("%+v, %v", c, err)
	}
}
