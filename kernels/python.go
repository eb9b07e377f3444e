package kernels

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"
)

// oldestPython is the first minor version of Python 3 that JupyterLab's pins run on.
const oldestPython = 10

// python is an interpreter of the machine, good enough to make an environment with.
type python struct {
	Path    string // what to run
	Real    string // where the links end: when that changes, so has the interpreter below the environment
	Version string // "3.11.7"
}

// probePython prints what there is to know; ensurepip is what Debian keeps in a package of its own.
const probePython = `import sys, os, json, importlib.util as u
print(json.dumps({"version": "%d.%d.%d" % sys.version_info[:3], "minor": sys.version_info[1], "major": sys.version_info[0], "real": os.path.realpath(sys.executable),
"venv": u.find_spec("venv") is not None and u.find_spec("ensurepip") is not None}))`

// findPython finds an interpreter that can make a virtual environment; the error says which one failed, and why.
func findPython(ctx context.Context) (python, error) {
	names := []string{"python3", "python"}
	for minor := 16; minor >= oldestPython; minor-- {
		names = append(names, fmt.Sprintf("python3.%d", minor))
	}
	if own := os.Getenv("CURIOUS_PYTHON"); own != "" {
		names = []string{own}
	}
	var old, bare *python
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		out, err := exec.CommandContext(ctx, path, "-c", probePython).Output()
		cancel()
		var found struct {
			Version, Real string
			Major, Minor  int
			Venv          bool
		}
		if err != nil || json.Unmarshal(out, &found) != nil {
			continue // a Windows stub, a version manager's shim for something that is not there
		}
		p := &python{Path: path, Real: found.Real, Version: found.Version}
		switch {
		case found.Major < 3 || found.Minor < oldestPython:
			old = cmpOr(old, p)
		case !found.Venv:
			bare = cmpOr(bare, p)
		default:
			return *p, nil
		}
	}
	switch {
	case bare != nil:
		minor := bare.Version[:strings.LastIndexByte(bare.Version, '.')]
		return python{}, fmt.Errorf("kernels: making the Python environment: Python %s at %s has no venv module: %s", bare.Version, bare.Path,
			remedy("sudo apt install python"+minor+"-venv", "reinstall Python with venv and ensurepip"))
	case old != nil:
		return python{}, fmt.Errorf("kernels: making the Python environment: Python %s at %s is too old: install Python 3.%d or newer, or point CURIOUS_PYTHON at one",
			old.Version, old.Path, oldestPython)
	default:
		return python{}, fmt.Errorf("kernels: making the Python environment: no Python found: install Python 3.%d or newer (%s), or point CURIOUS_PYTHON at one",
			oldestPython, remedy("sudo apt install python3 python3-venv", "from your system's packages"))
	}
}

func cmpOr[T any](a, b *T) *T {
	if a != nil {
		return a
	}
	return b
}

// remedy is the command on a Debian-like system, which is most of them, and words elsewhere.
func remedy(debian, elsewhere string) string {
	if _, err := exec.LookPath("apt"); err == nil && runtime.GOOS == "linux" {
		return debian
	}
	return elsewhere
}

// pythonVars keep the reader's own Python and Jupyter settings out of ours; what they say of networks (mirrors, proxies, certificates) stays.
func pythonVars(homeDir string) map[string]string {
	return map[string]string{
		"PYTHONHOME": "", "PYTHONPATH": "", "PYTHONSTARTUP": "", "VIRTUAL_ENV": "", "__PYVENV_LAUNCHER__": "",
		"PYTHONNOUSERSITE": "1", "PYTHONUTF8": "1",
		"PIP_USER": "0", "PIP_TARGET": "", "PIP_PREFIX": "", "PIP_ROOT": "", "PIP_NO_DEPS": "", "PIP_REQUIREMENT": "", "PIP_CONSTRAINT": "",
		"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_REQUIRE_VIRTUALENV": "0", "PIP_QUIET": "", "PIP_VERBOSE": "",
		"PIP_CACHE_DIR": filepath.Join(homeDir, "pip"),
	}
}

// makeVenv makes an empty environment in dir.
func (s *setup) makeVenv(ctx context.Context, p python, dir string) error {
	out, err := s.logged(exec.CommandContext(ctx, p.Path, "-m", "venv", dir), pythonVars(s.Home)).CombinedOutput()
	if err == nil {
		return nil
	}
	s.log(out)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if strings.Contains(string(out), "ensurepip") {
		minor := p.Version[:strings.LastIndexByte(p.Version, '.')]
		return fmt.Errorf("kernels: making the Python environment: Python %s has no venv module: %s", p.Version,
			remedy("sudo apt install python"+minor+"-venv", "reinstall Python with venv and ensurepip"))
	}
	return s.explain("making the Python environment", out, err)
}

var pinned = regexp.MustCompile(`(?m)^[A-Za-z0-9._-]+==`)

// pip installs what a requirements file pins, wheels only and each by its hash, and notes on l how far it is.
func (s *setup) pip(ctx context.Context, l *line, pythonPath, requirements string, args ...string) error {
	total := len(pinned.FindAllString(requirements, -1))
	scratch, err := os.MkdirTemp(s.Home, ".pip-") // on the disk that must hold it anyway, and swept up with the rest
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	file := filepath.Join(scratch, "requirements.txt")
	if err := os.WriteFile(file, []byte(requirements), 0o644); err != nil {
		return err
	}
	args = append([]string{"-m", "pip", "install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--progress-bar", "off", "--retries", "3", "-r", file}, args...)
	cmd := s.logged(exec.CommandContext(ctx, pythonPath, args...), pythonVars(s.Home), map[string]string{"TMPDIR": scratch})
	var said strings.Builder
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("kernels: starting pip: %w", err)
	}
	stop := make(chan struct{})
	counts := make(chan int, total+1)
	go func() {
		n, tick := 0, time.NewTicker(time.Second/2)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case k := <-counts:
				n = k
			case <-tick.C:
			}
			if n < 0 {
				l.Note("installing")
			} else {
				l.Note("%d of %d packages, %s", min(n, total), total, bytesText(folderSize(scratch)))
			}
		}
	}()
	n := 0
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		switch {
		case strings.HasPrefix(lines.Text(), "Collecting "):
			n++
			counts <- n
		case strings.HasPrefix(lines.Text(), "Installing collected"):
			counts <- -1
		}
	}
	_, _ = io.Copy(io.Discard, stdout)
	err = cmd.Wait()
	close(stop)
	s.log([]byte(said.String()))
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.explain("installing "+l.name, []byte(said.String()), err)
	}
	return nil
}

// errNoWheel is that a requirement exists, but not for this machine.
var errNoWheel = errors.New("no wheel for this machine and Python")

// explain makes one line with a remedy out of what a tool printed before it failed.
func (s *setup) explain(doing string, out []byte, err error) error {
	text := string(out)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has("No space left on device", "Disk quota exceeded"):
		return fmt.Errorf("kernels: %s: the disk is full: make room in %s and in Go's build cache (or set CURIOUS_HOME and GOCACHE to folders elsewhere) and start again", doing, s.Home)
	case has("Read-only file system", "Permission denied"):
		return fmt.Errorf("kernels: %s: a folder cannot be written: %s: make %s writable, or set CURIOUS_HOME to a folder that is", doing, lineWith(text, "Read-only file system", "Permission denied"), s.Home)
	case has("DO NOT MATCH THE HASHES", "checksum mismatch", "SECURITY ERROR"):
		return fmt.Errorf("kernels: %s: a download is not what was pinned: wrong hash, so it was not installed: try again later or from another network; details in %s", doing, s.logPath())
	case has("NewConnectionError", "Temporary failure in name resolution", "Name or service not known", "Max retries exceeded", "ConnectTimeoutError", "ReadTimeoutError",
		"no such host", "dial tcp", "connection refused", "i/o timeout", "network is unreachable", "server misbehaving", "ProxyError",
		"module lookup disabled by GOPROXY=off"):
		return fmt.Errorf("kernels: %s: no network, or a package index that cannot be reached: the first set-up needs it; connect and start again; details in %s", doing, s.logPath())
	case has("No matching distribution found"):
		return fmt.Errorf("kernels: %s: %w: Python 3.%d to 3.13 on Linux x86-64 is what is tested; details in %s", doing, errNoWheel, oldestPython, s.logPath())
	default:
		return fmt.Errorf("kernels: %s: %w: %s: details in %s", doing, err, lastLine(text), s.logPath())
	}
}

func lineWith(text string, words ...string) string {
	for l := range strings.Lines(text) {
		for _, w := range words {
			if strings.Contains(l, w) {
				return strings.TrimSpace(l)
			}
		}
	}
	return ""
}

// lastLine is the last line that says something; tools put the cause there.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}

// folderSize is the sum of the sizes of the files under dir; what vanishes meanwhile does not count.
func folderSize(dir string) (sum int64) {
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if info, err := d.Info(); err == nil {
			sum += info.Size()
		}
		return nil
	})
	return sum
}
