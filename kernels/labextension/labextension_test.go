package labextension

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestBuiltFromTheseSources(t *testing.T) {
	names, err := filepath.Glob("src/*")
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, "build.mjs", "package-lock.json", "package.json", "tsconfig.json")
	slices.Sort(names)
	var want strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(text), filepath.ToSlash(name))
	}
	got, err := built.ReadFile(Name + "/SOURCES")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want.String() {
		t.Errorf("the extension was built from other sources: run `npm ci --ignore-scripts && npm run build` here\nbuilt from:\n%ssources:\n%s", got, want.String())
	}
}

func TestBuiltIsWhole(t *testing.T) {
	text, err := built.ReadFile(Name + "/package.json")
	if err != nil {
		t.Fatal(err)
	}
	var meta struct {
		Name       string
		JupyterLab struct {
			Build struct{ Load string } `json:"_build"`
		}
	}
	if err := json.Unmarshal(text, &meta); err != nil {
		t.Fatal(err)
	}
	if meta.Name != Name {
		t.Errorf("package.json names %q, want %q", meta.Name, Name)
	}
	if _, err := built.ReadFile(Name + "/" + meta.JupyterLab.Build.Load); err != nil {
		t.Errorf("what JupyterLab loads first is missing: %v", err)
	}
	err = fs.WalkDir(built, ".", func(name string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(name, ".map") {
			t.Errorf("%s: a source map that no user needs", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestInstall(t *testing.T) {
	files, err := fs.Sub(built, Name)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		before func(t *testing.T, target string)
	}{
		{"nothing there", func(*testing.T, string) {}},
		{"another version", func(t *testing.T, target string) { write(t, filepath.Join(target, "package.json"), "{}") }},
		{"one file more", func(t *testing.T, target string) {
			if err := os.CopyFS(target, files); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(target, "static", "remoteEntry.old.js"), "")
		}},
		{"a file in its place", func(t *testing.T, target string) { write(t, target, "") }},
		{"a dangling link in its place", func(t *testing.T, target string) {
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(t.TempDir(), "gone"), target); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			parent := filepath.Join(dir, "share", "jupyter", "labextensions")
			target := filepath.Join(parent, Name)
			test.before(t, target)
			if err := Install(dir); err != nil {
				t.Fatal(err)
			}
			if !same(files, target) {
				t.Error("what is installed is not what was built")
			}
			if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
				t.Errorf("left beside it: %v, %v", entries, err)
			}
		})
	}
}

func TestInstallLeavesAnIdenticalOneAlone(t *testing.T) {
	dir := t.TempDir()
	if err := Install(dir); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "share", "jupyter", "labextensions", Name)
	before, err := os.Stat(target)
	if err != nil {
		t.Fatal(err)
	}
	if err := Install(dir); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(target); err != nil || !os.SameFile(before, after) {
		t.Errorf("it was replaced by its equal: %v", err)
	}
}

func TestInstallAtOnce(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "share", "jupyter", "labextensions", Name, "package.json"), "{}")
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if err := Install(dir); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	entries, err := os.ReadDir(filepath.Join(dir, "share", "jupyter", "labextensions"))
	if err != nil || len(entries) != 1 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestInstallSaysWhyNot(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "share"), "")
	if err := Install(dir); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "share")) {
		t.Errorf("a file in the way of the folder: %v", err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
