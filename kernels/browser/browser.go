// Package browser drives a real browser for the tests: it plays scenarios, written in JavaScript beside this file, of what readers do in JupyterLab.
package browser

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Options say what the scenarios find.
type Options struct {
	Browser   string `json:"executable"` // Chromium
	Modules   string `json:"modules"`    // the folder of [Install]
	URL       string `json:"url"`        // JupyterLab's, without a slash at its end
	Token     string `json:"token"`      // JupyterLab's
	Kernel    string `json:"kernel"`     // the name of the kernel
	Notebooks string `json:"notebooks"`  // the folder that JupyterLab shows
	Runs      string `json:"runs"`       // the folder of trained runs
	Pictures  string `json:"pictures"`   // where a picture of each tab goes when a scenario has ended
}

// Install makes, or finds, the folder in cache with the Node packages that package-lock.json in source names.
func Install(ctx context.Context, source, cache string) (folder string, err error) {
	fail := func(err error) (string, error) {
		return "", fmt.Errorf("browser: installing what drives the browser: %w", err)
	}
	lock, err := os.ReadFile(filepath.Join(source, "package-lock.json"))
	if err != nil {
		return fail(err)
	}
	folder = filepath.Join(cache, fmt.Sprintf("%x", sha256.Sum256(lock))[:12])
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return fail(err)
	}
	scratch, err := os.MkdirTemp(cache, ".npm-") // whole or not at all
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(scratch)
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(filepath.Join(source, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(scratch, name), text, 0o644)
		}
		if err != nil {
			return fail(err)
		}
	}
	npm := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = scratch
	if said, err := npm.CombinedOutput(); err != nil {
		return fail(fmt.Errorf("npm ci: %w: %s", err, strings.TrimSpace(string(said))))
	}
	if err := os.Rename(scratch, folder); err != nil {
		return fail(err)
	}
	return folder, nil
}

// Suite is a browser that plays scenarios.
type Suite struct {
	Scenarios []string

	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Scanner
	said  strings.Builder // on stderr
}

// Result is how a scenario went.
type Result struct {
	Notes    []string // what was measured
	Error    string   // "" when all went well
	Pictures []string // files with what the tabs showed at the end
}

// Start starts the scripts in source, and the browser.
func Start(ctx context.Context, source string, o Options) (*Suite, error) {
	options, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	s := &Suite{cmd: exec.CommandContext(ctx, "node", filepath.Join(source, "suite.mjs"), string(options))}
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(os.Interrupt) } // it then ends the browser
	s.cmd.WaitDelay = 10 * time.Second
	s.cmd.Stderr = &s.said
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.lines = bufio.NewScanner(stdout)
	s.lines.Buffer(nil, 1<<24)
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("browser: starting node: %w", err)
	}
	if err := s.hear(&s.Scenarios); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// hear reads a line of the scripts.
func (s *Suite) hear(v any) error {
	if !s.lines.Scan() {
		return fmt.Errorf("browser: the scripts have ended: %s", strings.TrimSpace(s.said.String()))
	}
	if err := json.Unmarshal(s.lines.Bytes(), v); err != nil {
		return fmt.Errorf("browser: the scripts say %q: %w", s.lines.Text(), err)
	}
	return nil
}

// Play plays a scenario. One that fails is no error: the result says so.
func (s *Suite) Play(scenario string) (r Result, err error) {
	if _, err := fmt.Fprintln(s.stdin, scenario); err != nil {
		return r, fmt.Errorf("browser: playing %s: %w", scenario, err)
	}
	return r, s.hear(&r)
}

// Close ends the scripts and the browser.
func (s *Suite) Close() error {
	s.stdin.Close()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("browser: ending: %w: %s", err, strings.TrimSpace(s.said.String()))
	}
	return nil
}
