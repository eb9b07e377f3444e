package main

import (
	"errors"
	"io"
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
