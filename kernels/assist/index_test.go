package assist

import (
	"cmp"
	"encoding/json"
	"errors"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/curious-go/curious/kernels/build"
)

// exports is an index of packages with their export data, as the go command gives it.
type exports struct {
	packages map[string]*build.Package
	mu       sync.Mutex
	importer types.Importer
}

// exported is the index of the packages that these tests use, made once.
var exported = sync.OnceValues(func() (*exports, error) {
	cmd := exec.Command("go", "list", "-deps", "-export", "-json=ImportPath,Name,Dir,Export,Standard", "fmt", "net/http", "math/rand", "math/rand/v2", "crypto/rand",
		"image", "strings", "os", "bufio", "./pkg/autoregressive/pixelcnn", "./pkg/show", "./pkg/must", "./pkg/data")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	x := &exports{packages: map[string]*build.Package{}}
	for dec := json.NewDecoder(out); ; {
		var p struct {
			ImportPath, Name, Dir, Export string
			Standard                      bool
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		x.packages[p.ImportPath] = &build.Package{Path: p.ImportPath, Name: p.Name, Dir: p.Dir, Export: p.Export, Standard: p.Standard}
	}
	x.importer = importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		p, ok := x.packages[path]
		if !ok {
			return nil, errors.New("no package " + path)
		}
		return os.Open(p.Export)
	})
	return x, cmd.Wait()
})

func (x *exports) Package(path string) (*build.Package, bool) {
	p, ok := x.packages[path]
	return p, ok
}

func (x *exports) Packages() (all []*build.Package) {
	for _, p := range x.packages {
		all = append(all, p)
	}
	return all
}

func (x *exports) Named(name string) (found []*build.Package) {
	for _, p := range x.packages {
		if p.Name == name && !strings.Contains(p.Path, "internal/") && !strings.HasPrefix(p.Path, "vendor/") {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b *build.Package) int {
		return cmp.Or(strings.Count(a.Path, "/")-strings.Count(b.Path, "/"), -strings.Compare(a.Path, b.Path))
	})
	return found
}

func (x *exports) Types(read func(types.Importer)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	read(x.importer)
}

// never is an index that is never ready.
type never struct{ until chan struct{} }

func (n never) Package(string) (*build.Package, bool) { <-n.until; return nil, false }
func (n never) Named(string) []*build.Package         { <-n.until; return nil }
func (n never) Packages() []*build.Package            { <-n.until; return nil }
func (n never) Types(func(types.Importer))            { <-n.until }

// root is the module's folder.
var root = func() string {
	dir, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return dir
}()

// remembered is what earlier cells defined.
func remembered() string {
	return `package main

import "strings"

import numbers "math/rand"

//line Cell[3]:2:1
// Twice doubles what it is given.
func Twice(x int) int { return 2 * x }

//line Cell[3]:6:1
// Pupil is curious.
type Pupil struct {
	Name string // as it is called
	age  int
}

//line Cell[4]:1:1
// Ask asks a question.
func (p *Pupil) Ask(question string) (answer string, err error) { return strings.ToUpper(question), nil }

//line Cell[5]:1:1
var pupil = &Pupil{}
`
}

func assistants(tb testing.TB) map[string]*Assistant {
	tb.Helper()
	x, err := exported()
	if err != nil {
		tb.Fatal(err)
	}
	until := make(chan struct{})
	tb.Cleanup(func() { close(until) })
	commands := map[string]string{"%args": "%args a b: the arguments of the program", "%env": "%env K V", "%%": "%% begins main", "!": "! runs a shell command", "!*": "!* runs it in the folder"}
	return map[string]*Assistant{
		"ready":     New(Options{Root: root, Packages: x, Definitions: remembered, Commands: commands}),
		"not ready": New(Options{Root: root, Packages: never{until}, Definitions: remembered, Commands: commands}),
		"no index":  New(Options{Root: root, Definitions: remembered, Commands: commands}),
	}
}
