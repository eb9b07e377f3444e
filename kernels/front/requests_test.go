package front_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/wire"
)

// kernel_info is answered long before GoNB is there, and then the cell that was sent meanwhile runs.
func TestInfoBeforeGoNB(t *testing.T) {
	bin, err := tools()
	if err != nil {
		t.Fatal(err)
	}
	slow, gate := t.TempDir(), filepath.Join(t.TempDir(), "gate")
	script := "#!/bin/sh\nwhile [ ! -e '" + gate + "' ]; do sleep 0.05; done\nexec '" + filepath.Join(bin, "gonb") + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(slow, "gonb"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(bin, "curious-shim"), filepath.Join(slow, "curious-shim")); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	k := start(t, settings{Bin: slow})
	took := time.Since(begin)
	t.Logf("kernel_info and a first output came %v after the start of the process", took)
	if took > 20*time.Second {
		t.Errorf("kernel_info took %v", took)
	}
	var info struct {
		Status   string
		Protocol string `json:"protocol_version"`
		Banner   string
		Language struct{ Name, Version, Mimetype, Extension string } `json:"language_info"`
		Links    []struct{ Text, URL string }                        `json:"help_links"`
		Debugger bool
	}
	for _, channel := range []wire.Channel{wire.Shell, wire.Control} {
		k.ask(t, channel, "kernel_info_request", nil, &info)
		if info.Status != "ok" || info.Protocol < "5.4" || info.Banner == "" || info.Language.Name != "go" || info.Language.Version == "" || len(info.Links) == 0 || info.Debugger {
			t.Errorf("%+v", info)
		}
	}
	cell := k.begin(t, `fmt.Println("ready")`)
	if err := os.WriteFile(gate, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if r := cell.wait(t); r.stream("stdout") != "ready\n" {
		t.Errorf("%s", r)
	}
}

// is_complete_request is answered by the parser.
func TestIsComplete(t *testing.T) {
	k := shared(t)
	for _, c := range []struct{ code, status, indent string }{
		{"x := 1", "complete", ""},
		{"fmt.Println(1)", "complete", ""},
		{"func f() {}", "complete", ""},
		{"", "complete", ""},
		{"%help", "complete", ""},
		{"!ls", "complete", ""},
		{"%%bash\nfor i in 1; do", "incomplete", ""}, // as long as lines follow: an empty one ends it
		{"%%bash\nls\n\n", "complete", ""},
		{"for i := range 3 {", "incomplete", "\t"},
		{"func f() {\n\tif true {", "incomplete", "\t\t"},
		{"fmt.Println(", "incomplete", "\t"},
		{"x := `raw", "incomplete", ""},
		{"x = = 1", "invalid", ""},
		{")", "invalid", ""},
	} {
		var r struct{ Status, Indent string }
		k.ask(t, wire.Shell, "is_complete_request", object{"code": c.code}, &r)
		if r.Status != c.status || r.Indent != c.indent {
			t.Errorf("%q: %q with indent %q, want %q, %q", c.code, r.Status, r.Indent, c.status, c.indent)
		}
	}
}

// history asks for entries, as their sources.
func (k *kernel) history(t *testing.T, question object) (sources []string) {
	t.Helper()
	var r struct {
		Status  string
		History [][]any
	}
	k.ask(t, wire.Shell, "history_request", question, &r)
	if r.Status != "ok" {
		t.Errorf("%v: %s", question, r.Status)
	}
	for _, e := range r.History {
		if len(e) != 3 {
			t.Fatalf("an entry of %d: %v", len(e), e)
		}
		source, ok := e[2].(string)
		if pair, is := e[2].([]any); is && len(pair) == 2 {
			source, ok = pair[0].(string)
		}
		if !ok {
			t.Fatalf("entry %v", e)
		}
		sources = append(sources, source)
	}
	return sources
}

// History is found by its end, by ranges and by patterns, and survives the kernel.
func TestHistory(t *testing.T) {
	dir := t.TempDir()
	k := start(t, settings{Home: dir})
	for _, code := range []string{"!true", "!echo needle 1", "!echo needle 2", "!exit 1"} {
		k.run(t, code)
	}
	k.runWith(t, "!echo silent", wire.Options{Silent: true})
	k.runWith(t, "!echo unlisted", wire.Options{Unlisted: true})
	check := func(name string, question object, want ...string) {
		t.Helper()
		if got := k.history(t, question); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	look := func() {
		t.Helper()
		check("tail", object{"hist_access_type": "tail", "n": 2}, "!echo needle 2", "!exit 1")
		check("tail with output", object{"hist_access_type": "tail", "n": 1, "output": true, "raw": true}, "!exit 1")
		check("search", object{"hist_access_type": "search", "pattern": "*needle*", "n": 10}, "!echo needle 1", "!echo needle 2")
		check("search for one", object{"hist_access_type": "search", "pattern": "*needle*", "n": 1}, "!echo needle 2")
		check("search in vain", object{"hist_access_type": "search", "pattern": "needle", "n": 10})
	}
	look()
	check("range", object{"hist_access_type": "range", "session": 0, "start": 1, "stop": 3}, "!true", "!echo needle 1")
	k.end(t)

	k = start(t, settings{Home: dir})
	look()
	check("range of the session before", object{"hist_access_type": "range", "session": -1, "start": 2, "stop": 4}, "!echo needle 1", "!echo needle 2")
	check("range of this session", object{"hist_access_type": "range", "session": 0, "start": 0, "stop": 9})
}

// Comms are listed; one of a target that nobody knows is closed at once.
func TestComms(t *testing.T) {
	k := shared(t)
	tap := k.IOPub()
	if _, err := k.Send(wire.Shell, "comm_open", object{"comm_id": "strange", "target_name": "nobody", "data": object{}}); err != nil {
		t.Fatal(err)
	}
	for m := range tap {
		var c struct {
			ID string `json:"comm_id"`
		}
		if content(t, m, &c); c.ID == "strange" {
			if m.Header.Type != "comm_close" {
				t.Errorf("%s", m.Header.Type)
			}
			break
		}
	}
	list := func(target string) map[string]struct {
		Target string `json:"target_name"`
	} {
		var r struct {
			Status string
			Comms  map[string]struct {
				Target string `json:"target_name"`
			}
		}
		k.ask(t, wire.Shell, "comm_info_request", object{"target_name": target}, &r)
		if r.Status != "ok" || r.Comms == nil {
			t.Errorf("%+v", r)
		}
		return r.Comms
	}
	if _, err := k.Send(wire.Shell, "comm_open", object{"comm_id": "page", "target_name": "curious.outputs", "data": object{"version": 1, "cells": object{}}}); err != nil {
		t.Fatal(err)
	}
	if all := list(""); all["page"].Target != "curious.outputs" {
		t.Errorf("open are %v", all)
	}
	if none := list("other"); len(none) != 0 {
		t.Errorf("of another target %v", none)
	}
	if _, err := k.Send(wire.Shell, "comm_close", object{"comm_id": "page", "data": object{}}); err != nil {
		t.Fatal(err)
	}
	if all := list("curious.outputs"); all["page"].Target != "" {
		t.Errorf("open after the close are %v", all)
	}
}

// held is a cell that runs until it is let go.
func (k *kernel) held(t *testing.T) (cell *running, release func()) {
	t.Helper()
	gate := filepath.Join(t.TempDir(), "gate")
	cell = k.begin(t, "fmt.Println(\"held\")\nfor {\n\tif _, err := os.Stat(\""+gate+"\"); err == nil {\n\t\tbreak\n\t}\n\ttime.Sleep(5 * time.Millisecond)\n}")
	cell.until(t, "held")
	return cell, func() {
		if err := os.WriteFile(gate, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if r := cell.wait(t); r.Status != "ok" {
			t.Errorf("the held cell: %s", r)
		}
	}
}

// Completion and inspection answer while a cell runs, and count code points.
func TestLookWhileRunning(t *testing.T) {
	k := shared(t)
	k.ok(t, "// Fathom is a type of these tests.\ntype Fathom struct{ Depth int }\n\n// Sound measures.\nfunc (f Fathom) Sound() int { return f.Depth }")
	_, release := k.held(t)
	for _, c := range []struct {
		code, want string
		from       string // what matches replace
	}{
		{"fmt.Pri", "Println", "Pri"},
		{"s := \"🙂🙂\"; fmt.Pri", "Println", "Pri"},
		{"var f Fathom\nf.So", "Sound", "So"},
		{"Fath", "Fathom", "Fath"},
		{"greet.He", "Hello", "He"},
		{"%he", "%help", "%he"},
	} {
		var r struct {
			Status  string
			Matches []string
			Start   int `json:"cursor_start"`
			End     int `json:"cursor_end"`
		}
		runes := []rune(c.code)
		k.ask(t, wire.Shell, "complete_request", object{"code": c.code, "cursor_pos": len(runes)}, &r)
		found := slices.ContainsFunc(r.Matches, func(m string) bool { return m == c.want || m == "fmt."+c.want || strings.HasPrefix(m, c.want+"(") })
		if r.Status != "ok" || !found || r.End != len(runes) || r.Start > r.End || string(runes[r.Start:]) != c.from {
			t.Errorf("%q: %+v", c.code, r)
		}
	}
	for _, c := range []struct {
		code string
		pos  int
		want string
	}{
		{"fmt.Println(1)", 8, "Println formats"},
		{"s := \"🙂🙂🙂🙂\"; fmt.Println(s)", len([]rune("s := \"🙂🙂🙂🙂\"; fmt.Prin")), "Println formats"},
		{"Fathom{}", 3, "a type of these tests"},
		{"greet.Hello(\"x\")", 8, "greets somebody"},
	} {
		var r struct {
			Status string
			Found  bool
			Data   map[string]string
		}
		k.ask(t, wire.Shell, "inspect_request", object{"code": c.code, "cursor_pos": c.pos, "detail_level": 0}, &r)
		if r.Status != "ok" || !r.Found || !strings.Contains(r.Data["text/plain"], c.want) {
			t.Errorf("%q: %+v", c.code, r)
		}
	}
	var r struct{ Found bool }
	k.ask(t, wire.Shell, "inspect_request", object{"code": "nothingKnown", "cursor_pos": 5}, &r)
	if r.Found {
		t.Error("something was found of a name that is nowhere")
	}
	release()
}

// While a cell runs, what is asked beside it leaves the last status at busy.
func TestBusyWhileRunning(t *testing.T) {
	k := shared(t)
	_, release := k.held(t)
	tap := k.IOPub()
	info, err := k.Send(wire.Shell, "kernel_info_request", nil)
	if err != nil {
		t.Fatal(err)
	}
	idle := false
	for m := range tap {
		if m.Header.Type != "status" {
			continue
		}
		var s struct {
			State string `json:"execution_state"`
		}
		content(t, m, &s)
		if m.ParentID() == info.Header.ID && s.State == "idle" {
			idle = true
		} else if idle {
			if s.State != "busy" {
				t.Errorf("after the request's idle comes %s", s.State)
			}
			break
		}
	}
	release()
}
