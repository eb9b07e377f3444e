package wire

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
)

// echo is a kernel that publishes and returns what it is given.
type echo struct {
	t                     *testing.T
	c                     *Connection
	shell, control, stdin *Socket
	iopub                 *Socket
	work                  sync.WaitGroup
}

// startEcho runs one until it is told to shut down or the test ends.
func startEcho(t *testing.T) (*echo, *Connection) {
	t.Helper()
	c, _, err := NewConnection(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	k := &echo{t: t, c: c}
	for _, s := range []struct {
		socket **Socket
		kind   Kind
		port   int
	}{{&k.shell, Router, c.Shell}, {&k.control, Router, c.Control}, {&k.stdin, Router, c.Stdin}, {&k.iopub, Pub, c.IOPub}} {
		network, address := c.Address(s.port)
		if *s.socket, err = Listen(s.kind, network, address); err != nil {
			t.Fatal(err)
		}
	}
	k.work.Go(func() { k.serve(k.shell) })
	k.work.Go(func() { k.serve(k.control) })
	t.Cleanup(func() {
		k.close()
		k.work.Wait()
	})
	return k, c
}

func (k *echo) close() {
	for _, s := range []*Socket{k.shell, k.control, k.stdin, k.iopub} {
		s.Close()
	}
}

func (k *echo) serve(s *Socket) {
	for {
		frames, err := s.Recv()
		if err != nil {
			return
		}
		request, err := Decode(frames, k.c.Key)
		if err != nil {
			continue
		}
		var content struct {
			Code       string
			AllowStdin bool `json:"allow_stdin"`
		}
		_ = json.Unmarshal(request.Content, &content)
		k.say(k.iopub, request, "status", map[string]string{"execution_state": "busy"})
		switch {
		case content.Code == "hang":
			continue
		case content.AllowStdin:
			k.say(k.stdin, request, "input_request", map[string]any{"prompt": content.Code, "password": true})
			frames, err := k.stdin.Recv()
			if err != nil {
				return
			}
			answer, err := Decode(frames, k.c.Key)
			if err != nil {
				k.t.Error(err)
				return
			}
			k.say(k.iopub, request, "stream", answer.Content)
		case request.Header.Type == "execute_request":
			k.say(k.iopub, request, "execute_input", map[string]string{"code": content.Code})
			k.say(k.iopub, nil, "stream", map[string]string{"text": "somebody else's"})
			k.say(k.iopub, request, "stream", request.Content)
			k.say(k.iopub, request, "display_data", request.Metadata)
		}
		kind := strings.Replace(request.Header.Type, "_request", "_reply", 1)
		if content.Code == "late" { // the reply comes after the last output, or before it
			k.say(s, request, kind, map[string]string{"status": "ok"})
			k.say(k.iopub, request, "status", map[string]string{"execution_state": "idle"})
			continue
		}
		k.say(k.iopub, request, "status", map[string]string{"execution_state": "idle"})
		k.say(s, request, kind, map[string]string{"status": "ok"})
		if request.Header.Type == "shutdown_request" {
			k.work.Go(k.close)
			return
		}
	}
}

func (k *echo) say(s *Socket, parent *Message, kind string, content any) {
	m, err := New(kind, "echo", parent, content)
	if err != nil {
		k.t.Error(err)
		return
	}
	if s == k.iopub {
		m.Identities = [][]byte{[]byte(kind)}
	}
	frames, err := m.Frames(k.c.Key)
	if err != nil {
		k.t.Error(err)
		return
	}
	_ = s.Send(frames) // the client may have left
}
