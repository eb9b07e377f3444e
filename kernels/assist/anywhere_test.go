package assist

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"
	"unicode/utf8"
)

// cells are whole cells of statements, in which every name is right.
var whole = []string{
	`counts := map[string]int{}
for _, word := range strings.Fields("a rose is a rose") {
	counts[strings.ToLower(word)]++
}
names := make([]string, 0, len(counts))
for name := range counts {
	names = append(names, name)
}
sort.Slice(names, func(i, j int) bool { return counts[names[i]] > counts[names[j]] })
fmt.Printf("%v %d\n", names, counts[names[0]])`,
	`server := &http.Server{Addr: ":8080", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet || len(r.URL.Query()["q"]) == 0 {
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
		return
	}
	fmt.Fprintln(w, r.URL.Path, r.Header.Get("Accept"))
})}
defer server.Close()
go func() {
	if err := server.ListenAndServe(); err != nil {
		fmt.Println(err.Error())
	}
}()`,
	`type shape interface{ Area() float64 }
type square struct {
	shape
	side float64 // 长
}
func (s square) Area() float64 { return s.side * s.side }
func largest[T shape](shapes ...T) (best T) {
	for i, s := range shapes {
		if i == 0 || s.Area() > best.Area() {
			best = s
		}
	}
	return best
}
"🙂"
switch big := largest(square{side: 1}, square{side: math.Sqrt2}); {
case big.side > 1:
	fmt.Println(big.Area(), "größer")
default:
	var e any = big
	switch v := e.(type) {
	case shape:
		fmt.Println(v.Area())
	}
}`,
	`answer, err := pupil.Ask("why?")
select {
case <-time.After(time.Second):
	fmt.Println(answer, err)
}
x := Twice(Twice(3)) + numbers.Intn(4)
fmt.Println(x, pupil.Name)`,
}

// Wherever the cursor stands in a name, the name is among the matches, whether the rest of the cell is there or not yet typed; and every name is explained.
func TestAnywhere(t *testing.T) {
	a := New(Options{Definitions: remembered})
	for _, code := range whole {
		for _, name := range namesIn(t, code) {
			for typed := range min(len(name.Name), 3) {
				cut := int(name.Pos()) + typed
				cursor := utf8.RuneCountInString(code[:cut])
				for _, cell := range []string{code, code[:cut]} {
					if got := texts(a.Complete(cell, cursor)); (typed > 0 || code[cut-1] == '.') && !slices.Contains(got, name.Name) {
						t.Errorf("no %s after …%s: %v", name.Name, code[max(0, cut-40):cut], got[:min(len(got), 8)])
					}
				}
				if _, found := a.Inspect(code, cursor, 0); !found {
					t.Errorf("nothing about %s after …%s", name.Name, code[max(0, cut-40):cut])
				}
			}
		}
	}
}

// namesIn is the names that a cell uses, less those that it declares; their positions are offsets.
func namesIn(t *testing.T, code string) (names []*ast.Ident) {
	for _, c := range chunks([]byte(code)) {
		before := "package p; func _() {\n"
		if c.kind != token.ILLEGAL {
			before = "package p; "
		}
		text := before + code[c.start:c.end]
		if c.kind == token.ILLEGAL {
			text += "\n}"
		}
		file, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		declared := map[*ast.Ident]bool{file.Name: true}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if id, ok := left.(*ast.Ident); ok && n.Tok == token.DEFINE {
						declared[id] = true
					}
				}
			case *ast.RangeStmt:
				for _, left := range []ast.Expr{n.Key, n.Value} {
					if id, ok := left.(*ast.Ident); ok {
						declared[id] = true
					}
				}
			case *ast.Field:
				for _, id := range n.Names {
					declared[id] = true
				}
			case *ast.TypeSpec:
				declared[n.Name] = true
			case *ast.ValueSpec:
				for _, id := range n.Names {
					declared[id] = true
				}
			case *ast.FuncDecl:
				declared[n.Name] = true
			case *ast.Ident:
				if !declared[n] && n.Name != "_" {
					names = append(names, &ast.Ident{NamePos: n.Pos() - token.Pos(len(before)) - 1 + token.Pos(c.start), Name: n.Name})
				}
			}
			return true
		})
	}
	return names
}

func FuzzComplete(f *testing.F) {
	a := fuzzed(f)
	f.Fuzz(func(t *testing.T, code string, cursor int) {
		c := a.Complete(code, cursor)
		if points := utf8.RuneCountInString(code); c.Start < 0 || c.End < c.Start || c.End > points || len(c.Matches) > most || c.Matches == nil {
			t.Errorf("%d matches for %d to %d of %d", len(c.Matches), c.Start, c.End, points)
		}
	})
}

func FuzzInspect(f *testing.F) {
	a := fuzzed(f)
	f.Fuzz(func(t *testing.T, code string, cursor int) {
		data, found := a.Inspect(code, cursor, 1)
		if text, _ := data["text/plain"].(string); found != (text != "") {
			t.Errorf("found is %v: %q", found, text)
		}
	})
}

// fuzzed is an Assistant that sees only what it is given, so that a fuzz test is fast, and panics that are guarded elsewhere show.
func fuzzed(f *testing.F) *Assistant {
	for _, code := range append(slices.Clone(whole), "", "%args a\nfmt.Pri", "%%bash\nls", "!ls \\\n -l", "import (\n\t\"fm", "x := `a\n%b`\n//c", "'\\", "func (a b) c", "🙂.", "a[b(c{d.") {
		f.Add(code, len(code)/2)
		f.Add(code, len(code))
	}
	return New(Options{Definitions: remembered, Commands: map[string]string{"%args": "arguments", "!": "shell"}})
}
