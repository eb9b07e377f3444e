package front

import (
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

// outputsTarget is the comm by which a page asks for what it missed: labextension/PROTOCOL.md.
const outputsTarget = "curious.outputs"

// Bounds of what is kept for pages that are not there.
const (
	keptBytes      = 64 << 20 // of one execution
	keptBytesAll   = 256 << 20
	keptExecutions = 500
	mostPages      = 32 // a page that is reloaded opens a comm anew and never closes the old one
)

// store keeps what executions have put out, the latest of each cell, until a page says that it is saved.
//
// Its lock is held while a message is published, so that what a page is told to have been published before was.
type store struct {
	mu     sync.Mutex
	byCell map[string]*record
	order  []*record // oldest first
	bytes  int
	pages  map[string]*wire.Message // open comms of pages, and the messages that opened them
	opened []string                 // their ids, oldest first
}

// record is one execution, as pages are told of it.
type record struct {
	Type      string     `json:"type"`
	Cell      string     `json:"cell"`
	Code      string     `json:"code"`
	ID        string     `json:"msg_id"`
	Session   string     `json:"session"`
	State     string     `json:"state"`
	Messages  []*message `json:"messages"`
	Started   *time.Time `json:"started,omitempty"`
	Finished  *time.Time `json:"finished,omitempty"`
	Reply     object     `json:"reply,omitempty"`
	Truncated bool       `json:"truncated,omitempty"`

	bytes int
	clear bool // a clear_output waits for the next output
}

// message is one output. Content is a streamText, a *displayData, or what was published.
type message struct {
	Kind    string `json:"msg_type"`
	Content any    `json:"content"`
}

func newStore() *store {
	return &store{byCell: map[string]*record{}, pages: map[string]*wire.Message{}}
}

// of is the record of an execution, nil when none is kept.
func (s *store) of(ex *execution) *record {
	if r := s.byCell[ex.cellID]; r != nil && ex.request != nil && r.ID == ex.request.Header.ID {
		return r
	}
	return nil
}

// queued begins a record and tells the pages.
func (s *store) queued(ex *execution) {
	if ex.cellID == "" || ex.silent {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drop(s.byCell[ex.cellID])
	r := &record{Type: "execution", Cell: ex.cellID, Code: ex.content.Code, ID: ex.request.Header.ID, Session: ex.request.Header.Session, State: "queued", Messages: []*message{}}
	s.byCell[r.Cell] = r
	s.order = append(s.order, r)
	for i := 0; len(s.order) > keptExecutions && i < len(s.order); {
		if s.order[i].State == "done" {
			s.drop(s.order[i])
		} else {
			i++
		}
	}
	s.tell(ex.front, r)
}

func (s *store) drop(r *record) {
	if r == nil {
		return
	}
	s.bytes -= r.bytes
	if s.byCell[r.Cell] == r {
		delete(s.byCell, r.Cell)
	}
	for i, other := range s.order {
		if other == r {
			s.order = append(s.order[:i], s.order[i+1:]...)
			break
		}
	}
}

func (s *store) started(ex *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.of(ex); r != nil {
		t := now().UTC()
		r.State, r.Started = "running", &t
	}
}

// add publishes a message of an execution and keeps it.
func (s *store) add(ex *execution, m *wire.Message, content any, send func(*wire.Message)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	send(m)
	if r := s.of(ex); r != nil {
		r.add(m.Header.Type, content, len(m.Content), s)
	}
}

// add keeps an output in the form that a page needs now: streams merged, displays as last updated, what was cleared left out.
func (r *record) add(kind string, content any, size int, s *store) {
	grow := func(n int) {
		r.bytes += n
		s.bytes += n
	}
	last := func() *message {
		if len(r.Messages) == 0 {
			return nil
		}
		return r.Messages[len(r.Messages)-1]
	}
	switch kind {
	case "update_display_data":
		d := content.(*displayData)
		for _, m := range r.Messages {
			if shown, ok := m.Content.(*displayData); ok && shown.Transient["display_id"] == d.Transient["display_id"] {
				grow(d.size() - shown.size())
				m.Content = &displayData{Data: d.Data, Metadata: d.Metadata, Transient: shown.Transient}
			}
		}
		return
	case "clear_output":
		var c struct{ Wait bool }
		if raw, ok := content.(json.RawMessage); ok {
			_ = json.Unmarshal(raw, &c)
		}
		if !c.Wait {
			r.empty(s)
		}
		r.clear = c.Wait
		return
	case "stream", "display_data", "execute_result", "error":
	default:
		return
	}
	if r.clear {
		r.clear = false
		r.empty(s)
	}
	if r.bytes+size > keptBytes || s.bytes+size > keptBytesAll {
		r.Truncated = true
		return
	}
	grow(size)
	if text, ok := content.(streamText); ok {
		if m := last(); m != nil {
			if before, ok := m.Content.(*streams); ok && before.name == text.Name {
				before.text = append(before.text, text.Text...)
				return
			}
		}
		content = &streams{name: text.Name, text: []byte(text.Text)}
	}
	r.Messages = append(r.Messages, &message{kind, content})
}

func (r *record) empty(s *store) {
	s.bytes -= r.bytes
	r.bytes, r.Messages = 0, []*message{}
}

// streams is text that grows.
type streams struct {
	name string
	text []byte
}

func (s *streams) MarshalJSON() ([]byte, error) {
	return json.Marshal(streamText{s.name, string(s.text)})
}

func (d *displayData) size() (n int) {
	for _, v := range d.Data {
		n += len(v)
	}
	return n
}

// finished ends a record and tells the pages, also when the cell has been sent again meanwhile and its record is that of the later execution.
func (s *store) finished(ex *execution, reply object) {
	if ex.cellID == "" || ex.silent {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	t := now().UTC()
	if r := s.of(ex); r != nil {
		r.State, r.Finished, r.Reply = "done", &t, reply
		if r.clear { // nothing came after it
			r.Messages = append(r.Messages, &message{"clear_output", object{"wait": true}})
		}
	}
	header := ex.request.Header
	s.tell(ex.front, object{"type": "done", "cell": ex.cellID, "msg_id": header.ID, "session": header.Session, "reply": reply, "finished": t})
}

// aborted ends the record of an execution that did not take place.
func (s *store) aborted(ex *execution) { s.finished(ex, object{"status": "aborted"}) }

// tell sends data to every page.
func (s *store) tell(f *Front, data any) {
	for id, opened := range s.pages {
		f.publish(opened, "comm_msg", object{"comm_id": id, "data": data})
	}
}

// forget drops a page's comm.
func (s *store) forget(id string) {
	delete(s.pages, id)
	s.opened = slices.DeleteFunc(s.opened, func(other string) bool { return other == id })
}

// outputs answers a page's comm.
func (f *Front) outputs(m *wire.Message, c commContent) {
	s := f.kept
	s.mu.Lock()
	defer s.mu.Unlock()
	say := func(data any) { f.publish(m, "comm_msg", object{"comm_id": c.ID, "data": data}) }
	switch m.Header.Type {
	case "comm_close":
		s.forget(c.ID)
	case "comm_msg":
		var data struct {
			Type string
			IDs  []string `json:"msg_ids"`
		}
		if json.Unmarshal(c.Data, &data) != nil || data.Type != "saved" {
			say(object{"type": "error", "why": "this message is not to be understood"})
			return
		}
		for _, id := range data.IDs {
			for _, r := range s.order {
				if r.ID == id && r.State == "done" {
					s.drop(r)
					break
				}
			}
		}
	case "comm_open":
		var data struct {
			Version int
			Cells   map[string]string
		}
		if err := json.Unmarshal(c.Data, &data); err != nil || data.Version != 1 {
			say(object{"type": "error", "why": "this kernel speaks version 1 of the protocol: install the kernel's own JupyterLab extension"})
			return
		}
		s.forget(c.ID)
		s.pages[c.ID], s.opened = m, append(s.opened, c.ID)
		if len(s.opened) > mostPages {
			oldest := s.opened[0]
			f.publish(s.pages[oldest], "comm_close", object{"comm_id": oldest, "data": object{}})
			s.forget(oldest)
			f.mu.Lock()
			delete(f.comms, oldest)
			f.mu.Unlock()
		}
		for _, r := range s.order {
			if code, there := data.Cells[r.Cell]; there && code == r.Code {
				say(r)
			}
		}
		say(object{"type": "ready"})
		f.mu.Lock()
		asking := f.asking
		f.mu.Unlock()
		if asking != nil {
			f.askAgain(m, asking)
		}
	}
}

// askAgain asks the peer that opened a page for the input that a program waits for.
func (f *Front) askAgain(page *wire.Message, q *question) {
	again, err := wire.New("input_request", f.session, q.request, q.content)
	if err == nil {
		again.Identities = page.Identities
		var frames [][]byte
		if frames, err = again.Frames(f.Connection.Key); err == nil {
			err = f.stdin.Send(frames)
		}
	}
	if err != nil {
		f.log.Printf("asking for input again: %v", err)
	}
}
