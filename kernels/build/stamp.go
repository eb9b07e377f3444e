package build

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// print is a folder's fingerprint: of what its files are, as far as the file system tells without reading them.
type print struct {
	h      io.Writer
	newest int64 // latest change of anything in it, in nanoseconds; nobody can set it, unlike the time of modification
}

// stamp identifies one file's content: its size, its times, its inode.
func stamp(file string) string {
	var st unix.Stat_t
	if err := unix.Stat(file, &st); err != nil {
		return err.Error()
	}
	return fmt.Sprint(st.Size, st.Ino, st.Mode, st.Mtim.Nano(), st.Ctim.Nano())
}

func (p *print) file(name, file string) {
	var st unix.Stat_t
	if err := unix.Stat(file, &st); err != nil {
		fmt.Fprintln(p.h, name, err)
		return
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		fmt.Fprintln(p.h, name, "/")
		p.newest = max(p.newest, st.Ctim.Nano())
		return
	}
	fmt.Fprintln(p.h, name, st.Size, st.Ino, st.Mode, st.Mtim.Nano(), st.Ctim.Nano())
	p.newest = max(p.newest, st.Ctim.Nano())
}

// folder takes in a package's folder: what may belong to the build, not tests, nor what editors leave lying about.
func (p *print) folder(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		fmt.Fprintln(p.h, err)
	}
	p.file(".", dir)
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || name[0] == '.' || name[0] == '_' || strings.HasSuffix(name, "~") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		p.file(name, filepath.Join(dir, name))
	}
}

// tree takes in everything below a folder, or a file.
func (p *print) tree(dir string) {
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, _ error) error {
		p.file(path, path)
		return nil
	})
}

// fingerprint tells whether a package's files are as they were: those of its folder, and those that its patterns of embedded files could find; and when any of them last changed.
func fingerprint(dir string, embeds []string) (text string, newest time.Time) {
	h := sha256.New()
	p := print{h: h}
	p.folder(dir)
	for _, pattern := range embeds {
		pattern = strings.TrimPrefix(pattern, "all:")
		// what stands before the first wildcard is a folder to look through
		if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
			pattern = pattern[:strings.LastIndex(pattern[:i], "/")+1]
		}
		p.tree(filepath.Join(dir, pattern))
	}
	return hex.EncodeToString(h.Sum(nil)[:12]), time.Unix(0, p.newest)
}
