package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestProgramKey(t *testing.T) {
	const (
		one   = "uuid_11111111-1111-4111-8111-111111111111"
		two   = "uuid_22222222-2222-4222-8222-222222222222"
		three = "uuid_33333333-3333-4333-8333-333333333333"
	)
	key := func(surroundings, format, code, options string) string {
		return programKey([]byte(surroundings), []byte(format), []byte(code), []byte(options))
	}
	base := key("cpu", "mlir", "add "+one+" "+two+" "+one, "o")
	if len(base) != 64 || strings.Trim(base, "0123456789abcdef") != "" {
		t.Errorf("%q is no file name", base)
	}
	if got := key("cpu", "mlir", "add "+three+" "+one+" "+three, "o"); got != base {
		t.Error("the same program with other random names has another key")
	}
	for what, other := range map[string]string{
		"names exchanged":    key("cpu", "mlir", "add "+two+" "+one+" "+one, "o"),
		"one name for two":   key("cpu", "mlir", "add "+one+" "+one+" "+one, "o"),
		"another program":    key("cpu", "mlir", "sub "+one+" "+two+" "+one, "o"),
		"the end cut off":    key("cpu", "mlir", "add "+one+" "+two+" "+one[:20], "o"),
		"other options":      key("cpu", "mlir", "add "+one+" "+two+" "+one, "p"),
		"other surroundings": key("gpu", "mlir", "add "+one+" "+two+" "+one, "o"),
		"another format":     key("cpu", "hlo", "add "+one+" "+two+" "+one, "o"),
		"the border moved":   key("cpum", "lir", "add "+one+" "+two+" "+one, "o"),
		"numbers for names":  key("cpu", "mlir", "add uuid_0 uuid_1 uuid_0", "o"),
		"nothing at all":     key("", "", "", ""),
	} {
		if other == base {
			t.Errorf("%s: the key is the same", what)
		}
	}
}

func TestFileHash(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "plugin.so")
	write := func(content string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sum := func() string {
		t.Helper()
		got, err := fileHash(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	write("abc")
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // FIPS 180-4, first example
	if got := sum(); got != abc {
		t.Errorf("the hash of abc is %s, want %s", got, abc)
	}
	// The file is not read again as long as its size and time stay.
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	write("xyz")
	if err := os.Chtimes(file, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := sum(); got != abc {
		t.Error("the hash was not remembered")
	}
	if err := os.Chtimes(file, time.Time{}, info.ModTime().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	xyz := sum()
	if xyz == abc {
		t.Error("a changed file has its old hash")
	}
	notes, err := filepath.Glob(filepath.Join(dir, "plugin-*.sum"))
	if err != nil || len(notes) != 1 {
		t.Fatalf("notes: %v, %v", notes, err)
	}
	if err := os.WriteFile(notes[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := sum(); got != xyz {
		t.Error("a damaged note was believed")
	}
	if _, err := fileHash(dir, filepath.Join(dir, "missing.so")); err == nil {
		t.Error("a missing file has a hash")
	}
}
