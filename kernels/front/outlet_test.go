package front

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// sink gathers what an outlet publishes.
type sink struct {
	mu   sync.Mutex
	kind []string
	got  []any
}

func (s *sink) publish(kind string, content any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kind = append(s.kind, kind)
	s.got = append(s.got, content)
}

// text is all that was published of a stream.
func (s *sink) text(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, c := range s.got {
		if t, ok := c.(streamText); ok && t.Name == name {
			b.WriteString(t.Text)
		}
	}
	return b.String()
}

func display(id, text string) json.RawMessage {
	d := object{"data": object{"text/plain": text}, "metadata": object{}, "transient": object{}}
	if id != "" {
		d["transient"] = object{"display_id": id}
	}
	raw, _ := json.Marshal(d)
	return raw
}

func TestOutletGathersStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		o := newOutlet("x", s.publish)
		for i := range 1000 {
			o.Stream("stdout", fmt.Sprintf("%d\n", i))
		}
		o.Stream("stderr", "e")
		o.Stream("stdout", "end")
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(s.kind); n > 5 {
			t.Errorf("1002 pieces made %d messages", n)
		}
		if got := s.text("stdout"); !strings.HasPrefix(got, "0\n1\n") || !strings.HasSuffix(got, "999\nend") {
			t.Errorf("stdout %.40q…", got)
		}
		o.End()
		o.Stream("stdout", "after the end")
		if strings.Contains(s.text("stdout"), "after") {
			t.Error("something passed after the end")
		}
	})
}

func TestOutletKeepsOrder(t *testing.T) {
	s := &sink{}
	o := newOutlet("x", s.publish)
	o.Stream("stdout", "a")
	_ = o.Display(display("", "1"))
	o.Stream("stdout", "b")
	o.Stream("stdout", "c")
	_ = o.Display(display("", "2"))
	o.Stream("stderr", "d")
	o.End()
	if got := fmt.Sprint(s.kind); got != "[stream display_data stream display_data stream]" {
		t.Error(got)
	}
}

func TestOutletThinsUpdates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &sink{}
		o := newOutlet("run1", s.publish)
		for i := range 100 { // 2 seconds
			_ = o.Display(display("plot", fmt.Sprint(i)))
			time.Sleep(20 * time.Millisecond)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if s.kind[0] != "display_data" {
			t.Errorf("an id that this run has not shown began with %s", s.kind[0])
		}
		if n := len(s.kind); n < 5 || n > 10 {
			t.Errorf("100 updates in 2 s were shown as %d", n)
		}
		last := s.got[len(s.got)-1].(*displayData)
		if string(last.Data["text/plain"]) != `"99"` || last.Transient["display_id"] != "plot-run1" {
			t.Errorf("the last is %s with id %v", last.Data["text/plain"], last.Transient["display_id"])
		}
	})
}

func TestOutletEndShowsTheLastUpdate(t *testing.T) {
	s := &sink{}
	o := newOutlet("x", s.publish)
	for i := range 5 {
		_ = o.Display(display("p", fmt.Sprint(i)))
	}
	o.End()
	if last := s.got[len(s.got)-1].(*displayData); string(last.Data["text/plain"]) != `"4"` {
		t.Errorf("the last is %s", last.Data["text/plain"])
	}
}

func TestOutletCuts(t *testing.T) {
	s := &sink{}
	o := newOutlet("x", s.publish)
	line := strings.Repeat("x", 99) + "\n"
	for range 3 * mostText / len(line) {
		o.Stream("stdout", line)
	}
	o.Stream("stdout", "the very end")
	o.End()
	got := s.text("stdout")
	if len(got) > mostText+2*lastText || len(got) < mostText-1000 {
		t.Errorf("%d bytes were shown", len(got))
	}
	if !strings.Contains(got, "left out here") || !strings.HasSuffix(got, "the very end") {
		t.Errorf("it ends in %q", got[len(got)-200:])
	}
}

func TestJSONOfBundles(t *testing.T) {
	for _, c := range []struct{ mime, value, want string }{
		{"application/vnd.vegalite.v5+json", `"{\"a\":1}"`, `{"a":1}`},
		{"application/vnd.vegalite.v5+json", `{"a":1}`, `{"a":1}`},
		{"application/json", `"[1]"`, `[1]`},
		{"application/json", `"no json"`, `"no json"`},
		{"text/plain", `"{}"`, `"{}"`},
	} {
		if got := asObject(c.mime, json.RawMessage(c.value)); string(got) != c.want {
			t.Errorf("%s %s became %s", c.mime, c.value, got)
		}
	}
}
