package assist

import (
	"strings"
	"testing"
)

func TestInspect(t *testing.T) {
	tests := map[string]struct {
		code string
		want string // parts of the plain text, in order
	}{
		"function":                    {"fmt.Pri¦ntln(3)", "func Println(a ...any) (n int, err error)|Println formats using|package fmt, print.go line"},
		"at its beginning":            {"fmt.¦Println(3)", "func Println|"},
		"at its end":                  {"fmt.Println¦(3)", "func Println|"},
		"on its package":              {"f¦mt.Println(3)", "package fmt|Package fmt implements"},
		"package without an import":   {"import \"fmt\"\nbu¦fio.NewReader(nil)", "package bufio|Package bufio implements"},
		"in an open call":             {"fmt.Println(", "func Println|"},
		"in a call":                   {"fmt.Println(¦)", "func Println|"},
		"in a string":                 {"fmt.Println(\"a¦b\")", "func Println|"},
		"behind an argument":          {"fmt.Println(1, ¦)", "func Println|"},
		"innermost call":              {"fmt.Println(len(¦))", "func len|built into Go"},
		"behind the inner call":       {"fmt.Println(len(\"\"), ¦)", "func Println|"},
		"call over lines":             {"fmt.Println(\n\t1,\n\t¦\n)", "func Println|"},
		"method":                      {"var b strings.Builder\nb.WriteS¦tring(\"\")", "func (b *Builder) WriteString(s string) (int, error)|WriteString appends|package strings"},
		"interface method":            {"var r io.Reader\nr.Re¦ad(nil)", "Read(p []byte) (n int, err error)"},
		"method of error":             {"var e error\ne.Err¦or()", "Error() string|built into Go"},
		"field":                       {"var s http.Server\ns.Hand¦ler", "field Handler http.Handler|handler to invoke|package net/http, server.go"},
		"literal key":                 {"x := http.Server{Hand¦ler: nil}", "field Handler http.Handler|handler to invoke"},
		"in a literal":                {"x := http.Server{¦}", "type Server struct|A Server defines"},
		"type":                        {"var s http.Ser¦ver", "type Server struct {|Addr optionally|A Server defines|package net/http"},
		"constant":                    {"math.P¦i", "const Pi untyped float = 3.14159|package math"},
		"variable":                    {"io.EO¦F", "var EOF error|EOF is the error returned"},
		"promoted field":              {"run := must.Get(pixelcnn.Open(\"quick\"))\nrun.Back¦end", "field Backend compute.Backend"},
		"promoted method":             {"run := must.Get(pixelcnn.Open(\"quick\"))\nrun.Ti¦tle()", "Title() string|pkg/train"},
		"generic call":                {"must.G¦et(pixelcnn.Open(\"quick\"))", "func Get[|package github.com/curious-go/curious/pkg/must"},
		"local":                       {"pages := 3\npag¦es++", "var pages int|defined in this cell, line 1"},
		"local of a known type":       {"p := Pupil{}\np¦", "var p Pupil|Pupil is curious.|defined in this cell, line 1"},
		"too many values":             {"run := pixelcnn.Open(\"quick\")\nru¦n", "var run *pixelcnn.Run"},
		"range variable":              {"for k¦, v := range map[string]int{} {}", "var k string"},
		"function of an earlier cell": {"Twi¦ce(3)", "func Twice(x int) int|Twice doubles|defined in Cell[3], line 3"},
		"method of an earlier cell":   {"pupil.As¦k(\"why\")", "func (p *Pupil) Ask(question string) (answer string, err error)|Ask asks|defined in Cell[4], line 2"},
		"type of an earlier cell":     {"x := Pup¦il{}", "type Pupil struct {|age|Pupil is curious.|defined in Cell[3], line 7"},
		"field of an earlier cell":    {"pupil.Na¦me", "field Name string|as it is called|Cell[3], line 8"},
		"function of the cell":        {"// Sq squares.\nfunc Sq(x int) int { return x * x }\nS¦q(3)", "func Sq(x int) int|Sq squares.|defined in this cell, line 2"},
		"local named as a function":   {"Twice := 1\n_ = Twi¦ce", "var Twice int|defined in this cell, line 1"},
		"builtin":                     {"appe¦nd(x)", "func append(slice []Type, elems ...Type) []Type|built into Go"},
		"predeclared type":            {"var e err¦or", "type error interface|built into Go"},
		"keyword":                     {"fo¦r {}", "for repeats|keyword of Go"},
		"command":                     {"%ar¦gs a", "the arguments of the program"},
		"shell command":               {"!l¦s", "runs a shell command"},
		"shell command in the folder": {"!*l¦s", "in the folder"},
		"import path":                 {"import \"net/ht¦tp\"", "Package http provides"},
		"behind an error":             {"x := ]\nfmt.Printl¦n(x)", "func Println|"},
		"before an error":             {"fmt.Printl¦n(x)\nx := ][", "func Println|"},
		"behind something undefined":  {"nothing(fmt.Printl¦n)", "func Println|"},
		"emoji and Chinese before it": {"世界 := \"🙂\"; fmt.Printl¦n(世界)", "func Println|"},
		"Chinese name":                {"世界 := 1\n世¦界++", "var 世界 int"},
		"function literal in a call":  {"strings.Map(func(r rune) rune { return ¦ }, \"\")", ""},
		"nothing":                     {"x := ¦ 1", ""},
		"undefined":                   {"nothi¦ng", ""},
		"comment":                     {"fmt.Println( // her¦e\n)", ""},
		"string by itself":            {"x := \"fm¦t\"", ""},
		"magic cell":                  {"%%bash\nfmt.Printl¦n", ""},
		"argument of a magic command": {"%%bash fm¦t", ""},
		"empty":                       {"", ""},
		"at the cell's end":           {"fmt.Println", "func Println|"},
	}
	for state, a := range assistants(t) {
		for name, test := range tests {
			t.Run(state+"/"+name, func(t *testing.T) {
				code, cursor := at(test.code)
				data, found := a.Inspect(code, cursor, 0)
				if found != (test.want != "") {
					t.Fatalf("found is %v: %v", found, data["text/plain"])
				}
				rest, _ := data["text/plain"].(string)
				for _, part := range strings.Split(test.want, "|") {
					_, after, ok := strings.Cut(rest, part)
					if !ok {
						t.Fatalf("no %q in %v", part, data["text/plain"])
					}
					rest = after
				}
			})
		}
	}
}

func TestInspectMarkdown(t *testing.T) {
	a := New(Options{Definitions: remembered})
	data, _ := a.Inspect("Twice(3)", 2, 0)
	want := "```go\nfunc Twice(x int) int\n```\n\nTwice doubles what it is given.\n\n*defined in Cell[3], line 3*"
	if data["text/markdown"] != want {
		t.Errorf("got %q", data["text/markdown"])
	}
	data, _ = a.Inspect("Twice(3)", 2, 1)
	if want += "\n\n```go\nfunc Twice(x int) int { return 2 * x }\n```"; data["text/markdown"] != want {
		t.Errorf("detail 1: got %q", data["text/markdown"])
	}
}

func TestInspectSource(t *testing.T) {
	data, _ := New(Options{}).Inspect("io.ReadFull", 9, 1)
	if text := data["text/plain"].(string); !strings.Contains(text, "return ReadAtLeast(r, buf, len(buf))") {
		t.Errorf("no source in %s", text)
	}
}

// Unexported fields are nobody's business but their package's.
func TestInspectLeavesOutUnexported(t *testing.T) {
	data, _ := New(Options{}).Inspect("http.Server{}", 6, 0)
	text := data["text/plain"].(string)
	if !strings.Contains(text, "TLSConfig *tls.Config") || strings.Contains(text, "inShutdown") || strings.Contains(text, "activeConn") {
		t.Errorf("got %s", text)
	}
}
