package front

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/curious-go/curious/kernels/cell"
	"github.com/curious-go/curious/kernels/history"
	"github.com/curious-go/curious/kernels/wire"
)

// serveShell reads requests. Cells queue up; everything else is answered at once, while a cell runs too.
func (f *Front) serveShell() {
	f.receive("shell", f.shell, func(m *wire.Message) { f.handle(f.shell, m) })
}

// serveControl reads the requests that must not wait.
func (f *Front) serveControl() {
	f.receive("control", f.control, func(m *wire.Message) { f.handle(f.control, m) })
}

func (f *Front) handle(s *wire.Socket, m *wire.Message) {
	answer := func(kind string, content func() any) {
		f.during(m, func() { f.reply(s, m, kind, content()) })
	}
	switch kind := m.Header.Type; kind {
	case "execute_request":
		f.enqueue(s, m)
	case "kernel_info_request":
		answer("kernel_info_reply", f.info)
	case "complete_request":
		go answer("complete_reply", func() any { return f.complete(m) })
	case "inspect_request":
		go answer("inspect_reply", func() any { return f.inspect(m) })
	case "is_complete_request":
		answer("is_complete_reply", func() any { return isComplete(m) })
	case "history_request":
		answer("history_reply", func() any { return f.recall(m) })
	case "comm_info_request":
		answer("comm_info_reply", func() any { return f.commInfo(m) })
	case "comm_open", "comm_msg", "comm_close":
		f.comm(m)
	case "interrupt_request":
		answer("interrupt_reply", func() any {
			f.Interrupt()
			return object{"status": "ok"}
		})
	case "shutdown_request":
		var c struct{ Restart bool }
		_ = read(m, &c)
		answer("shutdown_reply", func() any { return object{"status": "ok", "restart": c.Restart} })
		f.publish(m, "shutdown_reply", object{"status": "ok", "restart": c.Restart})
		f.stop()
	default:
		if reply, ok := strings.CutSuffix(kind, "_request"); ok {
			answer(reply+"_reply", func() any {
				return errorContent("NotSupported", fmt.Sprintf("the Go kernel does not support %s", kind), nil)
			})
			return
		}
		f.log.Printf("a message of unknown type %q", kind)
	}
}

// errorContent is the content of a reply that tells of an error.
func errorContent(name, value string, traceback []string) object {
	if traceback == nil {
		traceback = []string{}
	}
	return object{"status": "error", "ename": name, "evalue": value, "traceback": traceback}
}

// info is what a front end learns of the kernel. It is there before GoNB is.
func (f *Front) info() any {
	return object{
		"status": "ok", "protocol_version": "5.4", "implementation": "curious", "implementation_version": "1",
		"language_info": object{
			"name": "go", "version": f.Go, "mimetype": "text/x-go", "file_extension": ".go", "pygments_lexer": "go", "codemirror_mode": "go", "nbconvert_exporter": "script",
		},
		"banner": f.Banner, "debugger": false, "help_links": f.Links, "supported_features": []string{},
	}
}

// cursor is what completion and inspection are asked.
type cursor struct {
	Code   string `json:"code"`
	Pos    *int   `json:"cursor_pos"`
	Detail int    `json:"detail_level"`
}

func readCursor(m *wire.Message) (c cursor, pos int, err error) {
	if err := read(m, &c); err != nil {
		return c, 0, err
	}
	pos = len([]rune(c.Code))
	if c.Pos != nil {
		pos = max(0, min(pos, *c.Pos))
	}
	return c, pos, nil
}

func (f *Front) complete(m *wire.Message) any {
	c, pos, err := readCursor(m)
	if err != nil {
		return errorContent("ProtocolError", err.Error(), nil)
	}
	found := f.helper.Complete(c.Code, pos)
	matches := make([]string, len(found.Matches))
	types := make([]object, len(found.Matches))
	for i, match := range found.Matches {
		matches[i] = match.Text
		types[i] = object{"start": found.Start, "end": found.End, "text": match.Text, "type": match.Kind, "signature": match.Signature}
	}
	return object{
		"status": "ok", "matches": matches, "cursor_start": found.Start, "cursor_end": found.End,
		"metadata": object{"_jupyter_types_experimental": types},
	}
}

func (f *Front) inspect(m *wire.Message) any {
	c, pos, err := readCursor(m)
	if err != nil {
		return errorContent("ProtocolError", err.Error(), nil)
	}
	data, found := f.helper.Inspect(c.Code, pos, c.Detail)
	if data == nil {
		data = object{}
	}
	return object{"status": "ok", "found": found, "data": data, "metadata": object{}}
}

func isComplete(m *wire.Message) any {
	var c struct{ Code string }
	if err := read(m, &c); err != nil {
		return object{"status": "unknown"}
	}
	status, indent := cell.Complete(c.Code)
	if status == "incomplete" {
		return object{"status": status, "indent": indent}
	}
	return object{"status": status}
}

// recall answers a history_request.
func (f *Front) recall(m *wire.Message) any {
	var c struct {
		Output  bool   `json:"output"`
		Type    string `json:"hist_access_type"`
		Session int    `json:"session"`
		Start   int    `json:"start"`
		Stop    *int   `json:"stop"`
		N       int    `json:"n"`
		Pattern string `json:"pattern"`
		Unique  bool   `json:"unique"`
	}
	if err := read(m, &c); err != nil {
		return errorContent("ProtocolError", err.Error(), nil)
	}
	var entries []history.Entry
	if f.past != nil {
		switch c.Type {
		case "tail":
			entries = f.past.Tail(c.N)
		case "range":
			stop := int(^uint(0) >> 1)
			if c.Stop != nil {
				stop = *c.Stop
			}
			entries = f.past.Range(c.Session, c.Start, stop)
		case "search":
			entries = f.past.Search(c.Pattern, c.N, c.Unique)
		default:
			return errorContent("ProtocolError", fmt.Sprintf("unknown hist_access_type %q", c.Type), nil)
		}
	}
	list := make([]any, len(entries))
	for i, e := range entries {
		list[i] = []any{e.Session, e.Line, e.Source}
		if c.Output { // outputs are kept in the notebook, not here
			list[i] = []any{e.Session, e.Line, []any{e.Source, nil}}
		}
	}
	return object{"status": "ok", "history": list}
}

// commInfo lists the open comms.
func (f *Front) commInfo(m *wire.Message) any {
	var c struct {
		Target string `json:"target_name"`
	}
	_ = read(m, &c)
	comms := object{}
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, target := range f.comms {
		if c.Target == "" || c.Target == target {
			comms[id] = object{"target_name": target}
		}
	}
	return object{"status": "ok", "comms": comms}
}

// commContent is the content of the comm messages.
type commContent struct {
	ID     string          `json:"comm_id"`
	Target string          `json:"target_name,omitempty"`
	Data   json.RawMessage `json:"data,omitempty"`
}

// comm handles a page's comm: the one that asks for outputs that were missed is the front's own, others are GoNB's widgets.
func (f *Front) comm(m *wire.Message) {
	var c commContent
	if err := read(m, &c); err != nil {
		f.log.Print(err)
		return
	}
	f.mu.Lock()
	g := f.gonb
	target := f.comms[c.ID]
	switch m.Header.Type {
	case "comm_open":
		target = c.Target
		f.comms[c.ID] = target
	case "comm_close":
		delete(f.comms, c.ID)
	}
	f.mu.Unlock()
	if target == outputsTarget {
		f.outputs(m, c)
		return
	}
	f.during(m, func() { f.relay(m, c, target, g) })
}

// relay passes a message of a widget's comm on to GoNB; a comm that nobody here knows is closed at once.
func (f *Front) relay(m *wire.Message, c commContent, target string, g *gonb) {
	if target != gonbTarget && m.Header.Type == "comm_open" {
		f.mu.Lock()
		delete(f.comms, c.ID)
		f.mu.Unlock()
		f.publish(m, "comm_close", object{"comm_id": c.ID, "data": object{}})
		return
	}
	if g == nil {
		return
	}
	if _, err := g.send(m, f.now(), m.Header.Type, m.Content); err != nil {
		f.log.Printf("passing %s on: %v", m.Header.Type, err)
	}
}

// gonbTarget is the comm of GoNB's widgets.
const gonbTarget = "gonb_comm"

func (f *Front) now() *execution {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.running
}

// relayComm passes a comm message of GoNB on to the pages.
func (f *Front) relayComm(request, m *wire.Message) {
	var c commContent
	if read(m, &c) == nil {
		f.mu.Lock()
		switch m.Header.Type {
		case "comm_open":
			f.comms[c.ID] = c.Target
		case "comm_close":
			delete(f.comms, c.ID)
		}
		f.mu.Unlock()
	}
	f.publish(request, m.Header.Type, m.Content)
}

// question is what a program has asked its reader and got no answer to yet.
type question struct {
	request *wire.Message
	content json.RawMessage
	at      time.Time
}

// readiness is how long GoNB takes at most, once it has asked, until it knows where the answer goes: one that comes sooner would be lost.
const readiness = 50 * time.Millisecond

// askInput passes a program's request for input on to the front end that started it; one that allows none fails the program instead of hanging it.
func (f *Front) askInput(ex *execution, m *wire.Message) {
	if !or(ex.content.AllowStdin, true) {
		ex.fail(report{Name: "StdinNotAllowed", Value: "the cell asks for input, and this front end gives none"})
		f.mu.Lock()
		g := f.gonb
		f.mu.Unlock()
		if g != nil {
			g.Interrupt(sigkill, ex.olderThan())
		}
		return
	}
	ex.out.Flush()
	f.mu.Lock()
	f.asking = &question{ex.request, m.Content, time.Now()}
	f.mu.Unlock()
	f.reply(f.stdin, ex.request, "input_request", m.Content)
}

// serveInput reads what readers type.
func (f *Front) serveInput() {
	f.receive("stdin", f.stdin, func(m *wire.Message) {
		f.mu.Lock()
		g, asking := f.gonb, f.asking
		f.asking = nil
		f.mu.Unlock()
		if m.Header.Type == "input_reply" && g != nil && asking != nil {
			time.Sleep(time.Until(asking.at.Add(readiness)))
			g.input(m.Content)
		}
	})
}
