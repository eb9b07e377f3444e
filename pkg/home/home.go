// Package home names the folders that Curious keeps on a machine, so that the command, the kernel and a cell agree on them.
//
// Everything that can be made again lives under one folder, [Dir]; what a reader makes, the runs, lives in the open beside the course, in [Runs].
package home

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Dir is where set-up, downloads and compiled programs are kept: $CURIOUS_HOME, else "curious" in the user's cache directory.
func Dir() (string, error) {
	if dir := os.Getenv("CURIOUS_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("home: finding the cache directory: %w: set CURIOUS_HOME to a folder that may be written", err)
	}
	return filepath.Join(cache, "curious"), nil
}

// Sub is a folder inside [Dir], created if need be: "data", "programs", "env".
func Sub(name string) (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("home: making a folder: %w: set CURIOUS_HOME to a folder that may be written", err)
	}
	return dir, nil
}

// Root is the checkout: the nearest folder, from the working directory upwards, that holds this module's go.mod. In the kernel of another module it is
// that module's folder, which the kernel says in $CURIOUS_ROOT.
func Root() (string, error) {
	if root := os.Getenv("CURIOUS_ROOT"); root != "" {
		return filepath.Abs(root)
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("home: finding the checkout: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if IsCheckout(dir) {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("home: finding the checkout: no go.mod of Curious in %s or above it: run this inside the checkout, or set CURIOUS_ROOT", start)
		}
	}
}

// IsCheckout tells whether a folder is a checkout of this module.
func IsCheckout(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	first, _, _ := strings.Cut(string(text), "\n")
	return err == nil && strings.TrimSpace(first) == "module github.com/curious-go/curious"
}

// Runs is the folder of trained runs: $CURIOUS_RUNS, else "runs" at the top of the checkout, else "runs" in the working directory.
// It is a visible folder, since a reader's trainings are theirs.
func Runs() (string, error) {
	if dir := os.Getenv("CURIOUS_RUNS"); dir != "" {
		return filepath.Abs(dir)
	}
	if root, err := Root(); err == nil {
		return filepath.Join(root, "runs"), nil
	}
	return filepath.Abs("runs")
}
