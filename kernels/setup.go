package kernels

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	_ "embed"

	"github.com/curious-go/curious/pkg/home"
)

//go:embed requirements/jupyter.txt
var jupyterRequirements string

// module is the path of this module.
const module = "github.com/curious-go/curious"

// setup is one run of set-up. Each step knows by a key whether it was done, and does it whole or not at all, so that a set-up killed anywhere is
// taken up again by the next.
type setup struct {
	Env
	progress *progress
	logMu    sync.Mutex
}

// Setup makes the machine ready for device, or finds that it is. It waits for another set-up that is under way; out gets the progress.
func Setup(ctx context.Context, device Device, out io.Writer) (*Env, error) {
	root, err := home.Root()
	if err != nil {
		return nil, err
	}
	homeDir, err := home.Dir()
	if err != nil {
		return nil, err
	}
	s := &setup{Env: Env{Root: root, Home: homeDir, Device: device}, progress: newProgress(out)}
	if _, err := exec.LookPath("go"); err != nil {
		return nil, fmt.Errorf("kernels: setting up: no go command on PATH: install Go 1.26 or newer (https://go.dev/dl) and put its bin folder on PATH")
	}
	if err := writable(homeDir); err != nil {
		return nil, err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	s.sweep()
	s.Venv = venvDir(homeDir) // read under the lock: another set-up may just have made it
	err = s.steps(ctx)
	if ctx.Err() != nil {
		return nil, fmt.Errorf("kernels: setting up: stopped: the same command goes on from here")
	}
	if err != nil {
		return nil, err
	}
	s.offer()
	return &s.Env, nil
}

func (s *setup) steps(ctx context.Context) error {
	for _, step := range []func(context.Context) error{s.roomOnDisk, s.jupyter, s.plugins, s.goTools, s.gopls, s.self, s.specs, s.warm} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// venvMark is the file that says which folder holds the environment of these requirements, and of what it was made.
func venvMark(homeDir string) string {
	return filepath.Join(homeDir, "env", hash(jupyterRequirements)+".json")
}

// venvDir is where the environment lies, "" when there is none.
func venvDir(homeDir string) string { return readMark(venvMark(homeDir)).Values["folder"] }

// hash is a short name for texts: twelve hexadecimal digits.
func hash(texts ...string) string {
	h := sha256.New()
	for _, t := range texts {
		fmt.Fprintf(h, "%d:%s", len(t), t)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// writable makes the folder and a file in it, so that a read-only cache is one clear line and not the tenth step's surprise.
func writable(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".writable-"); err == nil {
			f.Close()
			return os.Remove(f.Name())
		}
	}
	return fmt.Errorf("kernels: preparing the cache folder: %w: make it writable, or set CURIOUS_HOME to a folder that is", err)
}

// lock lets one set-up at a time into the cache folder; the kernel frees it when its process ends, however it ends.
func (s *setup) lock(ctx context.Context) (unlock func(), err error) {
	l := flock.New(filepath.Join(s.Home, "setup.lock"))
	ok, err := l.TryLock()
	if err == nil && !ok {
		fmt.Fprintln(s.progress.out, "Another curious is setting up this machine; waiting for it …")
		_, err = l.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("kernels: waiting for another set-up: %w", err)
	}
	return func() { _ = l.Unlock() }, nil
}

// mark is a small file that says under which key a step was done; it is written last and whole.
type mark struct {
	Key    string
	Values map[string]string `json:",omitempty"`
}

func readMark(file string) (m mark) {
	if text, err := os.ReadFile(file); err == nil {
		_ = json.Unmarshal(text, &m) // a damaged mark is no mark
	}
	return m
}

func (m mark) write(file string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(file, append(text, '\n'))
}

// writeFile writes a file whole or not at all; an equal one is left alone.
func writeFile(file string, text []byte) error {
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return renameio.WriteFile(file, text, 0o644)
}

// roomNeeded is what a first set-up takes on the disk of the cache folder, with some to spare: environment, plugin, programs, downloads.
const roomNeeded = 1_200_000_000

func (s *setup) roomOnDisk(context.Context) error {
	if s.Venv != "" {
		return nil
	}
	return s.room("setting up", roomNeeded)
}

// room is an error when fewer bytes are free in the cache folder than are needed there.
func (s *setup) room(doing string, needed int64) error {
	if free, ok := freeSpace(s.Home); ok && free < needed {
		return fmt.Errorf("kernels: %s: the disk is full: %s are free in %s and about %s are needed: make room, or set CURIOUS_HOME to a folder elsewhere",
			doing, bytesText(free), s.Home, bytesText(needed))
	}
	return nil
}

// jupyter is the step that makes Python's environment, each time in a new folder: a half-made one cannot be told from a whole one, and a process that outlived
// a killed set-up may still be writing to it.
func (s *setup) jupyter(ctx context.Context) error {
	if s.Venv != "" {
		made := readMark(venvMark(s.Home)).Values["python"]
		if real, err := filepath.EvalSymlinks(s.Python()); err == nil && real == made {
			return nil
		}
		fmt.Fprintf(s.progress.out, "  The Python that the environment was made with has changed or is gone (%s); making it again.\n", made)
	}
	p, err := findPython(ctx)
	if err != nil {
		return err
	}
	l := s.progress.step("JupyterLab")
	l.Note("making an environment of Python %s", p.Version)
	if err := s.makeJupyter(ctx, l, p); err != nil {
		l.Fail()
		return err
	}
	l.Done("Python %s, %s", p.Version, bytesText(folderSize(s.Venv)))
	return nil
}

func (s *setup) makeJupyter(ctx context.Context, l *line, p python) error {
	key := hash(jupyterRequirements)
	parent := filepath.Join(s.Home, "env")
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	old, _ := filepath.Glob(filepath.Join(parent, key+"-*"))
	for _, dir := range old {
		_ = os.RemoveAll(dir)
	}
	dir, err := os.MkdirTemp(parent, key+"-")
	if err != nil {
		return s.explain("making the Python environment", []byte(err.Error()), err)
	}
	s.Venv = dir
	if err := s.makeVenv(ctx, p, dir); err != nil {
		return err
	}
	if err := s.pip(ctx, l, s.Python(), jupyterRequirements); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(s.Python())
	if err != nil {
		return err
	}
	return mark{Key: key, Values: map[string]string{"folder": dir, "python": real, "version": p.Version}}.write(venvMark(s.Home))
}

// goTools builds GoNB and goimports at the versions that go.mod names.
func (s *setup) goTools(ctx context.Context) error {
	key := hash(runtime.Version(), s.read("go.mod"), s.read("go.sum"))
	names := []string{"gonb", "goimports"}
	return s.program(ctx, "GoNB and goimports", key, names, func(l *line, dir string) error {
		return s.goBuild(ctx, l, s.Root, toolVars(), []string{"-o", dir + string(filepath.Separator)}, []string{"github.com/janpfeifer/gonb", "golang.org/x/tools/cmd/goimports"})
	})
}

// toolVars build the tools under the cells' flags, so that the standard library is compiled once for both.
func toolVars() map[string]string {
	vars := cellVars()
	vars["GOWORK"] = "off"
	return vars
}

// gopls completes and explains; without it cells run all the same, so failing to get it is a warning.
func (s *setup) gopls(ctx context.Context) error {
	err := s.program(ctx, "gopls", hash(runtime.Version(), goplsVersion), []string{"gopls"}, func(l *line, dir string) error {
		vars, n := toolVars(), 0
		vars["GOBIN"] = dir
		_, said, err := s.goCommand(ctx, l, s.Home, vars, []string{"install", "-v", "golang.org/x/tools/gopls@" + goplsVersion}, func(string) {
			n++
			l.Note("%d packages compiled", n)
		})
		if err != nil && ctx.Err() == nil {
			return warning{s.explain("installing gopls", said, err)}
		}
		return errors.Join(err, ctx.Err())
	})
	var w warning
	if errors.As(err, &w) {
		return nil
	}
	return err
}

// warning is an error that set-up can do without.
type warning struct{ error }

// program makes some programs in a folder of their own and then moves them to bin, each in one step; the mark beside them says what they were made of.
func (s *setup) program(ctx context.Context, name, key string, files []string, build func(l *line, dir string) error) error {
	markFile := filepath.Join(s.Bin(), "."+files[0]+".json")
	if m := readMark(markFile); m.Key == key && m.Values["bytes"] == sizes(s.Bin(), files) {
		return nil
	}
	l := s.progress.step(name)
	err := func() error {
		if err := os.MkdirAll(s.Bin(), 0o755); err != nil {
			return err
		}
		dir, err := os.MkdirTemp(s.Home, ".build-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := build(l, dir); err != nil {
			return err
		}
		for _, f := range files {
			if err := os.Rename(filepath.Join(dir, f), filepath.Join(s.Bin(), f)); err != nil {
				return err
			}
		}
		return mark{Key: key, Values: map[string]string{"bytes": sizes(s.Bin(), files)}}.write(markFile)
	}()
	var w warning
	switch {
	case errors.As(err, &w):
		l.Warn("%v; completion will be missing", w.error)
	case err != nil:
		l.Fail()
	default:
		var size int64
		for _, f := range files {
			if info, err := os.Stat(filepath.Join(s.Bin(), f)); err == nil {
				size += info.Size()
			}
		}
		l.Done("%s", bytesText(size))
	}
	return err
}

// sizes are those of files in dir, which a cut or missing one changes.
func sizes(dir string, files []string) string {
	var all []string
	for _, f := range files {
		size := int64(-1)
		if info, err := os.Stat(filepath.Join(dir, f)); err == nil {
			size = info.Size()
		}
		all = append(all, fmt.Sprint(size))
	}
	return strings.Join(all, " ")
}

func allExist(dir string, files []string) bool {
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(dir, f)); err != nil {
			return false
		}
	}
	return true
}

// self copies the running program to where the kernelspecs find it: what `go run` builds is gone when it ends, and is of the sources as they are now.
func (s *setup) self(context.Context) error {
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("kernels: finding this program: %w", err)
	}
	to := filepath.Join(s.Bin(), "curious")
	if real, err := filepath.EvalSymlinks(exe); err == nil && real == to {
		return nil
	}
	text, err := os.ReadFile(exe)
	if err != nil {
		return fmt.Errorf("kernels: copying this program: %w", err)
	}
	if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, text) {
		return nil
	}
	if err := os.MkdirAll(s.Bin(), 0o755); err != nil {
		return err
	}
	if err := renameio.WriteFile(to, text, 0o755); err != nil {
		return s.explain("copying this program", []byte(err.Error()), err)
	}
	return nil
}

// read is the text of a file of the checkout, "" when it is not there.
func (s *setup) read(name string) string {
	text, _ := os.ReadFile(filepath.Join(s.Root, name))
	return string(text)
}

func (s *setup) logPath() string { return filepath.Join(s.Home, "logs", "setup.log") }

// logged gives cmd its environment and a way to be stopped, and writes down that it ran.
func (s *setup) logged(cmd *exec.Cmd, vars ...map[string]string) *exec.Cmd {
	cmd.Env = environ(vars...)
	cmd.WaitDelay = 5 * time.Second
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	s.log([]byte("\n$ " + strings.Join(cmd.Args, " ") + "\n"))
	return cmd
}

// log appends to set-up's log; it is there to be read when something fails, so its own failures are passed over.
func (s *setup) log(text []byte) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	if os.MkdirAll(filepath.Dir(s.logPath()), 0o755) != nil {
		return
	}
	if info, err := os.Stat(s.logPath()); err == nil && info.Size() > 4<<20 {
		_ = os.Rename(s.logPath(), s.logPath()+".old")
	}
	if f, err := os.OpenFile(s.logPath(), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
		_, _ = f.Write(text)
		f.Close()
	}
}

// warm compiles what course cells import, under their flags, so that the first cell takes a second and not a minute, and so that everything is fetched.
func (s *setup) warm(ctx context.Context) error {
	vars := s.CellVars()
	cache, err := goEnv(ctx, s.Root, vars, "GOCACHE", "GOMODCACHE", "CGO_ENABLED")
	if err != nil {
		return s.explain("asking go for its caches", nil, err)
	}
	key := hash(append(cache, runtime.Version(), vars["GOFLAGS"], vars["GOEXPERIMENT"], s.read("go.mod"), s.read("go.sum"))...)
	file := filepath.Join(s.Home, "warm", hash(s.Root)+".json")
	if readMark(file).Key == key {
		return nil
	}
	if !hasCCompiler(ctx, s.Root) {
		fmt.Fprintf(s.progress.out, "! No C compiler: cells run on the pure-Go engine, three to four times slower. For XLA: %s, then start again.\n",
			remedy("sudo apt install gcc", "install gcc or clang"))
	}
	l := s.progress.step("Course packages")
	if err := s.compileCourse(ctx, l); err != nil {
		if ctx.Err() != nil {
			l.Fail()
			return ctx.Err()
		}
		l.Warn("%v; cells compile what they need", err)
		return nil
	}
	l.Done("compiled for the cells")
	return mark{Key: key}.write(file)
}

// compileCourse builds, in a folder laid out as GoNB lays out a kernel's, one program that imports every package of the course.
func (s *setup) compileCourse(ctx context.Context, l *line) error {
	vars := s.CellVars()
	dir, err := os.MkdirTemp(s.Home, ".warm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	out, said, err := s.goCommand(ctx, l, s.Root, vars, []string{"list", "-e", "-f", "{{if and (ne .Name \"main\") .GoFiles (not .Error)}}{{.ImportPath}}{{end}}", "./pkg/..."}, nil)
	if err != nil {
		return s.explain("listing the course packages", said, err)
	}
	program := "package main\n\nimport (\n\t_ \"fmt\"\n\t_ \"math\"\n\t_ \"time\"\n"
	for _, pkg := range strings.Fields(out) {
		if strings.Contains(pkg+"/", "/internal/") {
			continue
		}
		program += fmt.Sprintf("\t_ %q\n", pkg)
	}
	program += ")\n\nfunc main() {}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o644); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "warm"}, {"mod", "edit", "-replace=" + module + "=" + s.Root}, {"work", "init"}, {"work", "use", s.Root, "."}} {
		if _, said, err := s.goCommand(ctx, l, dir, vars, args, nil); err != nil {
			return s.explain("laying out a cell", said, err)
		}
	}
	return s.goBuild(ctx, l, dir, vars, []string{"-o", filepath.Join(dir, "warm")}, []string{"."})
}

// goEnv asks the go command for some of its settings, as they are in dir under vars.
func goEnv(ctx context.Context, dir string, vars map[string]string, names ...string) ([]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"env"}, names...)...)
	cmd.Dir, cmd.Env = dir, environ(vars)
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	values := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(values) != len(names) {
		return nil, fmt.Errorf("go env: %d values for %d names", len(values), len(names))
	}
	return values, nil
}

// sweep takes away what a killed set-up left in the cache folder; the lock is held, so nothing of it is in use.
func (s *setup) sweep() {
	for _, pattern := range []string{".pip-*", ".build-*", ".warm-*", ".writable-*"} {
		left, _ := filepath.Glob(filepath.Join(s.Home, pattern))
		for _, dir := range left {
			_ = os.RemoveAll(dir)
		}
	}
}
