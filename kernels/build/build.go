// Package build turns the text of a cell's program into an executable file faster than `go build` does, and never into a stale one.
//
// It keeps an index of the packages that a cell can import, with their compiled export data in Go's build cache, and so can run the compiler and the linker
// themselves: most of what `go build` does for a small program is to find out again what was true a second ago. The index lies on disk, is checked against
// the files it was made from whenever it is used, and is brought up to date package by package. Whatever the direct way does not cover goes to the go command.
package build

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Options say where a Builder works.
type Options struct {
	Root  string   // the module's folder, which cells import from; "" for none
	Dir   string   // the folder of cells' programs, with its go.mod and go.work; "" until there is one, see [Builder.Use]
	Cache string   // folder for the index and for built programs; "" keeps nothing
	Limit int64    // bytes of programs kept [3 GB]
	Env   []string // environment of the go command [os.Environ()]
	Go    string   // the go command [the first on Env's PATH]
}

// Package is one that a cell may import.
type Package struct {
	Path     string
	Name     string
	Dir      string
	Export   string `json:",omitempty"` // the compiled package in Go's build cache; "" when it has not been compiled
	Standard bool   `json:",omitempty"`
	Local    bool   `json:",omitempty"` // its files may change: they are neither Go's own nor in the module cache
	GoFiles  []string
	Imports  []string
	Error    string `json:",omitempty"` // what keeps it from being compiled
}

// Import is one import of a program.
type Import struct{ Alias, Path string }

// Program is what is built. Its folder is only read: the sources need not lie in it.
type Program struct {
	Dir    string            // the folder whose go.mod and go.work count
	Source []byte            // main.go; main_test.go for a Test
	Extra  map[string][]byte // further files by base name
	Flags  []string          // for the go command
}

// Mode is what becomes of a program.
type Mode int

// A Test is made by `go test -c`, Wasm by `go build` for a browser.
const (
	Executable Mode = iota
	Test
	Wasm
)

// Builder builds programs. Its methods may be called concurrently.
type Builder struct {
	root  string
	env   []string
	goCmd string // "" when there is no go command
	tools string // hash of the go command and of the environment that it looks at
	cache *cache

	dir    atomic.Pointer[string]
	index  atomic.Pointer[index] // nil until loaded
	mu     sync.Mutex            // held by who changes the index
	lister chan struct{}         // held by who lists packages to bring the index up to date
	making map[string]*making    // indexes being made, guarded by mu
	types  universe

	ctx  context.Context // of what goes on in the background
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// New is a Builder that has not looked at anything yet; see [Builder.Warm].
func New(o Options) *Builder {
	b := &Builder{root: o.Root, env: o.Env, goCmd: o.Go, making: map[string]*making{}, lister: make(chan struct{}, 1)}
	if b.env == nil {
		b.env = os.Environ()
	}
	if b.goCmd == "" {
		b.goCmd = lookGo(b.env)
	}
	b.tools = toolsKey(b.goCmd, b.env)
	b.dir.Store(&o.Dir)
	b.ctx, b.stop = context.WithCancel(context.Background())
	if o.Limit <= 0 {
		o.Limit = 3 << 30
	}
	if o.Cache != "" {
		b.cache = &cache{dir: o.Cache, limit: o.Limit}
	}
	return b
}

// Use says in which folder programs are built from now on.
func (b *Builder) Use(dir string) { b.dir.Store(&dir) }

// Close ends what goes on in the background, with its processes.
func (b *Builder) Close() {
	b.stop()
	b.wg.Wait()
}

// Warm loads the index, or makes it, which takes as long as compiling what was never compiled before.
func (b *Builder) Warm(ctx context.Context) error {
	ws, err := b.workspace(*b.dir.Load())
	if err != nil {
		return err
	}
	if ix := b.ready(ws); ix != nil && ix.complete() {
		return nil
	}
	_, err = b.made(ctx, ws)
	return err
}

// lookGo finds the go command on the PATH of an environment.
func lookGo(env []string) string {
	for _, dir := range filepath.SplitList(getenv(env, "PATH")) {
		if file := filepath.Join(dir, "go"); filepath.IsAbs(file) {
			if found, err := exec.LookPath(file); err == nil {
				return found
			}
		}
	}
	return ""
}

// getenv is the value of a variable, of which the last setting counts.
func getenv(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(kv, name+"="); ok {
			return value
		}
	}
	return ""
}
