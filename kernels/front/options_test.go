package front_test

import (
	"strings"
	"testing"

	"github.com/curious-go/curious/kernels/wire"
)

// silent, store_history, user_expressions and allow_stdin do what the protocol says.
func TestExecuteOptions(t *testing.T) {
	k := shared(t)
	before := k.run(t, "1 + 1").Count

	silent := k.runWith(t, "40 + 2", wire.Options{Silent: true})
	if silent.Status != "ok" || len(silent.of("execute_result")) != 0 || silent.Count != before {
		t.Errorf("silent, after %d: %s", before, silent)
	}
	cell, err := k.Send(wire.Shell, "execute_request", object{"code": "nowhere()", "silent": true, "stop_on_error": false})
	if err != nil {
		t.Fatal(err)
	}
	tap := k.IOPub()
	reply, err := k.Reply(within(t), cell)
	if err != nil {
		t.Fatal(err)
	}
	if r := resultOf(t, reply, nil); r.Status != "error" {
		t.Errorf("a silent cell that fails: %s", r)
	}
	unlisted := k.runWith(t, "7 * 6", wire.Options{Unlisted: true})
	if unlisted.Status != "ok" || len(unlisted.of("execute_result")) != 1 || unlisted.Count != before {
		t.Errorf("unlisted, after %d: %s", before, unlisted)
	}
	for m := range tap {
		if m.ParentID() == cell.Header.ID && m.Header.Type != "status" {
			t.Errorf("a silent cell published %s", m.Header.Type)
		}
		if m.ParentID() != cell.Header.ID && m.Header.Type == "status" && strings.Contains(string(m.Content), "idle") {
			break
		}
	}

	r := k.runWith(t, "x := 20", wire.Options{Expressions: map[string]string{
		"sum": "x + 1", "text": `fmt.Sprint("a", "b")`, "missing": "nosuch + 1", "cut": "1 +", "fails": `strconv.Atoi("x")`,
	}})
	if r.Status != "ok" || r.Count != before+1 {
		t.Errorf("%s", r)
	}
	for name, want := range map[string]string{"sum": "21", "text": `"ab"`} {
		if e := r.Expressions[name]; e.Status != "ok" || e.Data["text/plain"] != want {
			t.Errorf("%s: %+v", name, e)
		}
	}
	for _, name := range []string{"missing", "cut", "fails"} {
		if e := r.Expressions[name]; e.Status != "error" || e.Ename == "" || e.Evalue == "" {
			t.Errorf("%s: %+v", name, e)
		}
	}

	asks := "import \"github.com/janpfeifer/gonb/gonbui\"\n\nvar name string\ngonbui.RequestInput(\"name? \", false)\nfmt.Scanln(&name)\nfmt.Println(\"hello\", name)"
	if r := k.run(t, asks); r.Status != "error" || r.Ename != "StdinNotAllowed" {
		t.Errorf("input without allow_stdin: %s", r)
	}
	r = k.runWith(t, asks, wire.Options{Input: func(prompt string, password bool) (string, error) {
		if prompt != "name? " || password {
			t.Errorf("asked %q, password %v", prompt, password)
		}
		return "Ada", nil
	}})
	if r.Status != "ok" || !strings.HasSuffix(r.stream("stdout"), "hello Ada\n") {
		t.Errorf("input: %s", r)
	}
}

// %help and questions about names answer in the pager, and with nothing else.
func TestPager(t *testing.T) {
	k := shared(t)
	for code, want := range map[string]string{
		"%help": "%goflags", "fmt.Println?": "Println formats", "?strings.ToUpper": "ToUpper", "greet.Hello??": "return \"hello, \"", "nothingAtAll?": "nothingAtAll",
	} {
		r := k.run(t, code)
		if r.Status != "ok" || len(r.Payload) != 1 || r.Payload[0].Source != "page" || !strings.Contains(r.Payload[0].Data["text/plain"], want) || len(r.outputs) != 0 {
			t.Errorf("%s: %s\n%+v", code, r, r.Payload)
		}
	}
	if r := k.run(t, "%help\nfmt.Println(1)"); r.Status != "ok" || len(r.Payload) != 1 || r.stream("stdout") != "1\n" {
		t.Errorf("%%help above a statement: %s", r)
	}
}

// Special commands of GoNB go on working, and name what they do not know.
func TestSpecialCommands(t *testing.T) {
	k := start(t, settings{})
	for _, c := range []struct{ code, stdout string }{
		{"%env CURIOUS_TEST_VALUE word\nfmt.Println(os.Getenv(\"CURIOUS_TEST_VALUE\"))", "word"},
		{"!echo $CURIOUS_TEST_VALUE", "word"},
		{"%args a b\nfmt.Println(os.Args[1:])", "[a b]"},
		{"%% c d\nfmt.Println(os.Args[1:])", "[c d]"},
		{"%cd /\n!pwd", "/"},
		{"func main() { fmt.Println(\"by main\") }", "by main"},
		{"func TestMe(t *testing.T) { fmt.Println(\"tested\") }\n%test", "tested"},
		{"var kept = 5", ""},
		{"fmt.Println(kept)", "5"},
		{"fmt.Println(len(os.Getenv(\"CURIOUS_FRONT\")), os.Getenv(\"TMPDIR\") == \"" + k.tmp + "\")", "0 true"},
		{"!echo ${CURIOUS_FRONT}none; which go", "none"},
	} {
		r := k.run(t, c.code)
		if r.Status != "ok" || !strings.Contains(r.stream("stdout"), c.stdout) {
			t.Errorf("%q: %s", c.code, r)
		}
	}
	if r := k.run(t, "%nosuchcommand"); r.Status == "ok" && r.stream("stderr") == "" {
		t.Errorf("an unknown command: %s", r)
	}
	k.ok(t, "%rm kept")
	if r := k.run(t, "fmt.Println(kept)"); r.Status != "error" {
		t.Errorf("a definition that was removed: %s", r)
	}
	if out := k.ok(t, "!env"); strings.Contains(out, "CURIOUS_FRONT") || strings.Contains(out, "CURIOUS_TMP=") || strings.Contains(out, "/bin/shim") {
		t.Errorf("a command sees the kernel's own settings:\n%s", out)
	}
}
