package front

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// toolServer answers the shims: GoNB's calls of goimports and go, and the !commands of cells. See package shim.
type toolServer struct {
	front  *Front
	dir    string // first on GoNB's PATH
	shim   string // the shim under a path that is short and has no space
	socket string
	listen net.Listener
	conns  sync.WaitGroup
}

// toolRequest and toolAnswer are the shim's request and answer.
type (
	toolRequest struct {
		Do     string   `json:"do"`
		Args   []string `json:"args"`
		Dir    string   `json:"dir"`
		Parent int      `json:"parent"`
		Key    string   `json:"key"`
		Status int      `json:"status"`
		Signal string   `json:"signal"`
	}
	toolAnswer struct {
		Exec   bool     `json:"exec,omitempty"`
		Args   []string `json:"args,omitempty"`
		Skip   bool     `json:"skip,omitempty"`
		End    bool     `json:"end,omitempty"`
		Status int      `json:"status,omitempty"`
		Output string   `json:"output,omitempty"`
	}
)

func (f *Front) openTools() (*toolServer, error) {
	t := &toolServer{front: f, dir: filepath.Join(f.scratch, "bin"), shim: filepath.Join(f.scratch, "bin", "shim"), socket: filepath.Join(f.scratch, "front")}
	shim := filepath.Join(f.Bin, "curious-shim")
	if _, err := os.Stat(shim); err != nil {
		return nil, fmt.Errorf("front: starting the kernel: %w: run `go run . install` again", err)
	}
	if err := os.MkdirAll(t.dir, 0o700); err != nil {
		return nil, fmt.Errorf("front: starting the kernel: %w", err)
	}
	for _, name := range []string{"shim", "go", "goimports", "lsof"} { // all that GoNB calls by name; no gopls
		if err := os.Symlink(shim, filepath.Join(t.dir, name)); err != nil {
			return nil, fmt.Errorf("front: starting the kernel: %w", err)
		}
	}
	var err error
	if t.listen, err = net.Listen("unix", t.socket); err != nil {
		return nil, fmt.Errorf("front: starting the kernel: %w", err)
	}
	t.conns.Go(t.serve)
	return t, nil
}

func (t *toolServer) Close() {
	t.listen.Close()
	t.conns.Wait()
}

func (t *toolServer) serve() {
	for {
		c, err := t.listen.Accept()
		if err != nil {
			return
		}
		t.conns.Go(func() {
			defer c.Close()
			in := bufio.NewReaderSize(c, 64<<10)
			line, err := in.ReadBytes('\n')
			var r toolRequest
			if err != nil || json.Unmarshal(line, &r) != nil {
				return
			}
			if r.Do == "program" && len(r.Args) == 1 {
				t.listenTo(in, c, r.Args[0])
				return
			}
			_ = json.NewEncoder(c).Encode(t.answer(&r))
		})
	}
}

func (t *toolServer) answer(r *toolRequest) toolAnswer {
	t.front.mu.Lock()
	ex, g := t.front.running, t.front.gonb
	t.front.mu.Unlock()
	if ex == nil {
		return toolAnswer{Exec: true, Skip: true}
	}
	switch r.Do {
	case "command":
		return ex.command(r.Key)
	case "status":
		ex.commandEnded(r.Key, r.Status, r.Signal)
		return toolAnswer{End: ex.interruptedTimes() > 0}
	}
	if g == nil || r.Parent != g.pid || len(r.Args) < 2 { // somebody else calls it
		return toolAnswer{Exec: true}
	}
	switch {
	case slices.Equal(r.Args, []string{"go", "env", "GOROOT"}):
		return toolAnswer{Output: t.goRoot()}
	case r.Args[0] == "goimports" && len(r.Args) == 3:
		return ex.imports(r.Args[2])
	case r.Args[0] == "go" && (r.Args[1] == "build" || r.Args[1] == "test"):
		return ex.build(r)
	}
	return toolAnswer{Exec: true}
}

// goRoot is a folder in which GoNB, for %wasm, finds a file of Go's where Go had it before version 1.24.
func (t *toolServer) goRoot() string {
	root := filepath.Join(t.front.scratch, "goroot")
	old := filepath.Join(root, "misc", "wasm")
	if _, err := os.Stat(old); err != nil {
		cmd := exec.Command("go", "env", "GOROOT")
		cmd.Env = t.front.Env
		out, err := cmd.Output()
		if err != nil {
			return ""
		}
		if err := os.MkdirAll(filepath.Dir(old), 0o700); err == nil {
			_ = os.Symlink(filepath.Join(strings.TrimSpace(string(out)), "lib", "wasm"), old)
		}
	}
	return root
}

// programFile writes the file that GoNB starts as a cell's program: the shim is its interpreter, becomes the program, and gives it the environment that cells have.
func (t *toolServer) programFile(file, program string, env map[string]string, direct bool) error {
	text, err := json.Marshal(map[string]any{"program": program, "env": env, "direct": direct})
	if err != nil {
		return err
	}
	if strings.ContainsAny(t.shim, " \t") {
		return fmt.Errorf("front: writing a program file: the temporary folder %s has a space in its name: set TMPDIR to one without", t.front.scratch)
	}
	_ = os.Remove(file) // a file that still runs cannot be written to
	return os.WriteFile(file, fmt.Appendf(nil, "#!%s\n%s\n", t.shim, text), 0o700)
}
