package engine

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/curious-go/curious/pkg/home"
	"github.com/google/renameio/v2"
)

const (
	programsLimit = 2 << 30 // bytes, all programs together
	programMagic  = "curious program 1\n"
	programSuffix = ".program"
)

// programs is a folder of compiled programs, shared by all processes of a user. What cannot be read is compiled, what cannot be written is not kept:
// neither is an error.
//
// A file is programMagic, the SHA-256 of the rest, the rest. Files appear whole, by renaming; a file's time is that of its last use.
type programs struct {
	dir   string
	limit int64 // bytes
}

// openPrograms returns nil if programs are not to be kept, or cannot.
func openPrograms() *programs {
	if off := os.Getenv("CURIOUS_NO_PROGRAM_CACHE"); off != "" && off != "0" {
		return nil
	}
	dir, err := home.Sub("programs")
	if err != nil {
		return nil
	}
	return &programs{dir: dir, limit: programsLimit}
}

func (p *programs) file(key string) string { return filepath.Join(p.dir, key+programSuffix) }

// get returns the program kept under key, or nil.
func (p *programs) get(key string) []byte {
	file := p.file(key)
	content, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	program, whole := unwrap(content)
	if !whole {
		_ = os.Remove(file)
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(file, now, now)
	return program
}

func unwrap(content []byte) (program []byte, whole bool) {
	rest, ok := bytes.CutPrefix(content, []byte(programMagic))
	if !ok || len(rest) < sha256.Size {
		return nil, false
	}
	program = rest[sha256.Size:]
	sum := sha256.Sum256(program)
	return program, bytes.Equal(sum[:], rest[:sha256.Size])
}

// put keeps a program under key.
func (p *programs) put(key string, program []byte) {
	if int64(len(program)) > p.limit {
		return
	}
	f, err := renameio.NewPendingFile(p.file(key), renameio.WithTempDir(p.dir), renameio.WithPermissions(0o644))
	if err != nil {
		return
	}
	defer func() { _ = f.Cleanup() }()
	sum := sha256.Sum256(program)
	for _, part := range [][]byte{[]byte(programMagic), sum[:], program} {
		if _, err := f.Write(part); err != nil {
			return
		}
	}
	if f.CloseAtomicallyReplace() == nil {
		p.trim()
	}
}

// trim removes the programs that were not used for longest until the rest fits, and what killed processes left half-written.
func (p *programs) trim() {
	kept, _ := listPrograms(p.dir) // what cannot be listed cannot be removed
	slices.SortFunc(kept, func(a, b fs.FileInfo) int { return b.ModTime().Compare(a.ModTime()) })
	var total int64
	for _, info := range kept {
		remove := false
		switch {
		case strings.HasPrefix(info.Name(), "."): // being written, or left so
			remove = time.Since(info.ModTime()) > time.Hour
		case strings.HasSuffix(info.Name(), programSuffix):
			total += info.Size()
			remove = total > p.limit
		}
		if remove {
			_ = os.Remove(filepath.Join(p.dir, info.Name()))
		}
	}
}

// CleanPrograms removes all compiled programs of this user, and returns how many there were and how many bytes they took.
// Running processes are not disturbed; they compile anew.
func CleanPrograms() (files int, bytes int64, err error) {
	root, err := home.Dir()
	if err != nil {
		return 0, 0, err
	}
	dir := filepath.Join(root, "programs")
	kept, err := listPrograms(dir)
	if err != nil {
		return 0, 0, fmt.Errorf("engine: removing compiled programs: %w", err)
	}
	var problem error
	for _, info := range kept {
		err := os.Remove(filepath.Join(dir, info.Name()))
		switch {
		case errors.Is(err, fs.ErrNotExist): // another process was faster
		case err != nil:
			problem = fmt.Errorf("engine: removing compiled programs: %w: make %s writable", err, dir)
		case strings.HasSuffix(info.Name(), programSuffix):
			files++
			bytes += info.Size()
		}
	}
	return files, bytes, problem
}

// listPrograms lists the folder's files: programs, half-written ones, notes of plugins' hashes. No folder is an empty one.
func listPrograms(dir string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []fs.FileInfo
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			found = append(found, info)
		}
	}
	return found, nil
}
