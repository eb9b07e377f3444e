//go:build cgo && (linux || darwin) && !noxla

package engine

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestKeptPrograms trains in one process after the other: the second loads what the first compiled, and all get the same losses, to the bit.
func TestKeptPrograms(t *testing.T) {
	plugin, home := "CURIOUS_ENGINE=xla:"+xlaPlugin(t), t.TempDir()
	train := func(env ...string) report {
		t.Helper()
		r, output, err := child(task{Config: small, Steps: 3}, 2*time.Minute, append(env, plugin, "CURIOUS_HOME="+home)...)
		if err != nil || output != "" {
			t.Fatalf("%v: %s", err, output)
		}
		return r
	}
	files := func() map[string]time.Time {
		found := map[string]time.Time{}
		for _, file := range glob(t, filepath.Join(home, "programs", "*"+programSuffix)) {
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			found[file] = info.ModTime()
		}
		return found
	}

	unkept := train("CURIOUS_NO_PROGRAM_CACHE=1")
	if len(files()) != 0 {
		t.Fatal("programs are kept though CURIOUS_NO_PROGRAM_CACHE is set")
	}
	want := unkept.Losses
	same := func(what string, r report) {
		t.Helper()
		if !slices.Equal(r.Losses, want) {
			t.Errorf("%s: losses are %v, want %v", what, r.Losses, want)
		}
	}

	cold := train()
	same("compiled", cold)
	first := files()
	if len(first) == 0 {
		t.Fatal("nothing was kept")
	}
	// A file that is used gets the time of its use, so an old time that changes shows a hit, and a file with the same number a miss that wrote none.
	long := time.Now().Add(-time.Hour)
	for file := range first {
		if err := os.Chtimes(file, long, long); err != nil {
			t.Fatal(err)
		}
	}
	warm := train()
	same("loaded", warm)
	for file, used := range files() {
		if _, known := first[file]; !known {
			t.Errorf("the second process kept a new program: the key changes from process to process")
		}
		if time.Since(used) > time.Minute {
			t.Errorf("the second process did not use %s", filepath.Base(file))
		}
	}
	t.Logf("first step: not kept %v, kept anew %v, loaded %v", unkept.First, cold.First, warm.First)

	for file := range first {
		if err := os.Truncate(file, 100); err != nil {
			t.Fatal(err)
		}
	}
	same("damaged", train())
	for file := range first {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if _, whole := unwrap(content); !whole {
			t.Errorf("%s is still damaged", filepath.Base(file))
		}
	}

	// Whole files that hold what the plugin cannot load.
	p := &programs{dir: filepath.Join(home, "programs"), limit: programsLimit}
	for file := range first {
		p.put(strings.TrimSuffix(filepath.Base(file), programSuffix), []byte("no program of this plugin"))
	}
	same("unloadable", train())

	same("other flags", train("XLA_FLAGS=--xla_cpu_enable_fast_math=false"))
	if len(files()) != 2*len(first) {
		t.Errorf("with other flags there are %d programs, want twice %d", len(files()), len(first))
	}

	var wg sync.WaitGroup
	if _, err := os.Stat(p.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		wg.Go(func() {
			r, output, err := child(task{Config: small, Steps: 3}, 2*time.Minute, plugin, "CURIOUS_HOME="+home)
			if err != nil || output != "" {
				t.Errorf("%v: %s", err, output)
			}
			if !slices.Equal(r.Losses, want) {
				t.Errorf("four processes at once: losses are %v, want %v", r.Losses, want)
			}
		})
	}
	wg.Wait()
	if len(files()) != len(first) {
		t.Errorf("four processes kept %d programs, want %d", len(files()), len(first))
	}
}

// TestNowhereToKeep trains where the folder of programs cannot be made, and where it cannot be written.
func TestNowhereToKeep(t *testing.T) {
	plugin := "CURIOUS_ENGINE=xla:" + xlaPlugin(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	blocked := t.TempDir()
	if err := os.WriteFile(filepath.Join(blocked, "programs"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, home := range []string{filepath.Join(file, "home"), blocked} {
		if _, output, err := child(task{Config: small, Steps: 1}, time.Minute, plugin, "CURIOUS_HOME="+home); err != nil || output != "" {
			t.Errorf("%v: %s", err, output)
		}
	}
}

// TestNoAccelerator asks for accelerators that this machine has not.
func TestNoAccelerator(t *testing.T) {
	for _, device := range []string{"cuda", "tpu"} {
		if visible(device) {
			continue
		}
		_, output, err := child(task{}, time.Minute, "CURIOUS_ENGINE=xla:/nowhere/"+device+"_plugin.so", "CURIOUS_HOME="+t.TempDir())
		if err == nil || !strings.HasPrefix(output, "engine: opening XLA on "+device+": this machine shows no such device") || strings.Count(output, "\n") != 1 {
			t.Errorf("%s: %v: %s", device, err, output)
		}
	}
}

// TestHeader compares pjrt.h with the header of the go-xla that this program is built with.
func TestHeader(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gomlx/go-xla").Output()
	if err != nil {
		t.Skipf("go list: %v: run this where Go is", err)
	}
	theirs, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "pjrt", "pjrt_c_api.h"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("pjrt.h")
	if err != nil {
		t.Fatal(err)
	}

	for i, match := range regexp.MustCompile(`_PJRT_API_STRUCT_FIELD\((PJRT_\w+)\);`).FindAllSubmatch(theirs, -1) {
		place := regexp.MustCompile(`\n  ` + string(match[1]) + ` = (\d+),`).FindSubmatch(ours)
		if place != nil && string(place[1]) != strconv.Itoa(i) {
			t.Errorf("%s is at %s in the function table, want %d", match[1], place[1], i)
		}
	}

	// The names of a struct's fields, in order. Only their sizes matter, and those are pointers' and size_t's throughout.
	field := regexp.MustCompile(`(?m)(\w+)(?:\)\([^;]*)?;\s*(?://.*)?$`)
	comments := regexp.MustCompile(`//.*`)
	fields := func(body []byte) (names []string) {
		for _, m := range field.FindAllSubmatch(comments.ReplaceAll(body, nil), -1) {
			names = append(names, string(m[1]))
		}
		return names
	}
	structs := regexp.MustCompile(`(?s)typedef struct \{([^{}]*)\} (PJRT_\w+);`).FindAllSubmatch(ours, -1)
	if len(structs) != 7 {
		t.Errorf("pjrt.h has %d plain structs, want 7", len(structs))
	}
	for _, s := range structs {
		original := regexp.MustCompile(`(?s)\nstruct ` + string(s[2]) + ` \{(.*?)\n\};`).FindSubmatch(theirs)
		if original == nil {
			t.Errorf("%s is unknown to go-xla", s[2])
			continue
		}
		if got, want := fields(s[1]), fields(original[1]); !slices.Equal(got, want) {
			t.Errorf("%s has fields\n%v, want\n%v", s[2], got, want)
		}
	}
}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return files
}
