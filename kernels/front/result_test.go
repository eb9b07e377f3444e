package front_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

// slow leaves a test out of a short run.
func slow(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes long: run the tests without -short")
	}
}

// within is a context for one step of a test.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), ample)
	t.Cleanup(cancel)
	return ctx
}

// result is what became of a cell.
type result struct {
	Status    string
	Ename     string
	Evalue    string
	Traceback []string
	Count     int `json:"execution_count"`
	Payload   []struct {
		Source string
		Data   map[string]string
	}
	Expressions map[string]struct {
		Status, Ename, Evalue string
		Data                  map[string]string
	} `json:"user_expressions"`

	outputs []*wire.Message
}

// run executes a cell as a notebook does.
func (k *kernel) run(t testing.TB, code string) result {
	t.Helper()
	return k.runWith(t, code, wire.Options{})
}

func (k *kernel) runWith(t testing.TB, code string, o wire.Options) result {
	t.Helper()
	reply, outputs, err := k.Execute(within(t), code, o)
	if err != nil {
		t.Fatalf("%q: %v", code, err)
	}
	return resultOf(t, reply, outputs)
}

func resultOf(t testing.TB, reply *wire.Message, outputs []*wire.Message) result {
	t.Helper()
	r := result{outputs: outputs}
	content(t, reply, &r)
	return r
}

// ok runs a cell that must not fail, and returns what it wrote to stdout.
func (k *kernel) ok(t testing.TB, code string) string {
	t.Helper()
	r := k.run(t, code)
	if r.Status != "ok" {
		t.Fatalf("%q: %s", code, r)
	}
	return r.stream("stdout")
}

// begin sends a cell and does not wait for its end, which wait does.
func (k *kernel) begin(t testing.TB, code string) *running {
	t.Helper()
	r := &running{k: k, seen: make(chan struct{}, 1), done: make(chan struct{})}
	tap := k.IOPub()
	request, err := k.Send(wire.Shell, "execute_request", map[string]any{"code": code, "allow_stdin": true, "stop_on_error": true, "store_history": true})
	if err != nil {
		t.Fatal(err)
	}
	r.request = request
	go func() {
		defer close(r.done)
		for m := range tap {
			if m.ParentID() != request.Header.ID {
				continue
			}
			r.mu.Lock()
			r.outputs = append(r.outputs, m)
			r.mu.Unlock()
			select {
			case r.seen <- struct{}{}:
			default:
			}
			if m.Header.Type == "status" && strings.Contains(string(m.Content), "idle") {
				return
			}
		}
	}()
	return r
}

// running is a cell that was sent.
type running struct {
	k       *kernel
	request *wire.Message
	seen    chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	outputs []*wire.Message
}

// until waits until stdout holds a text.
func (r *running) until(t testing.TB, text string) {
	t.Helper()
	timeout := time.After(ample)
	for !strings.Contains(r.so().stream("stdout"), text) {
		select {
		case <-r.seen:
		case <-r.done:
			if !strings.Contains(r.so().stream("stdout"), text) {
				t.Fatalf("the cell ended without %q: %s", text, r.wait(t))
			}
		case <-timeout:
			t.Fatalf("no %q comes: %s", text, r.so())
		}
	}
}

// so is what came so far.
func (r *running) so() result {
	r.mu.Lock()
	defer r.mu.Unlock()
	return result{outputs: append([]*wire.Message{}, r.outputs...)}
}

// wait waits for the end of the cell.
func (r *running) wait(t testing.TB) result {
	t.Helper()
	reply, err := r.k.Reply(within(t), r.request)
	if err != nil {
		t.Fatalf("%v; so far %s", err, r.so())
	}
	select {
	case <-r.done:
	case <-time.After(ample):
		t.Fatal("the cell does not become idle")
	}
	return resultOf(t, reply, r.so().outputs)
}

// stream is the text of one of a cell's streams.
func (r result) stream(name string) string {
	var b strings.Builder
	for _, m := range r.outputs {
		var s struct{ Name, Text string }
		if m.Header.Type == "stream" && json.Unmarshal(m.Content, &s) == nil && s.Name == name {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// of are the messages of one kind.
func (r result) of(kind string) (found []*wire.Message) {
	for _, m := range r.outputs {
		if m.Header.Type == kind {
			found = append(found, m)
		}
	}
	return found
}

// String is the whole result, for messages of failed tests.
func (r result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %s\n%s\n", r.Status, r.Ename, r.Evalue, strings.Join(r.Traceback, "\n"))
	for _, m := range r.outputs {
		fmt.Fprintf(&b, "%s %.500s\n", m.Header.Type, m.Content)
	}
	return b.String()
}

// all is every text that a cell's reader sees.
func (r result) all() string {
	var b strings.Builder
	b.WriteString(r.Ename + "\n" + r.Evalue + "\n" + strings.Join(r.Traceback, "\n") + "\n")
	for _, m := range r.outputs {
		b.Write(m.Content)
	}
	return b.String()
}

// content reads a message's content.
func content(t testing.TB, m *wire.Message, into any) {
	t.Helper()
	if err := json.Unmarshal(m.Content, into); err != nil {
		t.Fatalf("%s %s: %v", m.Header.Type, m.Content, err)
	}
}

// ask sends a request and reads the content of its reply.
func (k *kernel) ask(t testing.TB, channel wire.Channel, kind string, question, answer any) *wire.Message {
	t.Helper()
	m, err := k.Ask(within(t), channel, kind, question)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.TrimSuffix(kind, "request") + "reply"; m.Header.Type != want {
		t.Fatalf("%s was answered by %s", kind, m.Header.Type)
	}
	content(t, m, answer)
	return m
}

type object = map[string]any

var errNotYet = errors.New("not yet")

// eventually waits until a check finds nothing wrong.
func eventually(t testing.TB, limit time.Duration, check func() error) {
	t.Helper()
	err := errNotYet
	for until := time.Now().Add(limit); err != nil && time.Now().Before(until); time.Sleep(50 * time.Millisecond) {
		err = check()
	}
	if err != nil {
		t.Error(err)
	}
}
