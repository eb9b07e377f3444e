package assist

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

// at takes the cursor's mark out of a cell, and gives where it stood in code points.
func at(code string) (string, int) {
	before, after, ok := strings.Cut(code, "¦")
	if !ok {
		return code, utf8.RuneCountInString(code)
	}
	return before + after, utf8.RuneCountInString(before)
}

func texts(c Completion) (all []string) {
	for _, m := range c.Matches {
		all = append(all, m.Text)
	}
	return all
}

func TestComplete(t *testing.T) {
	tests := map[string]struct {
		code string
		want string // the first matches
		not  string // none of them
	}{
		"package member":                    {"fmt.Pri", "Print Printf Println", ""},
		"in a call":                         {"import \"fmt\"\nfmt.Println(strings.ToU¦, 3)", "ToUpper ToUpperSpecial", ""},
		"another case":                      {"strings.tou", "ToUpper ToUpperSpecial", ""},
		"chosen by its members":             {"rand.Intn(3)\nrand.Int3¦", "Int31 Int31n", ""},
		"two packages of one name":          {"rand.Prim", "Prime", ""},
		"import alias of an earlier cell":   {"numbers.Int6", "Int63 Int63n", ""},
		"module's package":                  {"pixelcnn.Qu", "Quick", ""},
		"method of a result":                {"pixelcnn.Quick().F", "Fit", ""},
		"generic function":                  {"run := must.Get(pixelcnn.Open(\"quick\"))\nrun.Sam", "Sample", ""},
		"too many values":                   {"run := pixelcnn.Open(\"quick\")\nrun.Sam", "Sample", ""},
		"promoted field":                    {"run := must.Get(pixelcnn.Open(\"quick\"))\nrun.Backe", "Backend", ""},
		"indexing":                          {"reports := map[string][]error{}\nreports[\"a\"][0].", "Error", ""},
		"chain over lines":                  {"strings.NewReplacer(\"a\", \"b\").\n\tRepl", "Replace", ""},
		"pointer receiver":                  {"var b strings.Builder\nb.WriteS", "WriteString", ""},
		"no pointer methods on a map value": {"m := map[int]strings.Builder{}\nm[0].", "", "WriteString String"},
		"interface":                         {"var r error\nr.", "Error", ""},
		"method expression":                 {"strings.Builder.", "", "buf"},
		"unexported member":                 {"var b strings.Builder\nb.bu", "", "buf"},
		"literal key":                       {"show.Curves{Ti", "Title time", ""},
		"next literal key":                  {"show.Curves{Title: \"a\", X", "XLabel", "Title"},
		"literal key among others":          {"show.Curves{Y¦, Title: \"a\"}", "YLabel YRange", ""},
		"key of an element":                 {"a := []Pupil{{Na", "Name", ""},
		"value of a key":                    {"x1 := 3\nshow.Curves{Width: x", "x1", ""},
		"local":                             {"first := 1\nfunc() { fresh := 2; f¦ }()", "first fresh false", ""},
		"parameter":                         {"func f(argument int) int { return arg", "argument", ""},
		"nearest first":                     {"Twin := 1\nTwi", "Twin Twice", ""},
		"case as typed first":               {"pup", "pupil Pupil", ""},
		"field of an earlier cell's type":   {"pupil.", "Ask Name age", ""},
		"defined again":                     {"type Pupil struct{ Grade int }\nvar p Pupil\np.", "Ask Grade", "Name"},
		"defined below":                     {"bel¦\nfunc below() {}", "below", ""},
		"not yet declared":                  {"late¦\nlater := 3", "", "later"},
		"own name":                          {"fresh := 3\nfunc fre", "", "fresh"},
		"keyword":                           {"fallth", "fallthrough", ""},
		"package name":                      {"bufi", "bufio", ""},
		"label":                             {"outer:\nfor {\n\tbreak ou", "outer", ""},
		"if head":                           {"x := Pupil{}\nif x.Na", "Name", ""},
		"for head":                          {"for i := range strings.Fi", "Fields FieldsFunc FieldsFuncSeq FieldsSeq", ""},
		"switch head":                       {"switch pupil.N", "Name", ""},
		"case":                              {"switch {\ncase pupil.N", "Name", ""},
		"deferred":                          {"var b strings.Builder\ndefer b.Rese", "Reset", ""},
		"go":                                {"go func() { pupil.N", "Name", ""},
		"type of a parameter":               {"func f(p Pup", "Pupil", ""},
		"type in a package":                 {"var w bufio.Wri", "Writer", ""},
		"composite in a call":               {"show.Display(show.Curves{Title: pupil.N¦})", "Name", ""},
		"forgotten parenthesis":             {"fmt.Println(\nfunc f() { pupil.N", "Name", ""},
		"stray brace":                       {"}\npupil.N", "Name", ""},
		"no operand":                        {"x := ]\npupil.N", "Name", ""},
		"type switch":                       {"var e any\nswitch v := e.(type) {\ncase *Pupil:\n\tv.N", "Name", ""},
		"own main":                          {"func main() {\n\tpupil.N¦\n}", "Name", ""},
		"import path":                       {"import \"encoding/js", "encoding/json", ""},
		"import path by its last part":      {"import (\n\t\"fmt\"\n\tx \"pixelc¦\"\n)", "github.com/curious-go/curious/pkg/autoregressive/pixelcnn", ""},
		"command":                           {"%ar", "%args", ""},
		"all commands":                      {"x := 1\n%", "%% %args %env", ""},
		"behind a command":                  {"%args a b\npupil.N", "Name", ""},
		"behind a continued command":        {"!ls \\\n -l\npupil.N", "Name", ""},
		"argument of a command":             {"%args pup", "", "pupil"},
		"shell command":                     {"!pup", "", "pupil"},
		"comment":                           {"// pup", "", "pupil"},
		"block comment":                     {"/* pup¦ */", "", "pupil"},
		"string":                            {"\"pup¦\"", "", "pupil"},
		"behind a string":                   {"\"pup\"", "", "pupil"},
		"raw string":                        {"`\n%pup¦\n`", "", "pupil"},
		"number":                            {"x := 1.", "", "pupil"},
		"digits":                            {"12", "", "pupil"},
		"magic cell":                        {"%%bash\npup", "", "pupil"},
		"cell with main":                    {"%%\npup", "pupil", ""},
		"empty":                             {"", "", "fmt"},
		"unknown":                           {"nothing.Pri", "", "Print"},
	}
	for state, a := range assistants(t) {
		for name, test := range tests {
			t.Run(state+"/"+name, func(t *testing.T) {
				got := texts(a.Complete(at(test.code)))
				want := strings.Fields(test.want)
				if len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
					t.Errorf("got %v, want %v first", got[:min(len(got), 8)], want)
				}
				for _, no := range strings.Fields(test.not) {
					if slices.Contains(got, no) {
						t.Errorf("got %s among %d", no, len(got))
					}
				}
			})
		}
	}
}

// What is replaced counts Unicode code points: an emoji is one, though JavaScript counts two.
func TestCompleteReplaces(t *testing.T) {
	tests := map[string]struct {
		code       string
		start, end int
	}{
		"ASCII":                {"fmt.Pri", 4, 7},
		"emoji":                {"x := \"🙂\" + fmt.Spri", 15, 19},
		"Chinese":              {"世界 := \"世界\"; fmt.Pri", 16, 19},
		"Chinese name":         {"世界 := 1\n世", 8, 9},
		"flag of two runes":    {"/*🇨🇭*/fmt.Pri", 10, 13},
		"inside of a name":     {"fmt.Pri¦ntln(\"é\")", 4, 11},
		"before a name":        {"pupil.¦Name", 6, 6},
		"nothing found":        {"x := \"🙂\"; nothing.¦", 18, 18},
		"command":              {"x := '🙂'\n%ar", 9, 12},
		"import path":          {"import \"encoding/js¦o\"", 8, 20},
		"import path, unended": {"import \"encoding/js", 8, 19},
		"cursor too far":       {"fmt.Pri", 4, 7},
	}
	a := assistants(t)["ready"]
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			code, cursor := at(test.code)
			if name == "cursor too far" {
				cursor += 100
			}
			if c := a.Complete(code, cursor); c.Start != test.start || c.End != test.end {
				t.Errorf("got %d to %d, want %d to %d: %v", c.Start, c.End, test.start, test.end, c.Matches)
			}
		})
	}
	if c := a.Complete("fmt.Pri", -1); c.Start != 0 || c.End != 0 {
		t.Errorf("cursor before the cell: %+v", c)
	}
}

func TestCompleteShows(t *testing.T) {
	tests := map[string]Match{
		"fmt.Printl":          {"Println", "function", "func(a ...any) (n int, err error)"},
		"pupil.As":            {"Ask", "method", "func(question string) (answer string, err error)"},
		"pupil.Na":            {"Name", "field", "string"},
		"pupi":                {"pupil", "variable", "*Pupil"},
		"math.MaxInt8":        {"MaxInt8", "constant", "untyped int = 127"},
		"http.Serv":           {"Serve", "function", "func(l net.Listener, handler http.Handler) error"},
		"http.ServeM":         {"ServeMux", "type", "struct"},
		"numbe":               {"numbers", "module", "math/rand"},
		"bufi":                {"bufio", "module", "bufio"},
		"contin":              {"continue", "keyword", ""},
		"appen":               {"append", "function", "builtin"},
		"%arg":                {"%args", "command", "%args a b: the arguments of the program"},
		"import \"net/http/h": {"net/http/httptest", "module", "package httptest"},
	}
	for state, a := range assistants(t) {
		for code, want := range tests {
			c := a.Complete(code, len(code))
			if len(c.Matches) == 0 || c.Matches[0] != want {
				t.Errorf("%s: %s: got %+v, want %+v", state, code, c.Matches[:min(2, len(c.Matches))], want)
			}
		}
	}
}

func TestCompleteIsBounded(t *testing.T) {
	var cell strings.Builder
	for i := range 2 * most {
		cell.WriteString("x" + strings.Repeat("x", i%100) + strings.Repeat("y", i/100) + " := 1\n")
	}
	cell.WriteString("x")
	c := New(Options{}).Complete(cell.String(), cell.Len())
	if len(c.Matches) != most {
		t.Errorf("got %d matches", len(c.Matches))
	}
}

func TestConcurrentRequests(t *testing.T) {
	for _, a := range assistants(t) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for _, code := range []string{"fmt.Pri", "pupil.", "show.Curves{Ti", "must.Get(pixelcnn.Open(\"quick\")).", "http."} {
					if c := a.Complete(code, len(code)); len(c.Matches) == 0 {
						t.Errorf("%s: nothing", code)
					}
					if _, ok := a.Inspect("fmt.Println(", 12, 1); !ok {
						t.Error("nothing about fmt.Println")
					}
				}
			})
		}
		wg.Wait()
	}
}
