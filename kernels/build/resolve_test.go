package build

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// resolved are programs' bodies, what was declared for them, and the imports that they need: as goimports has them, but where a comment says otherwise.
var resolved = []struct {
	name, body, declared, want, unresolved string
}{
	{"one of Go's own", `fmt.Println(strings.ToUpper("a"))`, "", "fmt strings", ""},
	{"declared and used", `fmt.Println()`, "fmt", "fmt", ""},
	{"declared and not used", `fmt.Println()`, "os fmt", "fmt", ""},
	{"alias used", `f.Println()`, "f=fmt", "f=fmt", ""},
	{"alias not used", `fmt.Println()`, "f=fmt", "fmt", ""},
	{"for its effect", ``, "_=image/png", "_=image/png", ""},
	{"dot used", `Println()`, ".=fmt", ".=fmt", ""},
	{"dot used as a type", `var s Stringer; _ = s`, ".=fmt", ".=fmt", ""},
	{"dot not used", `println(len("x"))`, ".=fmt", "", ""}, // goimports keeps it, and the compiler refuses it
	{"shadowed by a variable", `fmt := struct{ Println func() }{}; fmt.Println()`, "fmt", "", ""},
	{"shadowed by a parameter", `func(os struct{ Args int }) int { return os.Args }(struct{ Args int }{})`, "", "", ""},
	{"new random numbers", `_ = rand.N(3)`, "", "math/rand/v2", ""},
	{"old random numbers", `rand.Seed(1); _ = rand.Intn(3)`, "", "math/rand", ""},
	{"secret random numbers", `b := make([]byte, 3); rand.Read(b); rand.Prime(rand.Reader, 3)`, "", "crypto/rand", ""},
	{"either random numbers", `_ = rand.Float64()`, "", "math/rand/v2", ""},
	{"text template", `template.Must(template.New("x").Parse("x"))`, "", "text/template", ""},
	{"html template", `_ = template.HTML("x")`, "", "html/template", ""},
	{"module's own", `fmt.Println(a.A())`, "", "example.com/m/a fmt", ""},
	{"module's own under a name of Go's", `template.Mine()`, "", "example.com/m/template", ""},
	{"declared beats guessed", `template.Mine()`, "html/template", "html/template", ""},
	{"two declared under one name", `_ = rand.Reader`, "math/rand crypto/rand", "crypto/rand", ""}, // goimports keeps both, and the compiler refuses them
	{"internal", `internal.I()`, "", "", "internal"},
	{"no such name", `nowhere.F()`, "", "", "nowhere"},
	{"a variable of elsewhere", `list.Append(3)`, "", "", "list"},
	{"misspelt", `fmt.Printn("x")`, "", "fmt", ""}, // goimports gives up, and the compiler blames fmt
	{"unexported", `fmt.println("x")`, "", "fmt", ""},
	{"path unlike the name", `_ = yaml.Marshal`, "gopkg.in/yaml.v3", "gopkg.in/yaml.v3", ""},
	{"version in the path", `_ = rand.N(2)`, "math/rand/v2", "math/rand/v2", ""},
	{"type parameters", `slices.SortFunc([]int{}, cmp.Compare[int]); for range maps.Keys(map[int]int{}) {}`, "", "cmp maps slices", ""},
	{"types only", `var wg sync.WaitGroup; var t time.Duration; _, _ = &wg, t`, "", "sync time", ""},
	{"pictures", `m := image.NewRGBA(image.Rect(0, 0, 1, 1)); draw.Draw(m, m.Rect, image.Black, image.Point{}, draw.Src); png.Encode(nil, m); _ = color.White`, "", "image image/color image/draw image/png", ""},
	{"json and http", `json.NewEncoder(os.Stdout); http.Get(""); _ = url.Values{}; _ = context.TODO()`, "", "context encoding/json net/http net/url os", ""},
	{"profiles", `pprof.StartCPUProfile(nil); debug.SetGCPercent(1); runtime.GC()`, "", "runtime runtime/debug runtime/pprof", ""},
	{"heaps and lists", `heap.Init(nil); _ = list.New(); bufio.NewScanner(nil); big.NewInt(1); bits.Len(1); sort.Ints(nil)`, "", "bufio container/heap container/list math/big math/bits sort", ""},
	{"unsafe", `_ = unsafe.Sizeof(1)`, "", "unsafe", ""},
	{"method of a result", `regexp.MustCompile("x").String(); filepath.Join(); path.Join(); errors.New("")`, "", "errors path path/filepath regexp", ""},
	{"syntax error later", "fmt.Println()\n}\nfunc f( {", "", "fmt", ""},
}

func imports(list string) (all []Import) {
	for _, item := range strings.Fields(list) {
		if alias, path, ok := strings.Cut(item, "="); ok {
			all = append(all, Import{alias, path})
		} else {
			all = append(all, Import{"", item})
		}
	}
	return all
}

func TestResolve(t *testing.T) {
	k := newBench(t)
	for _, c := range resolved {
		t.Run(c.name, func(t *testing.T) {
			got, unresolved, err := k.Resolve([]byte("package main\nfunc main() {\n"+c.body+"\n}\n"), imports(c.declared))
			if err != nil || !slices.Equal(got, imports(c.want)) || strings.Join(unresolved, " ") != c.unresolved {
				t.Errorf("got %v, unresolved %v, %v; want %s, unresolved %s", got, unresolved, err, c.want, c.unresolved)
			}
		})
	}
	// imports that the file has itself count as declared
	got, _, err := k.Resolve([]byte("package main\nimport f \"fmt\"\nimport \"os\"\nfunc main() { f.Println() }\n"), nil)
	if err != nil || fmt.Sprint(got) != "[{f fmt}]" {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Printn", "Println", true},
		{"Prinltn", "Println", true},
		{"Pritln", "Println", true},
		{"println", "Println", true},
		{"Printlnn", "Println", true},
		{"Printlx", "Println", true},
		{"Append", "Println", false},
		{"New", "Now", false},
		{"Len", "Init", false},
		{"Print", "Println", false},
	} {
		if got := alike(c.a, c.b); got != c.want {
			t.Errorf("alike(%q, %q) = %v", c.a, c.b, got)
		}
	}
}
