package kernels

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/curious-go/curious/kernels/testenv"
)

// runPython runs a script in the environment of Jupyter's clients and gives what it prints.
func runPython(t *testing.T, vars map[string]string, args ...string) (said string, err error) {
	t.Helper()
	interpreter := testenv.Python(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*ample)
	defer cancel()
	cmd := exec.CommandContext(ctx, interpreter, args...)
	cmd.Env = environ(full(t).jupyterVars(), vars)
	var out, log strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &log
	err = cmd.Run()
	if err != nil {
		t.Logf("Python said\n%s", log.String())
	}
	return out.String(), err
}

// aside is a kernel curious-cpu whose history and built programs are its own, whatever other kernels do meanwhile; Jupyter finds it under the variables.
func aside(t *testing.T) (vars map[string]string) {
	e, err := full(t).apart(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	jupyter := filepath.Join(e.Home, "jupyter")
	if err := e.spec(CPU, e.Root).write(filepath.Join(jupyter, "kernels"), CPU.Kernel()); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"JUPYTER_PATH": jupyter}
}

// The suite that Jupyter offers to all kernels.
func TestJupyterKernelTest(t *testing.T) {
	said, err := runPython(t, aside(t), "-c", "import runpy, sys; sys.stderr = sys.stdout; runpy.run_path('kernel_test_suite.py', run_name='__main__')")
	ran := regexp.MustCompile(`(?m)^Ran (\d+) tests in .*\n\n(.*)$`).FindStringSubmatch(said)
	if err != nil || ran == nil || ran[2] != "OK" {
		t.Fatalf("%v\n%s", err, said)
	}
	t.Logf("jupyter_kernel_test: %s", strings.ReplaceAll(ran[0], "\n\n", ": "))
}

// executed is what nbclient makes of a notebook.
type executed struct {
	Error *struct{ Ename, Evalue, Text string }
	Cells []struct {
		Count   int `json:"execution_count"`
		Outputs []struct {
			Type string `json:"output_type"`
			Text string
			Data map[string]string
		}
	}
}

const nbclient = `
import json, sys, nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
notebook, error = nbformat.read(sys.argv[1], as_version=4), None
try:
    NotebookClient(notebook, kernel_name=sys.argv[2], timeout=180, startup_timeout=180).execute()
except CellExecutionError as e:
    error = {"Ename": e.ename, "Evalue": e.evalue, "Text": str(e)}
print(json.dumps({"Error": error, "Cells": notebook.cells}))
`

func nbclientRuns(t *testing.T, vars map[string]string, kernel string, cells ...string) (e executed) {
	t.Helper()
	said, err := runPython(t, vars, "-c", nbclient, writeNotebook(t, cells...), kernel)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(said), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

func TestNbclient(t *testing.T) {
	got := nbclientRuns(t, nil, CPU.Kernel(), "fmt.Println(\"one\")\n6 * 7", "var planets map[string]int\n\nplanets[\"Mars\"] = 2", "fmt.Println(\"never\")")
	if got.Error == nil || got.Error.Ename != "panic" || !strings.Contains(got.Error.Evalue, "assignment to entry in nil map") || !strings.Contains(got.Error.Text, "line 3") {
		t.Errorf("the error is %+v", got.Error)
	}
	first, failed, never := got.Cells[0], got.Cells[1], got.Cells[2]
	if first.Count != 1 || len(first.Outputs) != 2 || first.Outputs[0].Text != "one\n" || first.Outputs[1].Data["text/plain"] != "42" {
		t.Errorf("the first cell has %+v", first)
	}
	if failed.Count != 2 || len(failed.Outputs) != 1 || failed.Outputs[0].Type != "error" {
		t.Errorf("the failing cell has %+v", failed)
	}
	if never.Count != 0 || len(never.Outputs) != 0 {
		t.Errorf("the cell behind the failing one has %+v", never)
	}
}

// A reader's Jupyter, which knows nothing of this set-up but what `install --user` registers.
func TestStockJupyter(t *testing.T) {
	e := full(t)
	module := makeModule(t, "example.com/planets")
	data := filepath.Join(t.TempDir(), "share", "jupyter")
	vars := map[string]string{"JUPYTER_DATA_DIR": data, "JUPYTER_PREFER_ENV_PATH": "0", "CURIOUS_ROOT": "", "CURIOUS_HOME": ""}
	for kernel, c := range map[string]struct {
		install []string
		cell    string
		want    string
	}{
		"curious-cpu": {[]string{"install", "--user"}, "home.IsCheckout(os.Getenv(\"CURIOUS_ROOT\"))", "true"},
		"go-planets":  {[]string{"install", "--user", "--module", module}, "import lib \"example.com/planets\"\n\nlib.Answer()", "42"},
	} {
		t.Run(kernel, func(t *testing.T) {
			cmd := exec.Command(filepath.Join(e.Bin(), "curious"), c.install...)
			cmd.Env = environ(map[string]string{"JUPYTER_DATA_DIR": data, "CURIOUS_ROOT": e.Root, "CURIOUS_HOME": e.Home})
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			said, err := runPython(t, vars, "-m", "jupyter", "kernelspec", "list", "--json")
			var list struct {
				Kernelspecs map[string]struct {
					Folder string `json:"resource_dir"`
					Spec   kernelSpec
				}
			}
			if err == nil {
				err = json.Unmarshal([]byte(said), &list)
			}
			if err != nil {
				t.Fatal(err)
			}
			found := list.Kernelspecs[kernel]
			if filepath.Dir(filepath.Dir(found.Folder)) != data {
				t.Errorf("Jupyter finds it in %q", found.Folder)
			}
			// What VS Code goes by.
			spec := found.Spec
			if spec.Language != "go" || spec.InterruptMode != "message" || spec.DisplayName == "" || spec.Metadata["debugger"] != false {
				t.Errorf("the kernelspec is %+v", spec)
			}
			if len(spec.Argv) == 0 || !filepath.IsAbs(spec.Argv[0]) || !slices.Contains(spec.Argv, connectionArg) {
				t.Errorf("its command is %q", spec.Argv)
			}
			got := nbclientRuns(t, vars, kernel, c.cell)
			if got.Error != nil || len(got.Cells[0].Outputs) != 1 || got.Cells[0].Outputs[0].Data["text/plain"] != c.want {
				t.Errorf("its cell gives %+v, %+v", got.Error, got.Cells)
			}
		})
	}
}

// console types a cell of two lines; that Enter after the first one does not send it is the kernel's word on completeness.
const console = `
import pexpect, sys
c = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--kernel", "curious-cpu", "--ZMQTerminalInteractiveShell.kernel_is_complete_timeout=60"], timeout=180, encoding="utf-8", dimensions=(40, 200))
c.logfile_read = sys.stdout
c.expect_exact("In [")
c.send("square := func(n int) int {\r")
c.expect_exact("...")
c.send("return n * n }; fmt.Println(\"says\", square(12))\r")
c.expect_exact("says 144")
c.expect_exact("In [")
c.send("6 * 7\r")
c.expect(r"Out\[.*42")
c.expect_exact("In [")
c.sendeof()
c.expect_exact("exit")
c.send("y\r")
c.expect(pexpect.EOF)
`

func TestConsole(t *testing.T) {
	vars := aside(t)
	vars["PROMPT_TOOLKIT_NO_CPR"], vars["NO_COLOR"], vars["TERM"] = "1", "1", "xterm"
	if said, err := runPython(t, vars, "-c", console); err != nil {
		t.Errorf("%v; the terminal shows\n%s", err, said)
	}
}

func TestPapermill(t *testing.T) {
	in := writeNotebook(t, "fmt.Println(\"one\")", "fmt.Println(\"two\")")
	out := filepath.Join(t.TempDir(), "out.ipynb")
	if said, err := runPython(t, nil, "-m", "papermill", "--kernel", CPU.Kernel(), in, out); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"one\n"`, `"two\n"`, `"status": "completed"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
