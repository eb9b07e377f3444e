package kernels

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The events are those of Go 1.26's `go test -json`, cut to what is read.
func TestReadTests(t *testing.T) {
	const events = `{"Action":"output","Package":"m/a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"pass","Package":"m/a","Test":"TestGood","Elapsed":0.1}
{"Action":"output","Package":"m/a","Test":"TestBad","Output":"    a_test.go:3: one is not two\n"}
{"Action":"fail","Package":"m/a","Test":"TestBad"}
{"Action":"output","Package":"m/a","Test":"TestSkip","Output":"    a_test.go:9: no GPU\n"}
{"Action":"skip","Package":"m/a","Test":"TestSkip"}
{"Action":"output","Package":"m/a","Output":"FAIL\n"}
{"Action":"fail","Package":"m/a","Elapsed":1}
{"ImportPath":"m/b","Action":"build-output","Output":"b.go:1: syntax error\n"}
{"Action":"output","Package":"m/b","Output":"FAIL\tm/b [build failed]\n"}
{"Action":"fail","Package":"m/b","FailedBuild":"m/b"}
{"Action":"pass","Package":"github.com/curious-go/curious/pkg/c","Elapsed":2}
`
	var tally Tally
	var said strings.Builder
	readTests(strings.NewReader(events), &tally, &said)
	if want := (Tally{Passed: 1, Failed: 2, Skipped: 1}); tally != want {
		t.Errorf("tally %+v, want %+v: %s", tally, want, tally.Line())
	}
	for _, want := range []string{"one is not two", "no GPU", "syntax error", "FAILED  m/a", "pkg/c"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("%q is not in\n%s", want, said.String())
		}
	}
	if strings.Contains(said.String(), "=== RUN") {
		t.Error("what passed is shown")
	}
	if line := tally.Line(); line != "1 passed, 2 failed, 1 skipped" {
		t.Errorf("closing line %q", line)
	}
}

func TestKnownFigures(t *testing.T) {
	const list = "elbo-decomposition   the parts of the bound\npixelcnn-blind-spot  gradient masks\n"
	if err := knownFigures(list, []string{"elbo-decomposition", "all"}); err != nil {
		t.Error(err)
	}
	wantWords(t, knownFigures(list, []string{"pixelcnn-blindspot"}), "pixelcnn-blind-spot", "figure list")
}

// What is missing is named, and what brings it.
func TestBrowserIsLookedFor(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for _, c := range []struct{ install, missing string }{{"", "Chromium"}, {"chromium-browser", "node"}, {"node", "npm"}, {"npm", ""}} {
		if c.install != "" {
			if err := os.WriteFile(filepath.Join(dir, c.install), []byte("#!/bin/sh\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		path, why := testBrowser()
		if c.missing == "" && (path != filepath.Join(dir, "chromium-browser") || why != "") || c.missing != "" && (path != "" || !strings.Contains(why, "no "+c.missing+": ")) {
			t.Errorf("with %s: %q, %q", c.install, path, why)
		}
	}
}
