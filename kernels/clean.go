package kernels

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/curious-go/curious/pkg/home"
)

// Clean takes away what can be made again and is not in use: compiled programs of models, environments and plugins of older versions, downloads and logs; with
// all, the whole set-up. Data sets, runs and the history stay, whatever it is told.
func Clean(ctx context.Context, all bool, out io.Writer) error {
	homeDir, err := home.Dir()
	if err != nil {
		return err
	}
	if _, err := os.Stat(homeDir); err != nil {
		fmt.Fprintf(out, "Nothing to clean: there is no %s.\n", homeDir)
		return nil
	}
	if err := writable(homeDir); err != nil {
		return err
	}
	s := &setup{Env: Env{Home: homeDir}, progress: newProgress(out)}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	var freed int64
	remove := func(what, dir string) error {
		if _, err := os.Lstat(dir); err != nil {
			return nil
		}
		size := folderSize(dir)
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("kernels: cleaning: %w", err)
		}
		freed += size
		fmt.Fprintf(out, "  %-8s %s  %s\n", bytesText(size), what, dir)
		return nil
	}
	kept := map[string]bool{}
	for _, v := range []environment{jupyterEnvironment, testEnvironment} {
		kept[v.folder(homeDir)], kept[v.mark(homeDir)] = true, true
	}
	for _, plugin := range readPlugins(s.Plugins()) {
		if rel, err := filepath.Rel(filepath.Join(homeDir, "engine"), plugin); err == nil && filepath.IsLocal(rel) {
			kept[filepath.Join(homeDir, "engine", first(rel))] = true
		}
	}
	garbage := []struct{ what, pattern string }{
		{"compiled programs", "programs"},
		{"old environment", "env/*"},
		{"old plugin", "engine/*"},
		{"downloads", "pip"},
		{"logs", "logs"},
		{"left by a killed set-up", ".pip-*"},
		{"left by a killed set-up", ".build-*"},
		{"left by a killed set-up", ".warm-*"},
		{"small programs", "bin/" + strings.Repeat("[0-9a-f]", 12)}, // the folders of [Env.program]
		{"a tool no longer used", "bin/gopls"},
		{"a tool no longer used", "bin/.gopls.json"},
	}
	if all {
		kept = nil
		for _, name := range []string{"bin", "warm", "jupyter", "browser", "plugins.json", "env", "engine"} {
			garbage = append(garbage, struct{ what, pattern string }{"set-up", name})
		}
	}
	for _, g := range garbage {
		found, err := filepath.Glob(filepath.Join(homeDir, g.pattern))
		if err != nil {
			return err
		}
		for _, path := range found {
			if kept[path] {
				continue
			}
			if err := remove(g.what, path); err != nil {
				return err
			}
		}
	}
	fmt.Fprintf(out, "%s freed in %s; data sets, runs and the history were not touched.\n", bytesText(freed), homeDir)
	return nil
}

// first is a relative path's first element.
func first(path string) string {
	for {
		dir := filepath.Dir(path)
		if dir == "." {
			return path
		}
		path = dir
	}
}
