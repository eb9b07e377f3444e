package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Make builds a program in any mode, by the go command. What is wrong with the program comes as *[Failed].
func (b *Builder) Make(ctx context.Context, mode Mode, p Program, out string) error {
	if b.goCmd == "" {
		return fmt.Errorf("build: no go command on PATH: install Go (https://go.dev/dl) and start Jupyter from a shell that finds it")
	}
	if p.Dir == "" {
		p.Dir = *b.dir.Load()
	}
	work, err := os.MkdirTemp(filepath.Dir(out), ".build-")
	if err != nil {
		return fmt.Errorf("build: making room for the program: %w: free some space there", err)
	}
	defer os.RemoveAll(work)
	overlay, err := p.overlay(mode, work)
	if err != nil {
		return fmt.Errorf("build: writing the program: %w: free some space there", err)
	}
	scratch := filepath.Join(work, "program") // the go command would write into a file that is there, which may have other names
	args := []string{"build"}
	if mode == Test {
		args = []string{"test", "-c"}
	}
	args = append(append(args, "-overlay", overlay, "-o", scratch), p.Flags...)
	cmd := b.command(ctx, p.Dir, args...)
	if mode == Wasm {
		cmd.Env = append(cmd.Env, "GOOS=js", "GOARCH=wasm")
	}
	printed, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("build: %w", context.Cause(ctx))
	case err != nil:
		text := strings.ReplaceAll(string(printed), work+string(filepath.Separator), "")
		return &Failed{Diagnostics: Diagnose(text, p.Dir), Output: text}
	}
	if err := os.Rename(scratch, out); err != nil {
		return fmt.Errorf("build: putting the program in place: %w", err)
	}
	return nil
}

// overlay writes down the program's files and what the go command is to take them for.
func (p Program) overlay(mode Mode, work string) (file string, err error) {
	replace := map[string]string{}
	for name, text := range p.sources() {
		to := filepath.Join(p.Dir, name)
		if mode == Test && name == "main.go" {
			replace[to] = ""
			name, to = "main_test.go", filepath.Join(p.Dir, "main_test.go")
		}
		from := filepath.Join(work, name)
		if err := os.WriteFile(from, text, 0o644); err != nil {
			return "", err
		}
		replace[to] = from
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file = filepath.Join(work, "overlay.json")
	return file, os.WriteFile(file, text, 0o644)
}
