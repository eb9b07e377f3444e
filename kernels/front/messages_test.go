package front_test

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/curious-go/curious/kernels/wire"
)

// dealer is a socket of its own to one of the kernel's ports.
func (k *kernel) dealer(t *testing.T, port int) *wire.Socket {
	t.Helper()
	network, address := k.conn.Address(port)
	s, err := wire.Dial(wire.Dealer, network, address, wire.NewID())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// signed are the frames of a kernel_info_request, signed with a key.
func signed(t *testing.T, key string) [][]byte {
	t.Helper()
	m, err := wire.New("kernel_info_request", "s", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	frames, err := m.Frames(key)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

// A message that is malformed, not signed, signed with another key or cut is left unanswered, and sound ones after it on the same connection are answered.
func TestUnsoundMessages(t *testing.T) {
	k := shared(t)
	good := signed(t, k.conn.Key)
	change := func(at int, text string) [][]byte {
		frames := append([][]byte{}, good...)
		frames[at] = []byte(text)
		return frames
	}
	resigned := func(header, content string) [][]byte {
		frames := append([][]byte{}, good...)
		frames[2], frames[5] = []byte(header), []byte(content)
		return sign(k.conn.Key, frames)
	}
	for _, port := range []int{k.conn.Shell, k.conn.Control, k.conn.Stdin} {
		s := k.dealer(t, port)
		for name, frames := range map[string][][]byte{
			"empty":              {{}},
			"no delimiter":       good[1:],
			"cut":                good[:4],
			"only the delimiter": good[:1],
			"not signed":         change(1, ""),
			"wrong signature":    change(1, strings.Repeat("0", 64)),
			"wrong key":          signed(t, "another key"),
			"changed content":    change(5, `{"code":"panic(1)"}`),
			"binary":             {[]byte("<IDS|MSG>"), {0xff}, {0}, {1}, {2}, {3}},
			"no JSON":            resigned("{", "{}"),
			"list":               resigned("[]", "[]"),
			"no type":            resigned(`{"msg_id":"1"}`, "{}"),
			"number for a name":  resigned(`{"msg_id":1,"msg_type":2}`, "{}"),
			"deep":               resigned(`{"msg_id":"1","msg_type":"kernel_info_request","x":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`}`, "{}"),
		} {
			if err := s.Send(frames); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if port == k.conn.Stdin { // asks nothing
			continue
		}
		if err := s.Send(good); err != nil {
			t.Fatal(err)
		}
		frames, err := s.Recv()
		if err != nil {
			t.Fatal(err)
		}
		m, err := wire.Decode(frames, k.conn.Key)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := wire.Decode(good, k.conn.Key)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.Type != "kernel_info_reply" || m.ParentID() != sent.Header.ID {
			t.Errorf("the first answer on port %d is %s to %s", port, m.Header.Type, m.ParentID())
		}
	}
	if got := k.ok(t, "fmt.Println(1)"); got != "1\n" {
		t.Errorf("then %q", got)
	}
}

// sign signs frames of which parts were changed.
func sign(key string, frames [][]byte) [][]byte {
	mac := hmac.New(sha256.New, []byte(key))
	for _, part := range frames[2:6] {
		mac.Write(part)
	}
	frames[1] = hex.AppendEncode(nil, mac.Sum(nil))
	return frames
}

// Contents of other shapes than the protocol's are answered by errors and harm nobody.
func TestStrangeContents(t *testing.T) {
	k := shared(t)
	for _, kind := range []string{"complete_request", "inspect_request", "is_complete_request", "history_request", "comm_info_request", "execute_request", "interrupt_request"} {
		for _, content := range []any{object{"code": 1, "cursor_pos": "x", "n": "y", "target_name": 1}, object{"code": "fmt.", "cursor_pos": -5, "hist_access_type": "x"}, object{"code": "é", "cursor_pos": 1 << 40}, object{}} {
			var r struct{ Status string }
			if k.ask(t, wire.Shell, kind, content, &r); r.Status == "" {
				t.Errorf("%s %v has no status", kind, content)
			}
		}
	}
	if got := k.ok(t, "fmt.Println(2)"); got != "2\n" {
		t.Errorf("then %q", got)
	}
}

// A message of 64 MB is taken and answered, and so is a cell of 4 MB.
func TestLargeMessage(t *testing.T) {
	slow(t)
	k := shared(t)
	var info struct{ Status string }
	if k.ask(t, wire.Shell, "kernel_info_request", object{"padding": strings.Repeat("x", 64<<20)}, &info); info.Status != "ok" {
		t.Errorf("kernel_info says %q", info.Status)
	}
	comment := strings.Repeat("// "+strings.Repeat("x", 1020)+"\n", 4<<10)
	if got := k.ok(t, comment+"fmt.Println(\"below\")"); got != "below\n" {
		t.Errorf("a cell below 4 MB of comments: %q", got)
	}
}

// Two clients are served side by side, and each gets its own answers.
func TestTwoClients(t *testing.T) {
	k := shared(t)
	other := *k
	if err := other.connect(); err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var both sync.WaitGroup
	for name, client := range map[string]*kernel{"a": k, "b": &other} {
		both.Go(func() {
			for i := range 10 {
				want := fmt.Sprintf("%s %d\n", name, i)
				reply, outputs, err := client.Execute(within(t), "!echo "+strings.TrimSpace(want), wire.Options{})
				if err != nil {
					t.Error(err)
					return
				}
				r := resultOf(t, reply, outputs)
				if r.Status != "ok" || r.stream("stdout") != want {
					t.Errorf("%s", r)
				}
			}
		})
	}
	both.Wait()
}

// Bytes that are not ZeroMQ on any port, connections that say nothing and ones that break off are left alone.
func TestGarbageOnThePorts(t *testing.T) {
	k := shared(t)
	noise := make([]byte, 1<<16)
	_, _ = rand.Read(noise)
	greeting := append([]byte{0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1, 'N', 'U', 'L', 'L'}, make([]byte, 48)...)
	for _, port := range []int{k.conn.Shell, k.conn.Control, k.conn.Stdin, k.conn.IOPub, k.conn.Heartbeat} {
		network, address := k.conn.Address(port)
		for _, bytes := range [][]byte{nil, noise, []byte("GET / HTTP/1.1\r\n\r\n"), greeting, append(greeting[:64:64], noise...), greeting[:10], append(greeting[:64:64], 4, 0xff, 0xff)} {
			c, err := net.Dial(network, address)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = c.Write(bytes)
			if len(bytes)%2 == 0 {
				c.Close()
			} else {
				t.Cleanup(func() { c.Close() })
			}
		}
	}
	if got := k.ok(t, "fmt.Println(4)"); got != "4\n" {
		t.Errorf("then %q", got)
	}
	beat := k.dealer(t, k.conn.Heartbeat)
	if err := beat.Send([][]byte{{}, []byte("ping")}); err != nil {
		t.Fatal(err)
	}
	if frames, err := beat.Recv(); err != nil || len(frames) != 2 || string(frames[1]) != "ping" {
		t.Errorf("the heartbeat: %q, %v", frames, err)
	}
}

// Thousands of requests at once are all answered, also while a cell runs, and a client that never reads does not hold up others.
func TestFlood(t *testing.T) {
	k := shared(t)
	_, release := k.held(t)
	deaf := k.dealer(t, k.conn.Shell)
	for range 2000 {
		if err := deaf.Send(signed(t, k.conn.Key)); err != nil {
			t.Fatal(err)
		}
	}
	var sent []*wire.Message
	for range 2000 {
		m, err := k.Send(wire.Shell, "is_complete_request", object{"code": "x := 1"})
		if err != nil {
			t.Fatal(err)
		}
		sent = append(sent, m)
	}
	ctx := within(t)
	for _, m := range sent {
		if _, err := k.Reply(ctx, m); err != nil {
			t.Fatal(err)
		}
	}
	release()
}

// A second kernel on ports that are taken says so and ends.
func TestPortTaken(t *testing.T) {
	k := shared(t)
	cmd, err := settings{File: k.file}.command()
	if err != nil {
		t.Fatal(err)
	}
	if text, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(text), "restart") {
		t.Errorf("%v: %s", err, text)
	}
}
