package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// execute runs a command line as main does, without its output.
func execute(t *testing.T, words ...string) error {
	t.Helper()
	root := command()
	root.SetArgs(words)
	root.SetOut(io.Discard)
	root.SetErr(io.Discard)
	return root.ExecuteContext(t.Context())
}

// A word that is not understood is one line that names the nearest, and ends with the code of a misunderstanding.
func TestMisunderstandings(t *testing.T) {
	for line, want := range map[string]string{
		"lba":                           "did you mean lab?",
		"frobnicate":                    "unknown command",
		"lab --prot 8888":               "did you mean --port?",
		"lab --no-browzer":              "did you mean --no-browser?",
		"lab --port many":               "many",
		"lab --device gpu":              "did you mean cuda?",
		"lab now":                       "takes no words",
		"run":                           "one notebook or more",
		"run --chek x.ipynb":            "did you mean --check?",
		"figure":                        "id of a figure",
		"figure all --preset qick":      "did you mean quick?",
		"figure all --preset enormous":  "quick, laptop, paper",
		"data git":                      "did you mean get?",
		"data get mnits":                "did you mean mnist?",
		"install --module .":            "goes with --user",
		"install --user --modul .":      "did you mean --module?",
		"bench":                         "the word kernel",
		"bench kernle":                  "did you mean kernel?",
		"kernel":                        "connection file",
		"kernel --device abacus x.json": "cpu, cuda, tpu",
	} {
		err := execute(t, strings.Fields(line)...)
		var usage usageError
		switch {
		case err == nil:
			t.Errorf("%q gives no error", line)
		case !errors.As(err, &usage):
			t.Errorf("%q: %v is not a usage error", line, err)
		case !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n"):
			t.Errorf("%q: %q does not say %q in one line", line, err, want)
		}
	}
}

// Every command and flag is explained.
func TestHelp(t *testing.T) {
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		if c.Short == "" {
			t.Errorf("%s has no help", c.CommandPath())
		}
		if usage := c.LocalFlags().FlagUsages(); strings.Contains(usage, "-- \n") {
			t.Errorf("%s has a flag without help", c.CommandPath())
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(command())
	for _, words := range [][]string{{}, {"--help"}, {"lab", "--help"}, {"data"}, {"data", "list"}} {
		if err := execute(t, words...); err != nil {
			t.Errorf("%v: %v", words, err)
		}
	}
}

func TestKernelNamesTheMissingFile(t *testing.T) {
	err := execute(t, "kernel", "/no/such/kernel.json")
	if err == nil || !strings.Contains(err.Error(), "/no/such/kernel.json") {
		t.Errorf("error %v", err)
	}
}

// The README lists every notebook, and nothing that is not there. Each is committed executed: every cell has run, none failed, nothing in it
// belongs to a machine, and it is small enough to be read on the web.
func TestCourse(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	notebooks, err := filepath.Glob("notebooks/*/*.ipynb")
	if err != nil || len(notebooks) == 0 {
		t.Fatal("no notebooks: ", err)
	}
	for _, path := range notebooks {
		if !strings.Contains(string(readme), "("+filepath.ToSlash(path)+")") {
			t.Errorf("README.md does not link %s", path)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 1<<20 {
			t.Errorf("%s has %d bytes: a megabyte at most", path, len(text))
		}
		var notebook struct {
			Cells []struct {
				Type    string `json:"cell_type"`
				Count   *int   `json:"execution_count"`
				Outputs []struct {
					Type string `json:"output_type"`
				}
			}
		}
		if err := json.Unmarshal(text, &notebook); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for i, cell := range notebook.Cells {
			if cell.Type == "code" && cell.Count == nil {
				t.Errorf("%s: cell %d has not run: `go run . run %s`", path, i, path)
			}
			for _, output := range cell.Outputs {
				if output.Type == "error" {
					t.Errorf("%s: cell %d failed", path, i)
				}
			}
		}
		if found := regexp.MustCompile(`"/(home|root|Users|tmp|work|var)/[^"]*`).Find(text); found != nil {
			t.Errorf("%s holds a path of a machine: %s", path, found)
		}
	}
	for _, link := range regexp.MustCompile(`\]\(([a-z][^):]*)\)`).FindAllStringSubmatch(string(readme), -1) {
		if _, err := os.Stat(link[1]); err != nil {
			t.Errorf("README.md links %s, which is not there", link[1])
		}
	}
}
