// Package labextension holds the JupyterLab extension that gives a notebook back the outputs which no page was there to receive. It is committed as built, so that nobody needs node to have it.
package labextension

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Name is what JupyterLab calls the extension.
const Name = "curious-outputs"

// built is the folder as JupyterLab wants to find it.
//
//go:embed all:curious-outputs
var built embed.FS

// Install puts the extension into DIR/share/jupyter/labextensions, where DIR is the prefix of a Python environment or ~/.local; an identical one is left as it is, another one replaced whole.
func Install(dir string) error {
	parent := filepath.Join(dir, "share", "jupyter", "labextensions")
	if err := install(parent); err != nil {
		return fmt.Errorf("labextension: installing %s in %s: %w: make the folder writable; notebooks work without it, but lose what a running cell prints while their page is closed", Name, parent, err)
	}
	return nil
}

func install(parent string) error {
	files, err := fs.Sub(built, Name)
	if err != nil {
		return err
	}
	target := filepath.Join(parent, Name)
	if same(files, target) {
		return nil
	}
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp(parent, "."+Name+"-") // JupyterLab does not look into hidden folders
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	fresh := filepath.Join(scratch, "fresh")
	if err := os.CopyFS(fresh, files); err != nil {
		return err
	}
	for n := 0; ; n++ {
		former := filepath.Join(scratch, fmt.Sprintf("former%d", n))
		if err := os.Rename(target, former); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		err := os.Rename(fresh, target)
		if err == nil {
			return nil
		}
		if !errors.Is(err, fs.ErrExist) { // or else another set-up was faster
			return errors.Join(err, restore(former, target))
		}
	}
}

// restore puts back what was installed before, if anything was.
func restore(former, target string) error {
	if err := os.Rename(former, target); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// same tells whether dir holds these files and no others.
func same(files fs.FS, dir string) bool {
	left, err := contents(os.DirFS(dir))
	if err != nil {
		return false
	}
	right, err := contents(files)
	if err != nil || len(left) != len(right) {
		return false
	}
	for name, text := range right {
		if other, ok := left[name]; !ok || !bytes.Equal(text, other) {
			return false
		}
	}
	return true
}

// contents reads every file of a folder.
func contents(files fs.FS) (map[string][]byte, error) {
	texts := map[string][]byte{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		texts[name], err = fs.ReadFile(files, name)
		return err
	})
	return texts, err
}
