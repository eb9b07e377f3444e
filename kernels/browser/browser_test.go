package browser

import (
	"context"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels"
	"github.com/curious-go/curious/kernels/testenv"
)

// kernelName is a kernel as set-up makes it, with a home apart.
const kernelName = "curious-browser"

// TestBrowser plays the scenarios in one JupyterLab, which has a home, notebooks and runs of its own; built programs and data are the set-up's.
func TestBrowser(t *testing.T) {
	chromium := testenv.Browser(t)
	env, err := kernels.Here(kernels.CPU)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := Install(t.Context(), ".", filepath.Join(env.Home, "browser"))
	if err != nil {
		t.Fatal(err)
	}
	logs := filepath.Join(env.Home, "logs", "browser")
	if err := os.RemoveAll(logs); err != nil {
		t.Fatal(err)
	}
	folder(t, logs)
	o := Options{Browser: chromium, Modules: modules, Kernel: kernelName, Notebooks: filepath.Join(t.TempDir(), "notebooks"), Runs: t.TempDir(), Pictures: logs}
	t.Setenv("CURIOUS_RUNS", o.Runs)
	copyNotebooks(t, filepath.Join(env.Root, "notebooks"), o.Notebooks)
	o.URL, o.Token = openLab(t, apart(t, env, logs), o.Notebooks)
	suite, err := Start(t.Context(), ".", o)
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range suite.Scenarios {
		t.Run(scenario, func(t *testing.T) {
			result, err := suite.Play(scenario)
			if err != nil {
				t.Fatal(err)
			}
			for _, note := range result.Notes {
				t.Log(note)
			}
			if result.Error != "" {
				t.Errorf("%s\nWhat the tabs showed: %s; what was logged: %s", result.Error, strings.Join(result.Pictures, ", "), logs)
			}
		})
	}
	if err := suite.Close(); err != nil {
		t.Error(err)
	}
}

func folder(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

// rewrite copies a file of JSON with some changes.
func rewrite(t *testing.T, from, to string, change func(map[string]any)) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(text, &object); err != nil {
		t.Fatalf("%s: %v", from, err)
	}
	change(object)
	if text, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	folder(t, filepath.Dir(to))
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// apart is the same set-up with a home of its own: JupyterLab's settings and the history are not the reader's.
func apart(t *testing.T, env *kernels.Env, logs string) *kernels.Env {
	own := *env
	own.Home = t.TempDir()
	entries, err := os.ReadDir(env.Home)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != "history" && name != "jupyter" && name != "logs" {
			if err := os.Symlink(filepath.Join(env.Home, name), filepath.Join(own.Home, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := os.Symlink(logs, filepath.Join(own.Home, "logs")); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(own.Home, "jupyter", "config")
	folder(t, config)
	// The scenarios ask JupyterLab itself what a cell is and does.
	if err := os.WriteFile(filepath.Join(config, "jupyter_lab_config.json"), []byte(`{"LabApp": {"expose_app_in_browser": true}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	rewrite(t, filepath.Join(env.Venv, "share", "jupyter", "kernels", kernels.CPU.Kernel(), "kernel.json"),
		filepath.Join(own.Home, "jupyter", "data", "kernels", kernelName, "kernel.json"),
		func(spec map[string]any) { spec["env"].(map[string]any)["CURIOUS_HOME"] = own.Home })
	return &own
}

// copyNotebooks copies the course without its outputs.
func copyNotebooks(t *testing.T, from, to string) {
	t.Helper()
	folder(t, to)
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".ipynb" {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		rewrite(t, path, filepath.Join(to, name), func(notebook map[string]any) {
			notebook["metadata"].(map[string]any)["kernelspec"].(map[string]any)["name"] = kernelName
			for _, cell := range notebook["cells"].([]any) {
				if cell := cell.(map[string]any); cell["cell_type"] == "code" {
					cell["outputs"], cell["execution_count"] = []any{}, nil
				}
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// said finds JupyterLab's address in what it says.
type said struct {
	text  string
	found chan string
}

var address = regexp.MustCompile(`http://\S+`)

func (s *said) Write(p []byte) (int, error) {
	s.text += string(p)
	if a := address.FindString(s.text); a != "" && strings.Contains(s.text, "Ctrl-C") && len(s.found) == 0 {
		s.found <- a
	}
	return len(p), nil
}

// openLab opens JupyterLab on a folder until the test ends.
func openLab(t *testing.T, env *kernels.Env, notebooks string) (base, token string) {
	ctx, cancel := context.WithCancel(context.Background()) // the test's own ends before its cleanup
	out := &said{found: make(chan string, 1)}
	ended := make(chan error, 1)
	go func() { ended <- env.Lab(ctx, kernels.Lab{Port: 18988, IP: "127.0.0.1", Folder: notebooks, Out: out}) }()
	select {
	case a := <-out.found:
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
		u, err := url.Parse(a)
		if err != nil {
			t.Fatal(err)
		}
		return "http://" + u.Host, u.Query().Get("token")
	case err := <-ended:
		t.Fatalf("JupyterLab ended: %v", err)
	case <-time.After(2 * time.Minute):
		t.Fatal("JupyterLab does not answer")
	}
	return "", ""
}
