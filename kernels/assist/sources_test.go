package assist

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes files below a new folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestModuleOfOnesOwn(t *testing.T) {
	dir := tree(t, map[string]string{
		"go.mod": "module example.org/own\n\nrequire (\n\texample.org/other v1.0.0\n\texample.org/far v1.2.0 // indirect\n)\n\n" +
			"replace example.org/other => ./beside\n",
		"main.go":                 "package main\n",
		"birds/gen.go":            "//go:build ignore\n\npackage main\n",
		"birds/wren.go":           "// Package birds is about birds.\npackage birds\n\nimport \"example.org/other/trees\"\n\n// Wren is small.\ntype Wren struct{ Nest *trees.Oak }\n",
		"birds/hidden_windows.go": "package birds\n\nfunc Elsewhere() {}\n",
		"birds/wren_test.go":      "package birds\n\nfunc Tested() {}\n",
		"beside/go.mod":           "module example.org/other\n",
		"beside/trees/oak.go":     "// Package trees is about trees.\npackage trees\n\n// Oak is large.\ntype Oak struct {\n\tHeight int // in metres\n}\n",
		"broken/b.go":             "package broken\n\nfunc Whole() int { return 1 }\n\nfunc Half( {\n",
		"round/a/a.go":            "package a\n\nimport \"example.org/own/round/b\"\n\ntype A struct{ B b.B }\n",
		"round/b/b.go":            "package b\n\nimport \"example.org/own/round/a\"\n\ntype B struct{ A a.A }\n",
		"internal/secret/s.go":    "package secret\n",
	})
	a := New(Options{Root: dir})
	for code, want := range map[string]string{
		"birds.":                                 "Wren",
		"birds.Wren{}.":                          "Nest",
		"birds.Wren{}.Nest.":                     "Height",
		"trees.":                                 "Oak",
		"broken.":                                "Half Whole",
		"a.":                                     "A",
		"a.A{}.B.":                               "A",
		"import \"example.org/own/bi":            "example.org/own/birds",
		"import \"example.org/own/":              "example.org/own/birds example.org/own/broken example.org/own/round/a example.org/own/round/b",
		"import w \"example.org/own/birds\"\nw.": "Wren",
	} {
		if got := strings.Join(texts(a.Complete(code, len(code))), " "); got != want {
			t.Errorf("%s: got %s, want %s", code, got, want)
		}
	}
	data, _ := a.Inspect("birds.Wren{}.Nest.Height", 20, 0)
	if text, _ := data["text/plain"].(string); !strings.Contains(text, "in metres") {
		t.Errorf("no comment in %q", text)
	}

	// What is changed in the checkout is seen at once.
	changed := "package birds\n\n// Wren is very small.\ntype Wren struct{ Song string }\n"
	if err := os.WriteFile(filepath.Join(dir, "birds", "wren.go"), []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := texts(a.Complete("birds.Wren{}.", 13)); len(got) != 1 || got[0] != "Song" {
		t.Errorf("after a change: got %v", got)
	}
	data, _ = a.Inspect("birds.Wren", 8, 0)
	if text, _ := data["text/plain"].(string); !strings.Contains(text, "Wren is very small.") {
		t.Errorf("after a change: got %q", text)
	}
}

func TestNameOf(t *testing.T) {
	for path, want := range map[string]string{
		"fmt": "fmt", "math/rand/v2": "rand", "gopkg.in/yaml.v3": "yaml", "github.com/gomlx/go-xla": "xla", "v2": "v2", "example.org/a-b": "ab", "": "",
	} {
		if got := nameOf(path); got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
	}
}

func TestCachedModule(t *testing.T) {
	t.Setenv("GOMODCACHE", "/cache")
	if got := filepath.ToSlash(cached("github.com/BurntSushi/toml", "v1.0.0-RC1")); got != "/cache/github.com/!burnt!sushi/toml@v1.0.0-!r!c1" {
		t.Errorf("got %s", got)
	}
}

func TestNoGo(t *testing.T) {
	s := newSources("")
	s.goroot = func() string { return "" }
	a := New(Options{Definitions: remembered})
	a.sources = s
	if got := texts(a.Complete("pupil.", 6)); len(got) != 3 {
		t.Errorf("got %v", got)
	}
	if _, found := a.Inspect("fmt.Println", 6, 0); found {
		t.Error("found what is not there")
	}
}
