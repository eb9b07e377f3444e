package build

import (
	"cmp"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"
)

// cache keeps executables by the hash of what they were made from. Several kernels share it; none depends on its working.
type cache struct {
	dir   string
	limit int64
}

// label is what is noted of a kept program, to see that it is still the same. When the note was last touched is when the program was last used.
type label struct{ Size, Changed int64 }

func (c *cache) file(key string) string { return filepath.Join(c.dir, "programs", key) }

// get puts a kept program at out.
func (c *cache) get(key, out string) bool {
	if c == nil {
		return false
	}
	file := c.file(key)
	text, err := os.ReadFile(file + ".json")
	if err != nil {
		return false
	}
	var l label
	info, err := os.Stat(file)
	if err != nil || json.Unmarshal(text, &l) != nil || info.Size() != l.Size || info.ModTime().UnixNano() != l.Changed || l.Size == 0 {
		os.Remove(file + ".json")
		os.Remove(file)
		return false
	}
	now := time.Now()
	_ = os.Chtimes(file+".json", now, now)
	return place(file, out) == nil
}

// put keeps the program at out. A full disk, or one that cannot be written, keeps nothing.
func (c *cache) put(key, out string) {
	if c == nil {
		return
	}
	file := c.file(key)
	if os.MkdirAll(filepath.Dir(file), 0o755) != nil || place(out, file) != nil {
		return
	}
	info, err := os.Stat(file)
	if err != nil {
		return
	}
	text, err := json.Marshal(label{info.Size(), info.ModTime().UnixNano()})
	if err != nil || renameio.WriteFile(file+".json", text, 0o644) != nil {
		os.Remove(file)
		return
	}
	c.trim()
}

// trim deletes what was used longest ago until the rest is within the limit.
func (c *cache) trim() {
	dir := filepath.Join(c.dir, "programs")
	lock := flock.New(filepath.Join(dir, ".lock"))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return // another kernel is at it
	}
	defer lock.Unlock()
	type program struct {
		file string
		size int64
		used time.Time
	}
	var all []program
	var total int64
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || strings.HasSuffix(e.Name(), ".json") || e.Name() == ".lock" {
			continue
		}
		p := program{filepath.Join(dir, e.Name()), info.Size(), info.ModTime()}
		if note, err := os.Stat(p.file + ".json"); err == nil {
			p.used = note.ModTime()
		}
		all = append(all, p)
		total += p.size
	}
	slices.SortFunc(all, func(a, b program) int { return cmp.Compare(a.used.UnixNano(), b.used.UnixNano()) })
	for _, p := range all {
		if total <= c.limit {
			break
		}
		os.Remove(p.file + ".json")
		os.Remove(p.file)
		total -= p.size
	}
}

// place makes to another name of the file from, or a copy where that cannot be, at once.
func place(from, to string) error {
	dir, err := os.MkdirTemp(filepath.Dir(to), ".place-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	scratch := filepath.Join(dir, "program")
	if os.Link(from, scratch) != nil {
		if err := duplicate(from, scratch); err != nil {
			return err
		}
	}
	return os.Rename(scratch, to)
}

// duplicate copies a file with its time. No child may be born meanwhile: it would hold the copy open for writing, and who starts the program would be told that it is busy.
func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	syscall.ForkLock.RLock()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, info.Mode().Perm())
	if err == nil {
		_, err = io.Copy(out, in)
		err = cmp.Or(err, out.Close())
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return err
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

// sweep deletes what processes that were killed left in a folder.
func sweep(dir string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > time.Hour {
			os.RemoveAll(filepath.Join(dir, e.Name()))
		}
	}
}

// keepNewest deletes all but the n files of a folder that were written last.
func keepNewest(dir string, n int) {
	entries, _ := os.ReadDir(dir)
	when := func(e os.DirEntry) int64 {
		info, err := e.Info()
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(entries, func(a, b os.DirEntry) int { return cmp.Compare(when(b), when(a)) })
	for _, e := range entries[min(n, len(entries)):] {
		os.Remove(filepath.Join(dir, e.Name()))
	}
}
