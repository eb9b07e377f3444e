package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

func folder(t testing.TB, limit int64) *programs {
	return &programs{dir: t.TempDir(), limit: limit}
}

func TestProgramIsKept(t *testing.T) {
	p := folder(t, 1<<20)
	if got := p.get("a"); got != nil {
		t.Errorf("an empty folder holds %q", got)
	}
	p.put("a", []byte("program a"))
	p.put("b", []byte("program b"))
	p.put("a", []byte("program a, compiled anew"))
	if got := p.get("a"); string(got) != "program a, compiled anew" {
		t.Errorf("a is %q", got)
	}
	if got := p.get("b"); string(got) != "program b" {
		t.Errorf("b is %q", got)
	}
}

// TestDamagedProgram changes every byte of a kept program, and cuts it at every length: it must never come back changed.
func TestDamagedProgram(t *testing.T) {
	p := folder(t, 1<<20)
	p.put("a", []byte("program"))
	whole, err := os.ReadFile(p.file("a"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, content []byte) {
		if err := os.WriteFile(p.file("a"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		if got := p.get("a"); got != nil {
			t.Errorf("%s: got %q", what, got)
		}
		if _, err := os.Stat(p.file("a")); err == nil {
			t.Errorf("%s: the damaged file is still there", what)
		}
	}
	for i := range whole {
		damaged := bytes.Clone(whole)
		damaged[i] ^= 0x10
		check(fmt.Sprintf("byte %d changed", i), damaged)
		check(fmt.Sprintf("cut at %d", i), whole[:i])
	}
	check("longer", append(bytes.Clone(whole), 0))
	p.put("a", []byte("program"))
	if got := p.get("a"); string(got) != "program" {
		t.Errorf("after the damage: got %q", got)
	}
}

func TestProgramsAreBounded(t *testing.T) {
	// A file is 50 bytes longer than its program: 18 of magic, 32 of checksum. So three of these fit.
	p := folder(t, 3*(1000+50))
	program := make([]byte, 1000)
	old := time.Now().Add(-24 * time.Hour)
	for i, key := range []string{"a", "b", "c"} {
		p.put(key, program)
		at := old.Add(time.Duration(i) * time.Minute)
		if err := os.Chtimes(p.file(key), at, at); err != nil {
			t.Fatal(err)
		}
	}
	if p.get("a") == nil { // and was used now
		t.Fatal("a is gone")
	}
	p.put("d", program)
	for key, want := range map[string]bool{"a": true, "b": false, "c": true, "d": true} {
		if got := p.get(key) != nil; got != want {
			t.Errorf("%s is kept: %v, want %v", key, got, want)
		}
	}
	p.put("large", make([]byte, 4000))
	if p.get("large") != nil || p.get("d") == nil {
		t.Error("a program above the limit is kept, or drove others out")
	}
}

func TestHalfWrittenPrograms(t *testing.T) {
	p := folder(t, 1<<20)
	stale, fresh := filepath.Join(p.dir, ".a"+programSuffix+"123"), filepath.Join(p.dir, ".b"+programSuffix+"456")
	for _, file := range []string{stale, fresh} {
		if err := os.WriteFile(file, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * time.Hour)
	if err := os.Chtimes(stale, long, long); err != nil {
		t.Fatal(err)
	}
	p.put("c", []byte("program"))
	if _, err := os.Stat(stale); err == nil {
		t.Error("what a killed process left is still there")
	}
	if _, err := os.Stat(fresh); err != nil {
		t.Error("what another process is writing was removed")
	}
}

// TestUnwritablePrograms uses folders that nobody can write to, not even root.
func TestUnwritablePrograms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(t.TempDir(), "gone"), "/proc/self"} {
		p := &programs{dir: dir, limit: 1 << 20}
		p.put("a", []byte("program"))
		if got := p.get("a"); got != nil {
			t.Errorf("%s: got %q", dir, got)
		}
	}
	t.Setenv("CURIOUS_HOME", filepath.Join(file, "home"))
	if openPrograms() != nil {
		t.Error("programs are kept in a folder that cannot be made")
	}
	t.Setenv("CURIOUS_HOME", t.TempDir())
	t.Setenv("CURIOUS_NO_PROGRAM_CACHE", "1")
	if openPrograms() != nil {
		t.Error("programs are kept though CURIOUS_NO_PROGRAM_CACHE is set")
	}
}

// TestProgramsTogether writes, reads, damages and cleans from many sides, in a folder too small for all.
func TestProgramsTogether(t *testing.T) {
	home := t.TempDir()
	t.Setenv("CURIOUS_HOME", home)
	dir := filepath.Join(home, "programs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			p := &programs{dir: dir, limit: 20_000} // each worker is like a process: it shares only the folder
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 200 {
				n := random.IntN(10)
				key, program := fmt.Sprint(n), bytes.Repeat([]byte{byte(n)}, 1000*n)
				switch random.IntN(20) {
				case 0:
					_ = os.Truncate(p.file(key), 60)
				case 1:
					if _, _, err := CleanPrograms(); err != nil {
						t.Error(err)
					}
				default:
					if got := p.get(key); got != nil && !bytes.Equal(got, program) {
						t.Errorf("%s came back changed", key)
					}
					p.put(key, program)
				}
			}
		})
	}
	wg.Wait()
	p := &programs{dir: dir, limit: 20_000}
	p.trim()
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var total int64
	for _, entry := range left {
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	if total > p.limit {
		t.Errorf("%d bytes are kept, the limit is %d", total, p.limit)
	}
}

func TestCleanPrograms(t *testing.T) {
	home := t.TempDir()
	t.Setenv("CURIOUS_HOME", home)
	if files, size, err := CleanPrograms(); files != 0 || size != 0 || err != nil {
		t.Errorf("where nothing is: %d files, %d bytes, %v", files, size, err)
	}
	if _, err := os.Stat(filepath.Join(home, "programs")); err == nil {
		t.Error("cleaning made the folder")
	}
	p := openPrograms()
	p.put("a", make([]byte, 100))
	p.put("b", make([]byte, 200))
	if _, err := fileHash(p.dir, os.Args[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(p.dir, "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	// Two programs of 100 and 200 bytes, each with 50 bytes of header; the note of a plugin's hash is no program.
	if files, size, err := CleanPrograms(); files != 2 || size != 400 || err != nil {
		t.Errorf("cleaned %d files, %d bytes, %v, want 2, 400, none", files, size, err)
	}
	left, err := os.ReadDir(p.dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "folder" {
		t.Errorf("left are %v, want the folder that is not ours", left)
	}
}

func FuzzUnwrap(f *testing.F) {
	f.Add([]byte(programMagic))
	f.Add(append([]byte(programMagic), make([]byte, 40)...))
	f.Fuzz(func(t *testing.T, content []byte) {
		if program, whole := unwrap(content); whole && len(program)+len(programMagic)+32 != len(content) {
			t.Errorf("%d bytes of %d", len(program), len(content))
		}
	})
}
