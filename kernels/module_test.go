package kernels

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/kernels/labextension"
)

// makeModule writes a module of one package into a new folder.
func makeModule(t *testing.T, path string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "// Mine.\nmodule " + path + "\n\ngo 1.26\n", "lib.go": "package lib\n\n// Answer is one.\nfunc Answer() int { return 42 }\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestModuleNames(t *testing.T) {
	for path, want := range map[string]string{
		"example.com/me/tool":      "tool",
		"example.com/me/Tool":      "Tool",
		"example.com/me/tool/v2":   "tool",
		"tool":                     "tool",
		"v2":                       "v2",
		"gopkg.in/yaml.v3":         "yaml.v3",
		"example.com/me/a~b+c":     "a-b-c",
		"example.com/me/-tool_":    "tool",
		"example.com/me/~":         "module",
		"example.com/me/größe.mod": "gr-e.mod",
	} {
		m := Module{Path: path}
		if got := m.Name(); got != want {
			t.Errorf("%s is named %q, want %q", path, got, want)
		}
		if !regexp.MustCompile(`^[a-z0-9._-]+$`).MatchString(m.Kernel()) { // Jupyter's rule, and it reads no capital
			t.Errorf("%s: Jupyter takes no kernel named %q", path, m.Kernel())
		}
	}
}

func TestFindModule(t *testing.T) {
	dir := makeModule(t, "example.com/me/tool")
	inside := filepath.Join(dir, "inside")
	if err := os.Mkdir(inside, 0o755); err != nil {
		t.Fatal(err)
	}
	course, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	if m, err := FindModule(t.Context(), "."); err != nil || m != (Module{"example.com/me/tool", dir}) {
		t.Errorf("%+v, %v", m, err)
	}
	damaged := makeModule(t, "not a path")
	for folder, words := range map[string][]string{
		filepath.Join(dir, "none"):   {"not there", "go.mod"},
		filepath.Join(dir, "go.mod"): {"no folder"},
		inside:                       {"no go.mod", "begins in " + dir},
		t.TempDir():                  {"no go.mod", "go mod init"},
		damaged:                      {"cannot read its go.mod", "go.mod:2"},
	} {
		_, err := FindModule(t.Context(), folder)
		wantWords(t, err, append(words, folder)...)
	}
	t.Chdir(course)
	_, err = FindModule(t.Context(), ".")
	wantWords(t, err, "the course itself", "install --user")
}

// The course's cells have its variables; another module's have none of them, and the reader's own flags before those of the link.
func TestCellVars(t *testing.T) {
	t.Setenv("GOFLAGS", "-tags=mine")
	t.Setenv("CURIOUS_RUNS", "")
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	course := (&Env{Root: root, Home: t.TempDir(), Device: CPU}).CellVars()
	if course["CURIOUS_DEVICE"] != "cpu" || course["CURIOUS_RUNS"] != filepath.Join(root, "runs") || course["GOMLX_NO_AUTO_INSTALL"] != "1" ||
		runtime.GOARCH == "amd64" && course["GOEXPERIMENT"] != "simd" || strings.Contains(course["GOFLAGS"], "mine") {
		t.Errorf("the course's cells: %v", course)
	}
	dir := makeModule(t, "example.com/me/tool")
	other := (&Env{Root: dir, Home: t.TempDir(), Device: CPU}).CellVars()
	if names := slices.Sorted(maps.Keys(other)); !slices.Equal(names, []string{"CURIOUS_HOME", "CURIOUS_ROOT", "GO111MODULE", "GOFLAGS", "GOWORK", "PATH"}) {
		t.Errorf("another module's cells have %v", names)
	}
	if other["GOFLAGS"] != "-tags=mine "+lean || other["CURIOUS_ROOT"] != dir {
		t.Errorf("another module's cells: %v", other)
	}
	t.Setenv("GOFLAGS", other["GOFLAGS"]) // as in a kernel
	if again := (&Env{Root: dir}).CellVars(); again["GOFLAGS"] != other["GOFLAGS"] {
		t.Errorf("in a kernel's kernel: %v", again)
	}
}

// What Jupyter, JupyterLab and VS Code read of a kernelspec.
func TestRegisterModule(t *testing.T) {
	data := filepath.Join(t.TempDir(), "share", "jupyter")
	t.Setenv("JUPYTER_DATA_DIR", data)
	e := &Env{Root: "/course", Home: "/home/of/curious", Device: CPU}
	m := Module{"example.com/me/Tool/v3", makeModule(t, "example.com/me/Tool/v3")}
	var said strings.Builder
	if err := e.RegisterModule(t.Context(), m, &said); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(said.String(), "Go (Tool)") || !strings.Contains(said.String(), m.Dir) {
		t.Errorf("said %q", said.String())
	}
	if _, err := os.Stat(filepath.Join(data, "labextensions", labextension.Name, "package.json")); err != nil {
		t.Errorf("the JupyterLab extension: %v", err)
	}
	file := filepath.Join(data, "kernels", "go-tool", "kernel.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Argv        []string
		DisplayName string `json:"display_name"`
		Language    string
		Interrupt   string `json:"interrupt_mode"`
		Env         map[string]string
		Metadata    map[string]any
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	if spec.Argv[0] != "/home/of/curious/bin/curious" || spec.Argv[1] != "kernel" || spec.Argv[len(spec.Argv)-1] != "{connection_file}" ||
		spec.DisplayName != "Go (Tool)" || spec.Language != "go" || spec.Interrupt != "message" || spec.Metadata["debugger"] != false ||
		spec.Env["CURIOUS_ROOT"] != m.Dir || spec.Env["CURIOUS_HOME"] != e.Home {
		t.Errorf("kernelspec %s", text)
	}

	t.Run("moved", func(t *testing.T) {
		moved := Module{m.Path, makeModule(t, m.Path)}
		if err := e.RegisterModule(t.Context(), moved, io.Discard); err != nil || registered(file) != moved.Dir {
			t.Errorf("%v; the kernel is for %s", err, registered(file))
		}
	})
	t.Run("another of the same name", func(t *testing.T) {
		if err := e.RegisterModule(t.Context(), m, io.Discard); err != nil {
			t.Fatal(err)
		}
		other := Module{"example.com/you/tool", makeModule(t, "example.com/you/tool")}
		wantWords(t, e.RegisterModule(t.Context(), other, io.Discard), "example.com/me/Tool/v3", "jupyter kernelspec remove go-tool")
		if registered(file) != m.Dir {
			t.Error("the other module's kernel is gone")
		}
	})
	t.Run("no place", func(t *testing.T) {
		t.Setenv("JUPYTER_DATA_DIR", filepath.Join(file, "none"))
		wantWords(t, e.RegisterModule(t.Context(), m, io.Discard), "JUPYTER_DATA_DIR")
	})
}
