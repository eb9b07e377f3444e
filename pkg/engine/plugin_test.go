package engine

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// badPlugins makes files that are no plugins, and says what the error must name.
func badPlugins(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	self, err := os.Executable() // a sound ELF file that is no plugin
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]string{
		filepath.Join(dir, "missing.so"): "no such file",
		dir:                              "is not a file",
	}
	add := func(name string, content []byte, says string) {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		bad[file] = says
	}
	add("empty.so", nil, "is cut off")
	add("text.so", []byte("<html>404 Not Found</html>"), "is no library")
	add("header.so", whole[:40], "is cut off")
	add("half.so", whole[:len(whole)/2], "") // its table of sections is gone, or its programs are cut off
	add("foreign.so", whole, "")             // has no GetPjrtApi, or no table of symbols
	return bad
}

func TestBadPlugin(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("files are judged by the system's loader here")
	}
	for file, says := range badPlugins(t) {
		if err := checkPlugin(file); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error is %v, want one with %q", filepath.Base(file), err, says)
		}
	}
}

// TestCutPlugin cuts the real plugin off at many places.
func TestCutPlugin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cut.so")
	size := copyFile(t, xlaPlugin(t), file)
	if err := checkPlugin(file); err != nil {
		t.Fatal(err)
	}
	for size--; size > 0; size = size*9/10 - 1 {
		if err := os.Truncate(file, size); err != nil {
			t.Fatal(err)
		}
		if checkPlugin(file) == nil {
			t.Errorf("a plugin cut off at %d bytes passed", size)
		}
	}
}

// TestOpenBadPlugin opens bad plugins in processes of their own, where a crash would be seen.
func TestOpenBadPlugin(t *testing.T) {
	bad := badPlugins(t)
	if plugins, err := installed(); err == nil && plugins["cpu"] != "" {
		cut := filepath.Join(t.TempDir(), "cut.so")
		size := copyFile(t, plugins["cpu"], cut)
		if err := os.Truncate(cut, size-size/100); err != nil {
			t.Fatal(err)
		}
		bad[cut] = ""
	}
	for file := range bad {
		name := filepath.Base(file)
		_, output, err := child(task{}, time.Minute, "CURIOUS_ENGINE=xla:"+file, "CURIOUS_HOME="+t.TempDir())
		if err == nil || strings.Count(output, "\n") != 1 || !strings.HasPrefix(output, "engine: opening XLA on cpu: ") || !strings.HasSuffix(output, ": "+openRemedy+"\n") {
			t.Errorf("%s, asked for: %v, want one line with a remedy: %s", name, err, output)
		}

		home := t.TempDir()
		text, err := json.Marshal(map[string]string{"cpu": file})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, "plugins.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		r, output, err := child(task{Config: small, Steps: 1}, time.Minute, "CURIOUS_HOME="+home)
		if err != nil || output != "" {
			t.Errorf("%s, set up: %v: %s", name, err, output)
		}
		if r.Kind != "go" || r.Why == "" || !strings.HasSuffix(r.Engine, ": "+openRemedy) || strings.Contains(r.Engine, "\n") {
			t.Errorf("%s, set up: want pure Go, with a reason and a remedy: %s", name, r.Engine)
		}
	}
}

func copyFile(t *testing.T, from, to string) (size int64) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	if size, err = io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return size
}

func FuzzCheckPlugin(f *testing.F) {
	// The smallest header of a 64-bit library, with one program beyond the end.
	header := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 57+56)...)
	header[16], header[18], header[20], header[32], header[52], header[54], header[56] = 3, 62, 1, 64, 64, 56, 1
	header[64], header[72], header[96] = 1, 255, 255
	f.Add(header)
	f.Add([]byte("\x7fELF"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if checkELF(bytes.NewReader(content), int64(len(content))) == nil {
			t.Errorf("%d bytes passed as a plugin", len(content))
		}
	})
}
