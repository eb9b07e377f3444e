package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func startClient(t *testing.T, c *Connection) *Client {
	t.Helper()
	client, err := NewClient(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// kindsOf lists the types of messages.
func kindsOf(messages []*Message) []string {
	var kinds []string
	for _, m := range messages {
		kinds = append(kinds, m.Header.Type)
	}
	return kinds
}

func TestExecute(t *testing.T) {
	noLeaks(t)
	_, c := startEcho(t)
	client := startClient(t, c)
	for _, code := range []string{"early", "late"} {
		reply, outputs, err := client.Execute(t.Context(), code, Options{Metadata: map[string]string{"cellId": "x"}})
		if err != nil || reply.Header.Type != "execute_reply" {
			t.Fatal(reply, err)
		}
		if got := kindsOf(outputs); !slices.Equal(got, []string{"stream", "display_data"}) {
			t.Fatalf("outputs %v", got)
		}
		var content map[string]any
		if err := json.Unmarshal(outputs[0].Content, &content); err != nil || content["code"] != code || content["store_history"] != true || content["allow_stdin"] != false || content["stop_on_error"] != true {
			t.Errorf("the cell was sent as %s", outputs[0].Content)
		}
		if got := string(outputs[1].Content); got != `{"cellId":"x"}` {
			t.Errorf("its metadata was sent as %s", got)
		}
	}
	_, outputs, err := client.Execute(t.Context(), "", Options{Silent: true, GoOn: true, Expressions: map[string]string{"a": "b"}})
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, outputs[0], `{"allow_stdin":false,"code":"","silent":true,"stop_on_error":false,"store_history":false,"user_expressions":{"a":"b"}}`)
}

func wantContent(t *testing.T, m *Message, want string) {
	t.Helper()
	if string(m.Content) != want {
		t.Errorf("%s: %s, want %s", m.Header.Type, m.Content, want)
	}
}

func TestManyCellsAtOnce(t *testing.T) {
	_, c := startEcho(t)
	client := startClient(t, c)
	var cells sync.WaitGroup
	for i := range 200 {
		cells.Go(func() {
			code := fmt.Sprint("cell ", i)
			_, outputs, err := client.Execute(t.Context(), code, Options{})
			if err != nil || len(outputs) != 2 || !strings.Contains(string(outputs[0].Content), `"`+code+`"`) {
				t.Errorf("%s: %d outputs, %v", code, len(outputs), err)
			}
		})
	}
	cells.Wait()
}

func TestInput(t *testing.T) {
	_, c := startEcho(t)
	client := startClient(t, c)
	_, outputs, err := client.Execute(t.Context(), "name?", Options{Input: func(prompt string, password bool) (string, error) {
		return fmt.Sprint(prompt, " ", password), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	wantContent(t, outputs[0], `{"value":"name? true"}`)

	ctx, cancel := context.WithCancel(t.Context())
	_, _, err = client.Execute(ctx, "name?", Options{Input: func(string, bool) (string, error) {
		cancel()
		return "", io.EOF // nothing is answered
	}})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestIOPub(t *testing.T) {
	_, c := startEcho(t)
	client := startClient(t, c)
	if err := client.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	first, second := client.IOPub(), client.IOPub()
	for range 100 { // nobody reads yet
		if _, _, err := client.Execute(t.Context(), "x", Options{}); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		for _, published := range []<-chan *Message{first, second} {
			for _, kind := range []string{"status", "execute_input", "stream", "stream", "display_data", "status"} {
				if m := <-published; m.Header.Type != kind || string(m.Identities[0]) != kind {
					t.Fatalf("%s, want %s", m.Header.Type, kind)
				}
			}
		}
	}
	client.Close()
	for _, published := range []<-chan *Message{first, client.IOPub()} {
		if m, more := <-published; more {
			t.Errorf("%+v after the end", m)
		}
	}
}

func TestAsk(t *testing.T) {
	_, c := startEcho(t)
	client := startClient(t, c)
	request, err := client.Send(Shell, "complete_request", map[string]any{"code": "fmt."})
	if err != nil {
		t.Fatal(err)
	}
	for _, channel := range []Channel{Control, Shell} {
		reply, err := client.Ask(t.Context(), channel, "kernel_info_request", nil)
		if err != nil || reply.Header.Type != "kernel_info_reply" {
			t.Errorf("%+v, %v", reply, err)
		}
	}
	if reply, err := client.Reply(t.Context(), request); err != nil || reply.ParentID() != request.Header.ID {
		t.Errorf("%+v, %v", reply, err)
	}
	_, err = client.Reply(t.Context(), request)
	wantWords(t, err, "complete_request", "before")
	_, err = client.Send(Shell, "complete_request", "text")
	wantWords(t, err, "object")
	_, err = client.Send(Stdin+1, "complete_request", nil)
	wantWords(t, err, "channel 3", "Shell")
}

func TestKernelThatHangsOrEnds(t *testing.T) {
	noLeaks(t)
	_, c := startEcho(t)
	client := startClient(t, c)
	if err := client.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, _, err := client.Execute(ctx, "hang", Options{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	hanging := make(chan error)
	go func() {
		_, _, err := client.Execute(t.Context(), "hang", Options{})
		hanging <- err
	}()
	if _, err := client.Ask(t.Context(), Control, "shutdown_request", map[string]bool{"restart": false}); err != nil {
		t.Error(err)
	}
	if err := <-hanging; !errors.Is(err, ErrGone) {
		t.Error(err)
	}
	if _, _, err := client.Execute(t.Context(), "x", Options{}); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
}

func TestClientNeedsTheKey(t *testing.T) {
	noLeaks(t)
	_, c := startEcho(t)
	other := *c
	other.Key = "another"
	client := startClient(t, &other)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := client.Ready(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// A kernel whose messages cannot be read is as good as gone.
func TestBrokenKernel(t *testing.T) {
	noLeaks(t)
	k, c := startEcho(t)
	client := startClient(t, c)
	published := client.IOPub()
	send(t, k.iopub, "topic", "garbage")
	if m, more := <-published; more {
		t.Errorf("%+v", m)
	}
	if _, _, err := client.Execute(t.Context(), "x", Options{}); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
}

func TestNewClientWhereNoKernelIs(t *testing.T) {
	noLeaks(t)
	k, c := startEcho(t)
	k.close()
	pub, err := Listen(Pub, "tcp", fmt.Sprintf("%s:%d", c.IP, c.IOPub))
	if err != nil {
		t.Fatal(err)
	}
	defer pub.Close()
	shell, err := Listen(Pub, "tcp", fmt.Sprintf("%s:%d", c.IP, c.Shell)) // not a Router
	if err != nil {
		t.Fatal(err)
	}
	defer shell.Close()
	_, err = NewClient(c)
	wantWords(t, err, "connecting", "PUB")
}
