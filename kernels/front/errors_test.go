package front_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/curious-go/curious/kernels/wire"
)

// An error aborts what is queued behind it, in order and without running any of it; what is sent after the error runs.
func TestErrorAbortsTheQueue(t *testing.T) {
	k := shared(t)
	tap := k.IOPub()
	failing := k.begin(t, "import (\"os\"; \"time\")\n\ntime.Sleep(time.Second)\nos.Exit(3)")
	var queued []*wire.Message
	for i := range 200 {
		m, err := k.Send(wire.Shell, "execute_request", object{"code": fmt.Sprintf("println(%d)", i)})
		if err != nil {
			t.Fatal(err)
		}
		queued = append(queued, m)
	}
	if r := failing.wait(t); r.Status != "error" || r.Ename != "ExitError" || r.Evalue != "exit status 3" {
		t.Errorf("the cell that fails: %s", r)
	}
	after := k.begin(t, `import "fmt"; fmt.Println("after")`)
	waiting := map[string]bool{}
	for i, m := range queued {
		reply, err := k.Reply(within(t), m)
		if err != nil {
			t.Fatal(err)
		}
		if r := resultOf(t, reply, nil); r.Status != "aborted" {
			t.Errorf("cell %d behind the error: %s", i, r.Status)
		}
		waiting[m.Header.ID] = true
	}
	if r := after.wait(t); r.Status != "ok" || r.stream("stdout") != "after\n" {
		t.Errorf("the cell sent after the error: %s", r)
	}
	for len(waiting) > 0 {
		m := <-tap
		if !waiting[m.ParentID()] {
			continue
		}
		if m.Header.Type != "status" {
			t.Errorf("an aborted cell published %s", m.Header.Type)
		}
		if strings.Contains(string(m.Content), "idle") {
			delete(waiting, m.ParentID())
		}
	}
}

// With stop_on_error false the error of a cell concerns nobody else.
func TestGoOnAfterError(t *testing.T) {
	k := shared(t)
	first, err := k.Send(wire.Shell, "execute_request", object{"code": "import (\"os\"; \"time\")\n\ntime.Sleep(300 * time.Millisecond)\nos.Exit(3)", "stop_on_error": false})
	if err != nil {
		t.Fatal(err)
	}
	second := k.begin(t, `println("goes on")`)
	reply, err := k.Reply(within(t), first)
	if err != nil {
		t.Fatal(err)
	}
	if r := resultOf(t, reply, nil); r.Status != "error" {
		t.Errorf("the cell that fails: %s", r)
	}
	if r := second.wait(t); r.Status != "ok" {
		t.Errorf("the cell behind: %s", r)
	}
}

// An error is published once, after all output, and says the same as the reply.
func TestErrorOnceAndInOrder(t *testing.T) {
	k := shared(t)
	for _, code := range []string{
		"import \"fmt\"\nfmt.Println(\"out\")\nprintln(\"err\")\npanic(\"too bad\")",
		"import \"fmt\"\nfmt.Println(\"out\")\nprintln(\"err\")\nos.Exit(4)",
		"!echo out; echo err >&2; exit 5",
	} {
		r := k.run(t, code)
		last := r.outputs[len(r.outputs)-1]
		if len(r.of("error")) != 1 || last.Header.Type != "error" {
			t.Fatalf("%q: %s", code, r)
		}
		var told result
		content(t, last, &told)
		if told.Ename == "" || told.Evalue == "" || len(told.Traceback) == 0 || told.Ename != r.Ename || told.Evalue != r.Evalue || !reflect.DeepEqual(told.Traceback, r.Traceback) {
			t.Errorf("%q: published %s, answered %s", code, told, r)
		}
		if r.stream("stdout") != "out\n" || r.stream("stderr") != "err\n" {
			t.Errorf("%q: stdout %q, stderr %q", code, r.stream("stdout"), r.stream("stderr"))
		}
	}
}

// Each error of the compiler names cause, line and column of the cell, and the remedy where one is known.
func TestCompileErrors(t *testing.T) {
	k := shared(t)
	k.ok(t, "func double(x int) int {\n\treturn 2 * x\n}\n\ntype Pair struct{ A, B int }")
	body := k.run(t, "inBodyOnly := 42\nprintln(inBodyOnly)")
	for _, c := range []struct {
		name, code string
		value      string   // the beginning of evalue
		trace      []string // what the traceback holds
	}{
		{"undefined name", "import \"fmt\"\n\nx := 3\nfmt.Println(x, y)", "undefined: y (line 4)", []string{"line 4, column 16", "fmt.Println(x, y)"}},
		{"imports added", "fmt.Println(strings.ToUpper(\"a\"))\n\nnowhere()", "undefined: nowhere (line 3)", []string{"line 3, column 1"}},
		{"merged definitions", "a := double(1)\nb := double(\"x\")\nprintln(a, b)", "cannot use \"x\"", []string{"line 2, column 13"}},
		{"in a declaration", "func half(x int) int {\n\treturn x / zwo\n}", "undefined: zwo (line 2)", []string{"line 2, column 13"}},
		{"unused", "\nunused := 1", "declared and not used: unused (line 2)", []string{"line 2, column 1"}},
		{"typo in a package's name of something", "fmt.Prinln(1)", "undefined: fmt.Prinln", []string{"Println"}},
		{"typo in a cell's name", "println(duoble(2))", "undefined: duoble", []string{"double"}},
		{"typo in an import", "import \"strigns\"\nstrigns.ToUpper(\"a\")", "package strigns", []string{"strings"}},
		{"missing package", "import \"example.com/nobody/nothing\"\nnothing.Do()", "", []string{"example.com/nobody/nothing"}},
		{"missing field", "p := Pair{}\nprintln(p.C)", "p.C undefined", []string{"line 2, column 11"}},
		{"name from another body", "println(inBodyOnly)", "", []string{"inBodyOnly", fmt.Sprintf("[%d]", body.Count)}},
		{"does not parse", "import \"fmt\"\n\nfmt.Println(\"a\"", "", []string{"line 3"}},
		{"does not parse in the middle", "x := 1\ny = = 2\n", "", []string{"line 2"}},
		{"columns in code points or bytes after an umlaut", "println(\"ä\", nothere)", "undefined: nothere (line 1)", []string{"nothere"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := k.run(t, c.code)
			if r.Status != "error" || !strings.HasPrefix(r.Evalue, c.value) {
				t.Errorf("%s", r)
			}
			trace := strings.Join(r.Traceback, "\n")
			for _, want := range c.trace {
				if !strings.Contains(trace, want) {
					t.Errorf("no %q in\n%s", want, trace)
				}
			}
			noPaths(t, k, r)
		})
	}
}

// noPaths fails when a reader is shown the kernel's own files.
func noPaths(t *testing.T, k *kernel, r result) {
	t.Helper()
	for _, secret := range []string{k.tmp, "gonb_", "main.go", "curious-", "goroutine 1"} {
		if text := r.all(); strings.Contains(text, secret) {
			t.Errorf("%q is shown:\n%s", secret, text)
		}
	}
}

// A panic says what happened and shows the user's own frames; the runtime's are folded.
func TestPanics(t *testing.T) {
	k := shared(t)
	def := k.run(t, "func fall(n int) {\n\tif n == 0 {\n\t\tvar m map[string]int\n\t\tm[\"a\"] = 1\n\t}\n\tfall(n - 1)\n}")
	for _, c := range []struct {
		name, code string
		want       []string
	}{
		{"of the runtime", "x := []int{1}\nfor i := range 5 {\n\tprintln(x[i])\n}", []string{"index out of range [1] with length 1", "line 3"}},
		{"in another cell's function", "println(1)\nfall(2)", []string{"assignment to entry in nil map", fmt.Sprintf("[%d]", def.Count), "line 4", "line 6", "line 2"}},
		{"of an error", "panic(fmt.Errorf(\"no luck: %w\", io.EOF))", []string{"no luck: EOF", "line 1"}},
		{"in a goroutine", "done := make(chan int)\ngo func() {\n\tpanic(\"there\")\n}()\n<-done", []string{"there", "line 3"}},
		{"inside the standard library", "strings.Repeat(\"x\", -1)\nprintln(2)", []string{"negative Repeat count", "line 1"}},
		{"deadlock", "c := make(chan int)\n<-c", []string{"deadlock", "line 2"}},
		{"stack overflow", "debug.SetMaxStack(1 << 16)\nvar f func(int) int\nf = func(i int) int {\n\treturn f(i+1) + 1\n}\nprintln(f(0))", []string{"stack", "line 4"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := k.run(t, c.code)
			trace := r.Evalue + "\n" + strings.Join(r.Traceback, "\n")
			if r.Status != "error" {
				t.Fatalf("%s", r)
			}
			for _, want := range c.want {
				if !strings.Contains(trace, want) {
					t.Errorf("no %q in\n%s", want, trace)
				}
			}
			if n := strings.Count(trace, "\n"); n > 40 {
				t.Errorf("%d lines:\n%s", n, trace)
			}
			if strings.Contains(r.stream("stderr"), "goroutine") {
				t.Errorf("the dump is in stderr too: %s", r.stream("stderr"))
			}
			noPaths(t, k, r)
		})
	}
}

// A failing command fails the cell, and nothing after it runs; so does a failing script.
func TestFailingCommands(t *testing.T) {
	k := shared(t)
	for _, c := range []struct{ code, value, stdout string }{
		{"!exit 3\n!echo after\nfmt.Println(\"not reached\")", "exit status 3", ""},
		{"!echo before\n!false\nprintln(1)", "exit status 1", "before\n"},
		{"!kill -9 $$", "exit status 137", ""},
		{"!no-such-command-anywhere", "exit status 127", ""},
		{"%%bash\necho one\nexit 7", "exit status 7", "one\n"},
		{"%%sh\nexit 8", "exit status 8", ""},
		{"%%script cat\nas it stands", "", "as it stands"},
		{"!*exit 9", "exit status 9", ""},
		{"!echo ok", "", "ok\n"},
	} {
		r := k.run(t, c.code)
		if want := map[bool]string{true: "ok", false: "error"}[c.value == ""]; r.Status != want || r.Evalue != c.value {
			t.Errorf("%q: %s", c.code, r)
		}
		if got := r.stream("stdout"); strings.TrimSpace(got) != strings.TrimSpace(c.stdout) {
			t.Errorf("%q: stdout %q", c.code, got)
		}
		noPaths(t, k, r)
	}
}

// What is no request that the kernel knows gets an error, never silence.
func TestUnsupportedRequests(t *testing.T) {
	k := shared(t)
	for _, channel := range []wire.Channel{wire.Control, wire.Shell} {
		for _, kind := range []string{"debug_request", "create_subshell_request", "delete_subshell_request", "list_subshell_request", "no_such_request"} {
			var r result
			k.ask(t, channel, kind, object{}, &r)
			if r.Status != "error" || r.Ename == "" || !strings.Contains(r.Evalue, kind) {
				t.Errorf("%s: %s", kind, r)
			}
		}
	}
	var r result
	k.ask(t, wire.Shell, "execute_request", object{"code": 7}, &r)
	if r.Status != "error" {
		t.Errorf("a request with a number for its code: %s", r)
	}
	if got := k.ok(t, `fmt.Println("still there")`); got != "still there\n" {
		t.Errorf("then %q", got)
	}
}
