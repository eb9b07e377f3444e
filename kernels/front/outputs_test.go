package front_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

// page is a notebook's page: a client with an open comm, and what the kernel tells it there. See labextension/PROTOCOL.md.
type page struct {
	*kernel
	id  string
	tap <-chan *wire.Message
}

// told is a message of the comm.
type told struct {
	Type, Cell, Code, Session, State, Why string
	ID                                    string `json:"msg_id"`
	Messages                              []struct {
		Type    string          `json:"msg_type"`
		Content json.RawMessage `json:"content"`
	}
	Started, Finished *time.Time
	Reply             map[string]any
	Truncated         bool
}

// text is what an execution wrote to stdout.
func (m told) text() string {
	var b strings.Builder
	for _, o := range m.Messages {
		var s struct{ Name, Text string }
		if o.Type == "stream" && json.Unmarshal(o.Content, &s) == nil && s.Name == "stdout" {
			b.WriteString(s.Text)
		}
	}
	return b.String()
}

// kinds are the kinds of an execution's outputs.
func (m told) kinds() (all []string) {
	for _, o := range m.Messages {
		all = append(all, o.Type)
	}
	return all
}

// openPage opens a page of these cells, with a connection of its own, and returns what it is told until "ready".
func openPage(t *testing.T, k *kernel, data any) (*page, []told) {
	t.Helper()
	own := *k
	if err := own.connect(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = own.Close() })
	if err := own.Ready(within(t)); err != nil {
		t.Fatal(err)
	}
	p := &page{kernel: &own, id: wire.NewID(), tap: own.IOPub()}
	p.say(t, "comm_open", object{"comm_id": p.id, "target_name": "curious.outputs", "data": data})
	var all []told
	for {
		m := p.next(t)
		all = append(all, m)
		if m.Type == "ready" || m.Type == "error" {
			return p, all
		}
	}
}

func cells(list map[string]string) any { return object{"version": 1, "cells": list} }

func (p *page) say(t *testing.T, kind string, content any) {
	t.Helper()
	if _, err := p.Send(wire.Shell, kind, content); err != nil {
		t.Fatal(err)
	}
}

// next is what the page is told next.
func (p *page) next(t *testing.T) (m told) {
	t.Helper()
	timeout := time.After(ample)
	for {
		select {
		case got := <-p.tap:
			var c struct {
				ID   string `json:"comm_id"`
				Data json.RawMessage
			}
			if got == nil {
				t.Fatal("the connection ended")
			}
			if got.Header.Type == "comm_msg" && json.Unmarshal(got.Content, &c) == nil && c.ID == p.id {
				if err := json.Unmarshal(c.Data, &m); err != nil {
					t.Fatal(err)
				}
				return m
			}
		case <-timeout:
			t.Fatal("the page is told nothing")
		}
	}
}

// execute sends a cell with its id and does not wait.
func (p *page) execute(t *testing.T, cell, code string) *wire.Message {
	t.Helper()
	m, err := wire.New("execute_request", p.Session, nil, object{"code": code, "allow_stdin": true, "stop_on_error": true})
	if err != nil {
		t.Fatal(err)
	}
	m.Metadata = json.RawMessage(fmt.Sprintf(`{"cellId": %q}`, cell))
	if err := p.SendMessage(wire.Shell, m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A page that is opened while a cell runs gets what it missed, then hears the end; one that is opened later gets all, until a page says that it is saved.
func TestOutputsOutliveThePage(t *testing.T) {
	k := start(t, settings{})
	gate := t.TempDir() + "/gate"
	code := "fmt.Println(\"one\")\nprintln(\"two\")\nfmt.Println(\"three\")\nfor {\n\tif _, err := os.Stat(\"" + gate + "\"); err == nil {\n\t\tbreak\n\t}\n\ttime.Sleep(5 * time.Millisecond)\n}\nfmt.Println(\"end\")\n6 * 7"
	source := map[string]string{"a": code, "b": "1", "edited": "2", "never": "3"}
	first, all := openPage(t, k, cells(source))
	if len(all) != 1 {
		t.Errorf("before anything ran a page is told %v", all)
	}
	request := first.execute(t, "a", code)
	if m := first.next(t); m.Type != "execution" || m.State != "queued" || m.Cell != "a" || m.ID != request.Header.ID || m.Session != first.Session || len(m.Messages) != 0 {
		t.Errorf("at the request: %+v", m)
	}
	eventually(t, ample, func() error {
		_, all := openPage(t, k, cells(source))
		if len(all) != 2 || !strings.Contains(all[0].text(), "three") {
			return fmt.Errorf("while it runs: %+v", all)
		}
		if m := all[0]; m.State != "running" || m.Started == nil || m.Finished != nil || m.Reply != nil || m.ID != request.Header.ID || m.Code != code {
			t.Errorf("while it runs: %+v", m)
		}
		return nil
	})
	if _, all := openPage(t, k, cells(map[string]string{"a": "changed"})); len(all) != 1 {
		t.Errorf("a page whose cell was edited is told %v", all)
	}
	second, _ := openPage(t, k, cells(source))
	second.say(t, "comm_msg", object{"comm_id": second.id, "data": object{"type": "saved", "msg_ids": []string{request.Header.ID}}}) // it runs: nothing to forget
	open(t, gate)
	for _, p := range []*page{first, second} {
		if m := p.next(t); m.Type != "done" || m.Cell != "a" || m.ID != request.Header.ID || m.Finished == nil || m.Reply["status"] != "ok" || m.Reply["execution_count"] != 1.0 {
			t.Errorf("at the end: %+v", m)
		}
	}
	third, all := openPage(t, k, cells(source))
	if len(all) != 2 || all[0].State != "done" || all[0].text() != "one\nthree\nend\n" || all[0].Reply["status"] != "ok" || !slices.Contains(all[0].kinds(), "execute_result") {
		t.Errorf("after the end: %+v", all)
	}
	if n := len(all[0].Messages); n > 5 {
		t.Errorf("streams are not merged: %v", all[0].kinds())
	}
	third.say(t, "comm_msg", object{"comm_id": third.id, "data": object{"type": "saved", "msg_ids": []string{request.Header.ID}}})
	eventually(t, ample, func() error {
		if _, all := openPage(t, k, cells(source)); len(all) != 1 {
			return fmt.Errorf("after it was saved: %+v", all)
		}
		return nil
	})
}

// open makes the file that a cell waits for.
func open(t *testing.T, gate string) {
	t.Helper()
	if err := writeFile(gate, ""); err != nil {
		t.Fatal(err)
	}
}

// Errors, aborted cells, displays with their updates, and the order of executions are kept too; of a cell that ran twice the latest.
func TestOutputsOfEachKind(t *testing.T) {
	k := start(t, settings{})
	p, _ := openPage(t, k, cells(nil))
	code := map[string]string{
		"again":  "fmt.Println(time.Now().UnixNano())",
		"plot":   gonbui + "%%\nfor i := range 10 {\n\tgonbui.UpdateHTML(\"p\", fmt.Sprint(\"state \", i))\n\tgonbui.Sync()\n}",
		"fails":  "fmt.Println(\"x\")\ntime.Sleep(time.Second)\npanic(\"no\")",
		"behind": "fmt.Println(\"never\")",
	}
	var last string
	for _, cell := range []string{"again", "again", "plot", "fails", "behind"} {
		last = p.execute(t, cell, code[cell]).Header.ID
	}
	states := map[string]int{}
	for {
		m := p.next(t)
		states[m.Type+" "+m.State]++
		if m.Type == "done" && m.ID == last {
			if m.Reply["status"] != "aborted" {
				t.Errorf("the cell behind the error: %v", m.Reply)
			}
			break
		}
	}
	if states["execution queued"] != 5 || states["done "] != 5 {
		t.Errorf("the page was told %v", states)
	}
	_, all := openPage(t, k, cells(code))
	var order []string
	for _, m := range all {
		order = append(order, m.Cell)
		switch m.Cell {
		case "plot":
			if len(m.Messages) != 1 || m.Messages[0].Type != "display_data" || !strings.Contains(string(m.Messages[0].Content), "state 9") || !strings.Contains(string(m.Messages[0].Content), "display_id") {
				t.Errorf("plot: %s", m.Messages)
			}
		case "fails":
			if kinds := m.kinds(); len(kinds) == 0 || kinds[len(kinds)-1] != "error" || m.Reply["status"] != "error" {
				t.Errorf("fails: %v, %v", kinds, m.Reply)
			}
		}
	}
	if !slices.Equal(order, []string{"again", "plot", "fails", "behind", ""}) {
		t.Errorf("the order is %q", order)
	}
}

// A page of another version, or one that cannot be understood, is told so.
func TestOutputsRefused(t *testing.T) {
	k := shared(t)
	for _, data := range []any{object{"version": 2, "cells": object{}}, object{}, object{"version": 1, "cells": 7}, "text"} {
		if _, all := openPage(t, k, data); len(all) != 1 || all[0].Type != "error" || all[0].Why == "" {
			t.Errorf("%v: %+v", data, all)
		}
	}
	if got := k.ok(t, "fmt.Println(1)"); got != "1\n" {
		t.Errorf("then %q", got)
	}
}

// Input that a cell waits for is asked again from a page that is opened meanwhile, and its answer counts.
func TestInputAskedAgain(t *testing.T) {
	k := shared(t)
	p, _ := openPage(t, k, cells(nil))
	p.execute(t, "asks", "var s string\ngonbui.RequestInput(\"again? \", false)\nfmt.Scanln(&s)\nfmt.Println(\"got\", s)")
	// A page of its own sockets, since a Client takes only the questions of its own cells.
	identity := wire.NewID()
	dial := func(port int) *wire.Socket {
		network, address := k.conn.Address(port)
		s, err := wire.Dial(wire.Dealer, network, address, identity)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	send := func(s *wire.Socket, m *wire.Message) {
		frames, err := m.Frames(k.conn.Key)
		if err == nil {
			err = s.Send(frames)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	shell, stdin := dial(k.conn.Shell), dial(k.conn.Stdin)
	questions := make(chan *wire.Message)
	go func() {
		for {
			frames, err := stdin.Recv()
			if err != nil {
				return
			}
			if m, err := wire.Decode(frames, k.conn.Key); err == nil {
				questions <- m
			}
		}
	}()
	var question *wire.Message
	for i := 0; question == nil; i++ { // until the program has come to its question
		if i == 200 {
			t.Fatal("the question does not come")
		}
		opening, err := wire.New("comm_open", identity, nil, object{"comm_id": fmt.Sprint("again", i), "target_name": "curious.outputs", "data": cells(nil)})
		if err != nil {
			t.Fatal(err)
		}
		send(shell, opening)
		select {
		case question = <-questions:
		case <-time.After(500 * time.Millisecond):
		}
	}
	if question.Header.Type != "input_request" || !strings.Contains(string(question.Content), "again? ") {
		t.Errorf("%s %s", question.Header.Type, question.Content)
	}
	answer, err := wire.New("input_reply", identity, question, object{"value": "Bob"})
	if err != nil {
		t.Fatal(err)
	}
	send(stdin, answer)
	for m := p.next(t); m.Type != "done"; m = p.next(t) {
	}
	_, all := openPage(t, k, cells(map[string]string{"asks": "var s string\ngonbui.RequestInput(\"again? \", false)\nfmt.Scanln(&s)\nfmt.Println(\"got\", s)"}))
	if len(all) != 2 || !strings.Contains(all[0].text(), "got Bob") {
		t.Errorf("%+v", all)
	}
}

// Pages that were reloaded leave their comms open: only the latest are kept, and who is dropped hears of it.
func TestManyPages(t *testing.T) {
	t.Parallel()
	k := start(t, settings{})
	first, _ := openPage(t, k, cells(nil))
	const more = 40
	for i := range more {
		open, err := k.Send(wire.Shell, "comm_open", object{"comm_id": fmt.Sprint("page ", i), "target_name": "curious.outputs", "data": cells(nil)})
		if err != nil {
			t.Fatal(err, open)
		}
	}
	for m := range first.tap {
		if m.Header.Type == "comm_close" && strings.Contains(string(m.Content), first.id) {
			break
		}
	}
	reply, err := k.Ask(within(t), wire.Control, "comm_info_request", object{"target_name": "curious.outputs"})
	if err != nil {
		t.Fatal(err)
	}
	var all struct{ Comms map[string]any }
	if err := json.Unmarshal(reply.Content, &all); err != nil || len(all.Comms) > 32 || all.Comms[first.id] != nil {
		t.Errorf("%d comms are open (%v): want at most 32, without the first", len(all.Comms), err)
	}
}
