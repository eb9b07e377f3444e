package home

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDir(t *testing.T) {
	t.Setenv("CURIOUS_HOME", "/somewhere/else")
	if dir, err := Dir(); err != nil || dir != "/somewhere/else" {
		t.Error(dir, err)
	}
	t.Setenv("CURIOUS_HOME", "")
	t.Setenv("XDG_CACHE_HOME", "/caches")
	t.Setenv("HOME", "/me")
	if dir, err := Dir(); err != nil || filepath.Base(dir) != "curious" {
		t.Error(dir, err)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	if _, err := Dir(); err == nil || !strings.Contains(err.Error(), "CURIOUS_HOME") {
		t.Errorf("without a home: %v", err)
	}
}

func TestSub(t *testing.T) {
	root := t.TempDir()
	t.Setenv("CURIOUS_HOME", filepath.Join(root, "new", "home"))
	dir, err := Sub("data")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.Error(err)
	}
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CURIOUS_HOME", file)
	if _, err := Sub("data"); err == nil || !strings.Contains(err.Error(), "set CURIOUS_HOME") {
		t.Errorf("a file for a home: %v", err)
	}
}

// The checkout is found from any folder inside of it, and no other module is taken for it.
func TestRootAndRuns(t *testing.T) {
	top := t.TempDir()
	deep := filepath.Join(top, "notebooks", "part")
	for _, dir := range []string{deep, filepath.Join(top, "other", "deep")} {
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range map[string]string{
		"go.mod": "module github.com/curious-go/curious\n\ngo 1.26\n", "other/go.mod": "module github.com/curious-go/curious-other\n",
	} {
		if err := os.WriteFile(filepath.Join(top, path), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CURIOUS_ROOT", "")
	t.Setenv("CURIOUS_RUNS", "")
	for _, dir := range []string{top, deep, filepath.Join(top, "other", "deep")} {
		t.Chdir(dir)
		root, err := Root()
		if err != nil || !sameFile(t, root, top) {
			t.Errorf("from %s: %s, %v", dir, root, err)
		}
		if runs, err := Runs(); err != nil || !sameFile(t, filepath.Dir(runs), top) {
			t.Errorf("from %s: runs in %s, %v", dir, runs, err)
		}
	}
	other := filepath.Join(top, "other")
	if !IsCheckout(top) || IsCheckout(other) || IsCheckout(filepath.Join(top, "none")) {
		t.Error("checkouts are not told from other folders")
	}
	t.Setenv("CURIOUS_ROOT", other) // as in another module's kernel
	if root, err := Root(); err != nil || root != other {
		t.Errorf("in another module's kernel: %s, %v", root, err)
	}
	t.Setenv("CURIOUS_ROOT", "")
	outside := t.TempDir()
	t.Chdir(outside)
	if root, err := Root(); err == nil || !strings.Contains(err.Error(), "set CURIOUS_ROOT") {
		t.Errorf("outside: %s, %v", root, err)
	}
	if runs, err := Runs(); err != nil || !sameFile(t, filepath.Dir(runs), outside) {
		t.Errorf("outside: runs in %s, %v", runs, err)
	}
	t.Setenv("CURIOUS_RUNS", "here")
	if runs, err := Runs(); err != nil || !filepath.IsAbs(runs) || filepath.Base(runs) != "here" {
		t.Error(runs, err)
	}
}

func sameFile(t *testing.T, a, b string) bool {
	t.Helper()
	x, errA := os.Stat(a)
	y, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(x, y)
}
