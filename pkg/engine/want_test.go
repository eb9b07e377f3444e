package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// environment makes a getenv.
func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestWanted(t *testing.T) {
	home := t.TempDir()
	t.Setenv("CURIOUS_HOME", home)
	plugins := filepath.Join(home, "plugins.json")
	both := `{"cpu": "/p/cpu.so", "cuda": "/p/cuda.so"}`

	for _, c := range []struct {
		engine, device, plugins string
		want                    want   // why is tested by its beginning
		fails                   string // what the error must name
	}{
		{plugins: both, want: want{kind: "xla", device: "cpu", plugin: "/p/cpu.so"}},
		{plugins: both, device: "cpu", want: want{kind: "xla", device: "cpu", plugin: "/p/cpu.so"}},
		{plugins: both, device: "cuda", want: want{kind: "xla", device: "cuda", plugin: "/p/cuda.so", asked: true}},
		{plugins: both, engine: "xla", want: want{kind: "xla", device: "cpu", plugin: "/p/cpu.so", asked: true}},
		{plugins: both, engine: "xla", device: "cuda", want: want{kind: "xla", device: "cuda", plugin: "/p/cuda.so", asked: true}},
		{plugins: both, engine: "xla:cpu", device: "cuda", want: want{kind: "xla", device: "cpu", plugin: "/p/cpu.so", asked: true}},
		{plugins: both, engine: "go", device: "cuda", want: want{kind: "go", device: "cpu", why: "CURIOUS_ENGINE=go asks for it"}},
		{engine: "xla:/q/libtpu.so", want: want{kind: "xla", device: "tpu", plugin: "/q/libtpu.so", asked: true}},
		{engine: "xla:/q/xla_cuda_plugin.so", device: "cpu", want: want{kind: "xla", device: "cuda", plugin: "/q/xla_cuda_plugin.so", asked: true}},
		{engine: "xla:/q/plugin.so", want: want{kind: "xla", device: "cpu", plugin: "/q/plugin.so", asked: true}},
		{want: want{kind: "go", device: "cpu", why: "XLA is not set up on this machine", remedy: remedy}},
		{plugins: `{}`, want: want{kind: "go", device: "cpu", why: "no plugin for cpu is set up", remedy: remedy}},
		{plugins: `{"cpu": `, want: want{kind: "go", device: "cpu", why: "reading " + plugins, remedy: remedy}},
		{plugins: `{"cpu": "here.so"}`, want: want{kind: "go", device: "cpu", why: plugins + " names", remedy: remedy}},
		{plugins: `{"cpu": 7}`, want: want{kind: "go", device: "cpu", why: "reading " + plugins, remedy: remedy}},

		{engine: "xla", fails: "XLA is not set up on this machine: `go run . lab`"},
		{plugins: both, engine: "xla:tpu", fails: "no plugin for tpu is set up: `go run . lab`"},
		{plugins: both, device: "tpu", fails: "no plugin for tpu is set up: `go run . lab`"},
		{device: "gpu", fails: `CURIOUS_DEVICE="gpu": unknown device: use cpu, cuda, tpu`},
		{engine: "torch", fails: `CURIOUS_ENGINE="torch": unknown engine: use go, xla`},
		{engine: "go:parallelism=4", fails: `unknown engine`},
		{engine: "xla:", fails: `unknown engine`},
		{engine: "xla:plugin.so", fails: `absolute path`},
	} {
		_ = os.Remove(plugins)
		if c.plugins != "" {
			if err := os.WriteFile(plugins, []byte(c.plugins), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := wanted(environment("CURIOUS_ENGINE", c.engine, "CURIOUS_DEVICE", c.device))
		switch {
		case c.fails != "":
			if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "\n") {
				t.Errorf("engine %q, device %q: error is %v, want one line with %s", c.engine, c.device, err, c.fails)
			}
		case err != nil:
			t.Errorf("engine %q, device %q: %v", c.engine, c.device, err)
		default:
			if !strings.HasPrefix(got.why, c.want.why) {
				t.Errorf("engine %q, device %q: why is %q, want %q", c.engine, c.device, got.why, c.want.why)
			}
			if got.why = c.want.why; got != c.want {
				t.Errorf("engine %q, device %q: got %+v, want %+v", c.engine, c.device, got, c.want)
			}
		}
	}
}

func FuzzWanted(f *testing.F) {
	f.Add("xla:cpu", "cuda", `{"cpu": "/p.so"}`)
	f.Add("", "", `{"cpu": ["a"]}`)
	f.Add("xla:/p.so", "tpu", "")
	home := f.TempDir()
	f.Setenv("CURIOUS_HOME", home)
	f.Fuzz(func(t *testing.T, engine, device, plugins string) {
		if err := os.WriteFile(filepath.Join(home, "plugins.json"), []byte(plugins), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := wanted(environment("CURIOUS_ENGINE", engine, "CURIOUS_DEVICE", device))
		if err == nil && w.kind == "xla" && !filepath.IsAbs(w.plugin) {
			t.Errorf("%+v: a plugin without an absolute path starts a download", w)
		}
		if err == nil && w.kind == "go" && w.why == "" {
			t.Errorf("%+v: pure Go without a reason", w)
		}
	})
}
