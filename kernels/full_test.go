package kernels

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/curious-go/curious/kernels/testenv"
)

// full is the environment that `go run . test` has set up; without it the test is skipped.
func full(t *testing.T) *Env {
	t.Helper()
	testenv.Full(t)
	e, err := Here(CPU)
	if err != nil {
		t.Fatal(err)
	}
	if e.Venv == "" || !allExist(e.Bin(), []string{"gonb", "curious-shim", "curious"}) {
		t.Fatalf("not set up in %s: run `go run . test`", e.Home)
	}
	return e
}

// writeNotebook makes a notebook of code cells.
func writeNotebook(t *testing.T, cells ...string) string {
	t.Helper()
	nb := map[string]any{"nbformat": 4, "nbformat_minor": 5, "metadata": map[string]any{"kernelspec": map[string]any{"display_name": "x", "language": "go", "name": "x"}}}
	var list []any
	for i, code := range cells {
		list = append(list, map[string]any{
			"cell_type": "code", "id": string(rune('a' + i)), "source": code, "metadata": map[string]any{"execution": map[string]any{"iopub.status.busy": "2026-01-01"}},
			"outputs": []any{}, "execution_count": nil,
		})
	}
	nb["cells"] = list
	text, err := json.Marshal(nb)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "test.ipynb")
	if err := os.WriteFile(file, text, 0o640); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestNotebookIsExecutedAndWritten(t *testing.T) {
	e := full(t)
	file := writeNotebook(t,
		"import \"github.com/curious-go/curious/pkg/home\"\n%%\nroot, _ := home.Root()\nfmt.Println(root)\nfmt.Println(os.Getenv(\"GOEXPERIMENT\"), os.Getenv(\"CURIOUS_DEVICE\"))",
		"import \"github.com/janpfeifer/gonb/gonbui\"\n%%\ngonbui.DisplayMarkdown(\"*seen*\")")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	run := Run{Timeout: 2 * time.Minute, Out: io.Discard}
	if _, err := e.Notebook(t.Context(), file, run); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
		t.Error("checking wrote the notebook")
	}
	run.Write = true
	if _, err := e.Notebook(t.Context(), file, run); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"*seen*"}
	if runtime.GOARCH == "amd64" {
		want = append(want, "simd cpu")
	}
	for _, w := range want {
		if !strings.Contains(string(text), w) {
			t.Errorf("the notebook holds no %q", w)
		}
	}
	for _, not := range []string{e.Root, e.Home, "iopub", "gonb_"} {
		if strings.Contains(string(text), not) {
			t.Errorf("the notebook holds %q", not)
		}
	}
	if m := regexp.MustCompile(`\d{4}-\d\d-\d\dT`).Find(text); m != nil {
		t.Errorf("the notebook holds a time: %s", m)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the notebook's mode changed: %v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(file)); len(entries) != 1 {
		t.Errorf("left beside the notebook: %v", entries)
	}
	again := bytes.Clone(text)
	if _, err := e.Notebook(t.Context(), file, run); err != nil {
		t.Fatal(err)
	}
	if text, _ = os.ReadFile(file); !bytes.Equal(text, again) {
		t.Error("executed again, the notebook differs")
	}
}

func TestFailingCells(t *testing.T) {
	e := full(t)
	for name, c := range map[string]struct {
		cells []string
		cell  int
		why   string
	}{
		"compiler": {[]string{"%%\nfmt.Println(1)", "%%\nvar x int = \"s\"\nfmt.Println(x)"}, 2, "cannot use \"s\""},
		"panic":    {[]string{"%%\nvar m map[string]int\nm[\"a\"] = 1", "%%\nfmt.Println(2)"}, 1, "nil map"},
		"exit":     {[]string{"%%\nfmt.Fprintln(os.Stderr, \"error: data: reading: no such file\")\nos.Exit(1)"}, 1, "error: data: reading: no such file"},
		"import":   {[]string{"import \"example.com/no/such\"\n%%\nsuch.X()"}, 1, ""},
		"timeout":  {[]string{"%%\ntime.Sleep(time.Hour)"}, 1, "not done after"},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeNotebook(t, c.cells...)
			before, _ := os.ReadFile(file)
			timeout := 2 * time.Minute
			if name == "timeout" {
				timeout = 5 * time.Second
			}
			_, err := e.Notebook(t.Context(), file, Run{Write: true, Timeout: timeout, Out: io.Discard})
			var failure *Failure
			if !errors.As(err, &failure) {
				t.Fatalf("error %v, want a Failure", err)
			}
			if failure.Cell != c.cell || !strings.Contains(failure.Why, c.why) {
				t.Errorf("cell %d failed with %q, want cell %d with %q", failure.Cell, failure.Why, c.cell, c.why)
			}
			if after, _ := os.ReadFile(file); !bytes.Equal(before, after) {
				t.Error("a failing notebook was written")
			}
		})
	}
	file := writeNotebook(t)
	if err := os.WriteFile(file, []byte(`{"cells": [`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := e.Notebook(t.Context(), file, Run{Out: io.Discard})
	wantWords(t, err, "not a notebook")
}

func TestDoctor(t *testing.T) {
	full(t)
	var said strings.Builder
	if err := Doctor(t.Context(), &said); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
	for _, want := range []string{"Product CPU", "GFLOP/s", "a cell ran", "MNIST", "free at"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in\n%s", want, said.String())
		}
	}
}

// A second set-up finds everything done; what it takes is in the log, since machines differ.
func TestSecondSetUpDoesNothing(t *testing.T) {
	e := full(t)
	cmd := exec.Command(filepath.Join(e.Bin(), "curious"), "install")
	cmd.Dir = e.Root
	cmd.Env = append(os.Environ(), "GOPROXY=off", "https_proxy=http://127.0.0.1:1", "http_proxy=http://127.0.0.1:1") // and needs no network
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%v", time.Since(start))
	for _, sign := range []string{"✓", "✗", "!"} {
		if strings.Contains(string(out), sign) {
			t.Errorf("something was done again:\n%s", out)
		}
	}
}
